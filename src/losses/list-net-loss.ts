import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../numerics/index.js';
import { customGradient, gatherRows, NEGATIVE_SENTINEL } from '../numerics/tensors/index.js';
import { checkTensor } from './checks.js';
import { listsOf, targetOf } from './label-lists.js';
import { LIST_NET_OPTIONS, type ListNetOptions, readListNetArguments } from './list-net-options.js';
import { reduceLosses } from './reduce-losses.js';

/**
 * The ListNet loss (top-one): the cross-entropy between the distribution that the labels of a list imply and
 * the one that its scores imply. It takes the same labels as CoSENT, so the two can be compared in one run.
 *
 * ℓ_g = −Σ_{i ∈ g} p_i log softmax_g(s/τ)_i, p = softmax_g(y/τ_y)
 *
 * Unlike CoSENT it uses how far labels are apart, not their order alone. Lists of one item, and lists whose
 * weights are all 0, are ignored; without any list the loss is 0 with a zero gradient.
 *
 * @param scores [P], cosines.
 * @param labels [P], on the host.
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
  scores: tf.Tensor1D,
  labels: ArrayLike<number>,
  options: ListNetOptions = {},
): tf.Scalar => {
  checkOptions('listNetLoss', options, LIST_NET_OPTIONS);
  checkTensor('scores', scores, ['P']);
  const settings = readListNetArguments(scores.size, labels, options);
  const { temperature, labelTemperature, groups, weights, reduction } = settings;
  const lists = listsOf(scores.size, groups, weights);
  if (lists.length === 0) {
    return customGradient([scores], () => ({
      value: tf.scalar(0),
      saved: [],
      gradient: () => [tf.zeros(scores.shape)],
    }));
  }
  const width = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const indices = new Int32Array(lists.length * width).fill(scores.size);
  const targets = new Float32Array(lists.length * width);
  lists.forEach((list, g) => {
    indices.set(list, g * width);
    targets.set(targetOf(list, labels, labelTemperature, weights), g * width);
  });
  return tf.tidy(() => {
    const scaled =
      typeof temperature === 'number' ? tf.mul(scores, 1 / temperature) : tf.div(scores, temperature);
    const extended = tf.concat1d([scaled as tf.Tensor1D, tf.tensor1d([NEGATIVE_SENTINEL])]);
    const logits = tf.reshape(gatherRows(extended, indices), [lists.length, width]);
    const target = tf.tensor2d(targets, [lists.length, width]);
    // Padding is the sentinel with a target of 0; it is replaced before the product, as 0 · 1e30 rounds badly.
    const finite = tf.where(tf.greater(target, 0), logits, tf.zerosLike(logits));
    const losses = tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(finite, target), 1)) as tf.Tensor1D;
    return reduceLosses(losses, null, reduction);
  });
};
