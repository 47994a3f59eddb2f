import * as tf from '@tensorflow/tfjs';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { customGradient } from '../numerics/tensors/index.js';
import {
  checkFinite,
  checkLength,
  checkOneOf,
  checkTemperature,
  checkTensor,
  checkWeights,
  type Temperature,
} from './checks.js';
import { gatherRagged, raggedLogSumExp, raggedRows } from './ragged-rows.js';
import { type Reduction, reduceLosses } from './reduce-losses.js';

export interface ListNetOptions {
  /** τ of the scores. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /** τ of the labels: how sharply the target distribution prefers the best. @defaultValue 0.05 */
  readonly labelTemperature?: number;
  /** [P], ids: each group is one list, such as the documents of one query. @defaultValue one list */
  readonly groups?: ArrayLike<number | string>;
  /** [P], at least 0: multiplies an item's share of the target before it is normalized again. */
  readonly weights?: ArrayLike<number>;
  /** Over lists. @defaultValue 'mean' */
  readonly reduction?: Exclude<Reduction, 'none' | 'weighted'>;
}

const LIST_NET_OPTIONS: OptionNames<ListNetOptions> = {
  temperature: true,
  labelTemperature: true,
  groups: true,
  weights: true,
  reduction: true,
};

/**
 * The ListNet loss (top-one): the cross-entropy between the distribution that the labels of a list imply and
 * the one that its scores imply. It takes the same labels as CoSENT, so the two can be compared in one run.
 *
 * ℓ_g = −Σ_{i ∈ g} p_i log softmax_g(s/τ)_i, p = softmax_g(y/τ_y)
 *
 * Unlike CoSENT, it depends on the distances between labels, not only on their order. Lists of one item, and lists whose
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
  const { temperature = 0.05, labelTemperature = 0.05, groups, weights, reduction = 'mean' } = options;
  checkTensor('scores', scores, ['P']);
  checkLength('labels', 'P', labels, scores.size);
  checkFinite('labels', labels);
  checkTemperature(temperature);
  checkTemperature(labelTemperature, 'labelTemperature');
  if (groups !== undefined) checkLength('groups', 'P', groups, scores.size);
  if (weights !== undefined) {
    checkLength('weights', 'P', weights, scores.size);
    checkWeights('weights', weights);
  }
  checkOneOf('reduction', reduction, ['mean', 'sum']);
  const lists = listsOf(scores.size, groups, weights);
  if (lists.length === 0) {
    return customGradient([scores], () => ({
      value: tf.scalar(0),
      saved: [],
      gradient: () => [tf.zeros(scores.shape)],
    }));
  }
  const ragged = raggedRows(lists);
  const { width } = ragged;
  const targets = new Float32Array(lists.length * width);
  lists.forEach((list, g) => {
    targets.set(targetOf(list, labels, labelTemperature, weights), g * width);
  });
  return tf.tidy(() => {
    const scaled =
      typeof temperature === 'number' ? tf.mul(scores, 1 / temperature) : tf.div(scores, temperature);
    const logits = gatherRagged(scaled as tf.Tensor1D, ragged);
    const target = tf.tensor2d(targets, [lists.length, width]);
    const losses = tf.sub(raggedLogSumExp(logits, ragged), tf.sum(tf.mul(logits, target), 1)) as tf.Tensor1D;
    return reduceLosses(losses, null, reduction);
  });
};

const listsOf = (
  length: number,
  groups: ArrayLike<number | string> | undefined,
  weights: ArrayLike<number> | undefined,
): number[][] => {
  const lists = new Map<number | string, number[]>();
  for (let i = 0; i < length; i++) {
    const id = groups?.[i] ?? 0;
    const list = lists.get(id);
    if (list === undefined) lists.set(id, [i]);
    else list.push(i);
  }
  const weighted = (list: number[]) => weights === undefined || list.some((i) => weights[i]! > 0);
  return [...lists.values()].filter((list) => list.length > 1 && weighted(list));
};

const targetOf = (
  list: readonly number[],
  labels: ArrayLike<number>,
  temperature: number,
  weights: ArrayLike<number> | undefined,
): number[] => {
  const kept = list.filter((i) => weights?.[i] !== 0);
  const highest = kept.reduce((most, i) => Math.max(most, labels[i]!), -Infinity);
  const mass = list.map((i) =>
    weights?.[i] === 0 ? 0 : (weights?.[i] ?? 1) * Math.exp((labels[i]! - highest) / temperature),
  );
  const total = mass.reduce((sum, one) => sum + one, 0);
  return mass.map((one) => one / total);
};
