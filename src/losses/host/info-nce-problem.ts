import type { DenseMatrix } from '../../numerics/index.js';
import type { AnchorSide } from '../anchor-side.js';
import type { InfoNceSettings } from '../info-nce-settings.js';

/** A second model's rows, to recognize false negatives with. */
export interface GuideRows {
  /** [Q, E] */
  readonly queries: DenseMatrix;
  /** [N, E] */
  readonly documents: DenseMatrix;
  readonly margin: number;
  readonly marginType: 'absolute' | 'relative';
}

/** InfoNCE on checked arguments: what `infoNceLoss` knows once it has read its options. */
export interface InfoNceProblem
  extends Pick<
    InfoNceSettings,
    'partition' | 'hardness' | 'logProbabilities' | 'multiplePositives' | 'normalize' | 'chunkSize'
  > {
  /** [Q, D] */
  readonly queries: DenseMatrix;
  /** [N, D] */
  readonly documents: DenseMatrix;
  /** The sides with anchors; with the joint partition the query side, then the document side if it has candidates. */
  readonly sides: readonly AnchorSide[];
  readonly temperature: number;
  readonly guide: GuideRows | null;
  /** ∂L/∂ℓ of every anchor, side by side; 0 removes one, whatever its loss. */
  readonly pulls: Float64Array;
}

/** Every anchor's loss, side by side, and the gradients of Σ pull · ℓ. */
export interface InfoNceResult {
  readonly losses: Float64Array;
  readonly toQueries: Float32Array;
  readonly toDocuments: Float32Array;
  readonly toTemperature: number;
}
