import type { Encoder, NamedTensor, TextRole, TokenizedTexts } from '../encoders/index.js';
import type { DenseMatrix } from '../numerics/index.js';
import type { EncodedBatch } from './batch-gradients.js';

/** Tensors on the host, by stable name: weights, or moments of the optimizer. */
export type Weights = ReadonlyMap<string, NamedTensor>;

/** What a batch loses by each term. */
export interface BatchTerms {
  readonly infoNce: number;
  readonly cosent: number;
  readonly loss: number;
}

/** What a checkpoint keeps of a model, whatever engine runs it, and what it is known by. */
export interface TrainedState {
  readonly kind: string;
  /** As an encoder's: tells apart what training does not change. */
  readonly fingerprint: string | undefined;
  /** What runs it, where another engine's results differ in their last bits; undefined for TensorFlow.js. */
  readonly engine: string | undefined;
  /** The shape of everything that training may change, by stable names. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  takeWeights(): Promise<Weights>;
  putWeights(weights: Weights): void | Promise<void>;
  /** Both moments of the optimizer, as `first/NAME` and `second/NAME`. */
  moments(): Promise<Weights>;
  putMoments(moments: Weights): void | Promise<void>;
  /** The model as files, in its own format. */
  save(directory: string): Promise<void>;
}

/**
 * A model as the trainer sees it, with its optimizer, whatever engine runs it: batches become sums of gradients, and
 * these an update of the weights.
 */
export interface TrainableModel<Tokens extends TokenizedTexts = TokenizedTexts>
  extends TrainedState,
    Pick<Encoder<Tokens>, 'augment'> {
  /** [N, D], rows of unit length: the model as it stands. */
  embed(tokens: Tokens, role: TextRole): Promise<DenseMatrix>;
  /** Called before the first batch, and only if there is one. */
  start(): Promise<void>;
  /**
   * Adds a batch's gradients to those since the last update.
   *
   * @param isLast Whether an update follows: the length of the gradients may be computed along with it.
   * @param number Of the batch since training began: names what dropout drops.
   */
  accumulate(batch: EncodedBatch<Tokens>, isLast: boolean, number: number): Promise<BatchTerms>;
  /** Σ g² over the summed gradients. */
  squaredNorm(): Promise<number>;
  /** The first weight whose summed gradient is not finite. */
  firstNotFinite(): Promise<string | null>;
  /** One step of AdamW, counted from 1, by the summed gradients times `gradientScale`. */
  update(learningRate: number, step: number, gradientScale: number): void | Promise<void>;
  /** Forgets the gradients since the last update. */
  clearGradients(): void;
  /** Frees what training allocated; the model itself stays. */
  close(): Promise<void>;
}
