import * as tf from '@tensorflow/tfjs';
import { checkOptions, type Numbers } from './checks.js';
import {
  KL_DIVERGENCE_OPTIONS,
  type KlDivergenceOptions,
  readKlDivergenceOptions,
} from './kl-divergence-options.js';
import { listLosses } from './label-lists.js';

/**
 * Distillation of a distribution: the Kullback-Leibler divergence from what a teacher's labels say about the documents
 * of a query to what the scores say.
 *
 * ℓ_g = τ² Σ_{i ∈ g} p_i (log p_i − log q_i), p = softmax_g(y/τ_y), q = softmax_g(s/τ)
 *
 * The factor τ² keeps the gradient's size when both temperatures are raised. It takes the same labeled pairs as
 * {@link cosentLoss} and {@link marginMseLoss}, so the three uses of a teacher can be compared in one run. Lists of one
 * item, and lists whose weights are all 0, are ignored; without any list the loss is 0 with a zero gradient.
 *
 * @param scores [P] or [P, 1].
 * @param labels [P], the teacher's scores; these, groups and weights may be tensors, which are read back.
 * @returns Scalar, at least 0 up to rounding; differentiable in scores.
 * @throws {TypeError|RangeError} As {@link cosentLoss}, before any kernel runs.
 *
 * O(G·W) time and memory for G lists, the longest of W items.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { klDivergenceLoss } from 'oasis-embed/losses';
 *
 * const teacher = [2, 0.5, 1.5, 0];
 * const groups = ['a', 'a', 'b', 'b'];
 * const same = klDivergenceLoss(tf.tensor1d([1, -0.5, 3, 1.5]), teacher, { groups });
 * const other = klDivergenceLoss(tf.tensor1d([0, 0, 0, 0]), teacher, { groups });
 * console.log((await same.data())[0]); // about 0.000: only differences within a list count
 * console.log((await other.data())[0]); // about 0.218
 * ```
 *
 * @see Hinton et al., Distilling the knowledge in a neural network (2015), arXiv 1503.02531; Lin et al., Distilling dense
 * representations for ranking using tightly-coupled teachers (2020), arXiv 2010.11386.
 */
export const klDivergenceLoss = (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  options: KlDivergenceOptions = {},
): tf.Scalar => {
  checkOptions('klDivergenceLoss', options, KL_DIVERGENCE_OPTIONS);
  const settings = readKlDivergenceOptions(options);
  return tf.tidy(() => tf.mul(listLosses(scores, labels, settings, 1), settings.temperature ** 2));
};
