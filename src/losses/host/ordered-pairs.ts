import type { CosentSettings } from '../cosent-options.js';
import { RunningLogSum } from './running-log-sum.js';

/** The arguments of the CoSENT loss, checked. */
export type OrderedPairs = CosentSettings & { readonly temperature: number };

export interface ScoreGradients {
  readonly value: number;
  /** [P] */
  readonly toScores: Float32Array;
  readonly toTemperature: number;
}

/**
 * The CoSENT loss and its gradient from host arrays, by two sweeps over the items in the order of their labels.
 *
 * O(P) after the sort; without `differentiate` the gradients are zeros.
 */
export const orderedPairsOnHost = (
  scores: ArrayLike<number>,
  { order: labels, mass, temperature, weights, normalize }: OrderedPairs,
  differentiate: boolean,
): ScoreGradients => {
  const { order, below, above, groupStart, groupEnd } = labels;
  const length = order.length;
  const toScores = new Float32Array(length);
  if (mass === 0) return { value: 0, toScores, toTemperature: 0 };
  const scale = 1 / temperature;
  const shift = normalize === 'mean' ? Math.log(mass) : 0;
  const logits = Float64Array.from(order, (item) => scores[item]! * scale);
  const logWeights = Float64Array.from(order, (item) =>
    weights === undefined ? 0 : Math.log(weights[item]!),
  );

  // The logarithm of what each item costs against all items below it, −∞ against none.
  const costs = new Float64Array(length);
  const total = new RunningLogSum();
  const sums = new RunningLogSum();
  total.add(0);
  for (let k = 0, next = 0; k < length; k++) {
    if (groupStart[k] === k) {
      sums.clear();
      next = k;
    }
    for (; next < below[k]!; next++) sums.add(logits[next]! + logWeights[next]!);
    costs[k] = sums.value === -Infinity ? -Infinity : sums.value - logits[k]! + logWeights[k]! - shift;
    total.add(costs[k]!);
  }
  const loss = total.value;
  const value = normalize === 'pairs' ? loss - Math.log(mass) : loss;
  if (!differentiate) return { value, toScores, toTemperature: 0 };

  let along = 0;
  for (let k = length - 1, next = k; k >= 0; k--) {
    if (groupEnd[k] === k + 1) {
      sums.clear();
      next = k;
    }
    for (; next >= above[k]!; next--) sums.add(logWeights[next]! - logits[next]!);
    const gain = sums.value === -Infinity ? -Infinity : sums.value + logits[k]! + logWeights[k]! - shift;
    // Each exponent is the logarithm of a share of the whole, so none exceeds 0.
    const pull = Math.exp(gain - loss) - Math.exp(costs[k]! - loss);
    toScores[order[k]!] = pull * scale;
    along += pull * logits[k]!;
  }
  return { value, toScores, toTemperature: -along * scale };
};
