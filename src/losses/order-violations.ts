import * as tf from '@tensorflow/tfjs';
import type { OptionNames } from '../numerics/index.js';
import { readScores } from './check-tensors.js';
import {
  checkFinite,
  checkLength,
  checkNonNegative,
  checkOptions,
  type Numbers,
  readIds,
  readNumbers,
  readWeights,
} from './checks.js';
import type { CosentOptions } from './cosent-options.js';
import { orderLabels, pairMass } from './label-order.js';

/** How well scores keep the order of their labels. */
export interface OrderViolations {
  /** Pairs (j, k) with y_j < y_k − margin within one group. */
  readonly orderedPairs: number;
  /** Ordered pairs with s_j ≥ s_k. */
  readonly violatedPairs: number;
  /** violatedPairs / orderedPairs; 0 without an ordered pair. */
  readonly violationRate: number;
}

const COUNT_ORDER_VIOLATIONS_OPTIONS: OptionNames<Pick<CosentOptions, 'margin' | 'weights' | 'groups'>> = {
  margin: true,
  weights: true,
  groups: true,
};

/**
 * Counts the ordered pairs that scores put in the wrong order.
 *
 * #{ (j, k) : y_j < y_k − m, s_j ≥ s_k }
 *
 * Equal scores of an ordered pair count as violated; equal labels make no ordered pair; items of weight 0
 * are not counted. Empty input gives zeros.
 *
 * @param scores [P], on the host, finite.
 * @param labels [P]; these, weights and groups may be tensors, which are read back.
 * @returns Counts and their ratio; random scores give a rate of 0.5.
 * @throws {TypeError|RangeError} When lengths do not agree or a score or label is not finite.
 *
 * O(P log P) time, O(P) memory, all on the host.
 *
 * @example
 * ```ts
 * import { countOrderViolations } from 'oasis-embed/losses';
 *
 * const { orderedPairs, violatedPairs } = countOrderViolations([0.8, 0.9, 0.1], [0.9, 0.5, 0.1]);
 * if (orderedPairs !== 3 || violatedPairs !== 1) throw new Error('one of three pairs is in the wrong order');
 * ```
 */
export const countOrderViolations = (
  scores: ArrayLike<number>,
  labels: Numbers,
  options: Pick<CosentOptions, 'margin' | 'weights' | 'groups'> = {},
): OrderViolations => {
  checkOptions('countOrderViolations', options, COUNT_ORDER_VIOLATIONS_OPTIONS);
  checkLength('scores', 'P', scores, scores?.length);
  checkFinite('scores', scores);
  const { length } = scores;
  const { margin = 0 } = options;
  checkNonNegative('margin', margin);
  const values = readNumbers('labels', 'P', labels, length);
  const weights = readWeights(options.weights, 'P', length);
  const groups = readIds('groups', 'P', options.groups, length);
  const counted = Array.from({ length }, (_, i) => i).filter((i) => weights?.[i] !== 0);
  const order = orderLabels(
    counted.map((i) => values[i]!),
    margin,
    groups && counted.map((i) => groups[i]!),
  );
  const sorted = Float64Array.from(order.order, (item) => scores[counted[item]!]!);
  const violatedPairs = countInversions(sorted, order.below, order.groupStart);
  const orderedPairs = pairMass(order);
  return {
    orderedPairs,
    violatedPairs,
    violationRate: orderedPairs === 0 ? 0 : violatedPairs / orderedPairs,
  };
};

const COSENT_DIAGNOSTICS_OPTIONS: OptionNames<Pick<CosentOptions, 'margin' | 'weights' | 'groups'>> = {
  margin: true,
  weights: true,
  groups: true,
};

/**
 * {@link countOrderViolations} for scores on the device: for logging next to `cosentLoss`, not as part of it.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cosentDiagnostics } from 'oasis-embed/losses';
 *
 * const { violationRate } = await cosentDiagnostics(tf.tensor1d([0.1, 0.2, 0.3]), [1, 2, 3]);
 * if (violationRate !== 0) throw new Error('these scores are in order');
 * ```
 */
export const cosentDiagnostics = async (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  options: Pick<CosentOptions, 'margin' | 'weights' | 'groups'> = {},
): Promise<OrderViolations> => {
  checkOptions('cosentDiagnostics', options, COSENT_DIAGNOSTICS_OPTIONS);
  tf.tidy(() => void readScores(scores));
  return countOrderViolations(await scores.data(), labels, options);
};

/** Items below each position that score at least as high, by a Fenwick tree over the ranks of the scores. */
const countInversions = (values: Float64Array, below: Int32Array, groupStart: Int32Array): number => {
  const ascending = Float64Array.from(new Set(values)).sort();
  const rankOf = new Map(Array.from(ascending, (value, rank) => [value, rank + 1] as const));
  const ranks = Int32Array.from(values, (value) => rankOf.get(value)!);
  const tree = new Int32Array(ascending.length + 1);
  const add = (rank: number, amount: number): void => {
    for (let node = rank; node < tree.length; node += node & -node) tree[node]! += amount;
  };
  const countUpTo = (rank: number): number => {
    let sum = 0;
    for (let node = rank; node > 0; node -= node & -node) sum += tree[node]!;
    return sum;
  };
  let violated = 0;
  let start = 0;
  let added = 0;
  for (let k = 0; k < values.length; k++) {
    if (groupStart[k] !== start) {
      for (let i = start; i < added; i++) add(ranks[i]!, -1);
      start = groupStart[k]!;
      added = start;
    }
    for (; added < below[k]!; added++) add(ranks[added]!, 1);
    violated += added - start - countUpTo(ranks[k]! - 1);
  }
  return violated;
};
