import * as tf from '@tensorflow/tfjs';
import { customGradient, scatterRows } from '../numerics/tensors/index.js';
import { anchorLosses, jointLosses, sideInputs } from './anchor-losses.js';
import type { AnchorSide } from './anchor-side.js';
import { readAnchors, spreadPlaces } from './anchors.js';
import { checkOptions } from './checks.js';
import { infoNceOnHostTensors } from './host-path.js';
import { INFO_NCE_OPTIONS, INFO_NCE_WORDS, type InfoNceOptions } from './info-nce-options.js';
import type { InfoNceSettings } from './info-nce-settings.js';
import { readInfoNceArguments } from './read-info-nce-arguments.js';
import { reduceLosses } from './reduce-losses.js';
import type { Relevance } from './relevance.js';

/**
 * The InfoNCE loss: each anchor should score its positive above everything else it is compared with.
 *
 * ℓ_i = −log( exp(s_i⁺/τ) / (exp(s_i⁺/τ) + Σ_{k negative of i} exp(s_ik/τ)) ), s = cosine,
 * reduced over anchors; with `hardnessWeighting` β each negative's term is multiplied by γ_ik.
 *
 * A candidate is a negative of an anchor unless it is one of its positives, repeats the text of one (by id),
 * is the anchor itself, or the guide masks it. Rows without a positive are never anchors. Anchors without
 * negatives cost 0; without anchors, for Q = 0 and when all weights are 0 the loss is 0 with zero gradients.
 * Zero rows score 0 with zero gradients. NaN embeddings give NaN.
 *
 * @param queries [Q, D].
 * @param documents [N, D], unique texts as far as possible.
 * @returns Scalar; with `reduction: 'none'` [Q] when only queries are anchors, [N] when only documents are,
 * [Q + N] when both are, 0 for rows that are no anchors. Differentiable once in queries, documents and a
 * tensor temperature.
 * @throws {TypeError|RangeError} When shapes do not agree, an index names no row, a weight is negative, the
 * temperature not above 0, or options contradict each other; before any kernel runs.
 *
 * O(Q·N·D) time; O((Q + N)·D + chunkSize·N) memory, however many scores there are. On
 * `cpu`, `wasm` and tfjs-node value and gradient are computed on the host, by a WebAssembly kernel and large products by
 * libtensorflow; without a reduction, and on WebGL and WebGPU, by kernels of the backend.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { infoNceLoss } from 'oasis-embed/losses';
 *
 * const queries = tf.tensor2d([[1, 0], [0, 1]]);
 * const documents = tf.tensor2d([[0.9, 0.1], [0.2, 0.8], [0.7, 0.7]]); // the third is a negative of both
 * const loss = infoNceLoss(queries, documents, { directions: 'symmetric', temperature: 0.05 });
 * const swapped = infoNceLoss(queries, documents, { positives: [1, 0] });
 * if (!((await loss.data())[0]! < 0.1 && (await swapped.data())[0]! > 10)) throw new Error('wrong order');
 * ```
 *
 * @see van den Oord et al. (2018), arXiv 1807.03748, equation 4; OASIS (ACL 2025), arXiv 2503.08161;
 * hardness: CodeSage (2024), arXiv 2402.01935, equation 2; several positives: SupCon, arXiv 2004.11362,
 * equations 2 and 3; guide: GISTEmbed, arXiv 2402.16829.
 */
export function infoNceLoss(
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  options: InfoNceOptions & { readonly reduction: 'none' },
): tf.Tensor1D;
export function infoNceLoss(
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  options?: InfoNceOptions,
): tf.Scalar;
export function infoNceLoss(
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  options: InfoNceOptions = {},
): tf.Scalar | tf.Tensor1D {
  checkOptions('infoNceLoss', options, INFO_NCE_OPTIONS, INFO_NCE_WORDS);
  return infoNceOfSettings(queries, documents, readInfoNceArguments(queries, documents, options));
}

/** {@link infoNceLoss} on checked arguments, for callers that have read them. */
export const infoNceOfSettings = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  settings: InfoNceSettings,
): tf.Scalar | tf.Tensor1D => {
  const { relevance, partition, reduction } = settings;
  const anchors = readAnchors(settings);
  const { sides, anchorSides, anchorWeights, total } = anchors;
  if (total === 0) {
    return zeroLoss(
      queries,
      documents,
      reduction === 'none' ? [spreadPlaces(anchorSides, relevance).length] : [],
    );
  }
  const onHost = infoNceOnHostTensors(queries, documents, settings, anchors);
  if (onHost !== null) return onHost;
  return tf.tidy(() => {
    const inputs = sideInputs(queries, documents, settings);
    const losses =
      partition !== 'anchor' ? [jointLosses(sides, inputs)] : sides.map((side) => anchorLosses(side, inputs));
    const joined = losses.length === 1 ? losses[0]! : tf.concat1d(losses);
    if (reduction !== 'none') return reduceLosses(joined, anchorWeights, reduction);
    const weighted =
      anchorWeights === null ? joined : tf.mul(joined, tf.tensor1d(Float32Array.from(anchorWeights)));
    return spreadRows(weighted as tf.Tensor1D, anchorSides, relevance);
  });
};

/** Losses of anchors put back on their rows, side by side. */
const spreadRows = (losses: tf.Tensor1D, sides: readonly AnchorSide[], relevance: Relevance): tf.Tensor1D => {
  const { rows, length } = spreadPlaces(sides, relevance);
  return scatterRows(losses, rows, length);
};

/** Zero with zero gradients, whatever the embeddings hold: nothing is compared. */
const zeroLoss = (queries: tf.Tensor2D, documents: tf.Tensor2D, shape: number[]): tf.Scalar =>
  customGradient([queries, documents], () => ({
    value: tf.zeros(shape) as tf.Scalar,
    saved: [],
    gradient: () => [tf.zeros(queries.shape), tf.zeros(documents.shape)],
  }));
