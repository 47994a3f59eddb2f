import * as tf from '@tensorflow/tfjs';
import { checkOptions, type Numbers } from './checks.js';
import { listLosses } from './label-lists.js';
import { LIST_NET_OPTIONS, type ListNetOptions, readListNetOptions } from './list-net-options.js';

/**
 * The ListNet loss (top-one): the cross-entropy between the distribution that the labels of a list imply and
 * the one that its scores imply. It takes the same labels as CoSENT, so the two can be compared in one run.
 *
 * ℓ_g = −Σ_{i ∈ g} p_i log softmax_g(s/τ)_i, p = softmax_g(y/τ_y)
 *
 * Unlike CoSENT, it depends on the distances between labels, not only on their order. Lists of one item, and lists whose
 * weights are all 0, are ignored; without any list the loss is 0 with a zero gradient.
 *
 * @param scores [P] or [P, 1], cosines.
 * @param labels [P]; these, groups and weights may be tensors, which are read back as {@link cosentLoss} does.
 * @returns Scalar, at least the entropy of the targets; differentiable in scores and a tensor temperature.
 * @throws {TypeError|RangeError} As cosentLoss, before any kernel runs.
 *
 * O(G·W) time and memory for G lists, the longest of W items.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { listNetLoss } from 'oasis-embed/losses';
 *
 * const labels = [0.9, 0.2, 0.7, 0.1];
 * const groups = ['a', 'a', 'b', 'b'];
 * const good = listNetLoss(tf.tensor1d([0.8, 0.1, 0.6, 0.0]), labels, { groups });
 * const bad = listNetLoss(tf.tensor1d([0.1, 0.8, 0.0, 0.6]), labels, { groups });
 * if (!((await good.data())[0]! < (await bad.data())[0]!)) throw new Error('the right order must cost less');
 * ```
 *
 * @see Cao et al., Learning to rank: from pairwise to listwise approach (ICML 2007), equation 4.
 */
export const listNetLoss = (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  options: ListNetOptions = {},
): tf.Scalar => {
  checkOptions('listNetLoss', options, LIST_NET_OPTIONS);
  const settings = readListNetOptions(options);
  return tf.tidy(() => listLosses(scores, labels, settings, 0));
};
