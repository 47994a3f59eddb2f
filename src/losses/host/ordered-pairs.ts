import type { CosentSettings } from '../cosent-options.js';
import { runningLogSum } from './running-log-sum.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/** The arguments of the CoSENT loss, checked. */
export type OrderedPairs = CosentSettings & { readonly temperature: number };

/**
 * The CoSENT loss and its gradient from host arrays, by two sweeps over the items in the order of their labels.
 *
 * O(P) after the sort; without `differentiate` the gradients are zeros.
 */
export const orderedPairsOnHost = (
  scores: ArrayLike<number>,
  { order: labels, mass, temperature, weights, shift, offset }: OrderedPairs,
  differentiate: boolean,
): ValueAndGradients<readonly [scores: Float32Array]> => {
  const { order, below, above, groupStart, groupEnd } = labels;
  const length = order.length;
  const toScores = new Float32Array(length);
  if (mass === 0) return { value: 0, gradients: [toScores], temperatureGradient: 0 };
  const scale = 1 / temperature;
  const logits = Float64Array.from(order, (item) => scores[item]! * scale);
  const logWeights = Float64Array.from(order, (item) => Math.log(weights?.[item] ?? 1));

  /**
   * The logarithm of what each item costs against all its partners, −∞ against none. Up the order (`sign` 1) they stand
   * between the start of its group and `bounds`, down the order (−1) between `bounds` and the group's end.
   */
  const costsAgainst = (sign: 1 | -1, edges: Int32Array, bounds: Int32Array): Float64Array => {
    const back = sign < 0 ? 1 : 0;
    let sums = runningLogSum();
    const costs = new Float64Array(length);
    for (let i = 0, next = 0; i < length; i++) {
      const k = back ? length - 1 - i : i;
      if (edges[k] === k + back) {
        sums = runningLogSum();
        next = k + back;
      }
      for (; next * sign < bounds[k]! * sign; next += sign)
        sums.add(sign * logits[next - back]! + logWeights[next - back]!);
      const sum = sums.value();
      costs[k] = sum === -Infinity ? sum : sum - sign * logits[k]! + logWeights[k]! - shift;
    }
    return costs;
  };

  const costs = costsAgainst(1, groupStart, below);
  const total = runningLogSum();
  total.add(0);
  for (const cost of costs) total.add(cost);
  const loss = total.value();
  let along = 0;
  if (differentiate) {
    const gains = costsAgainst(-1, groupEnd, above);
    order.forEach((item, k) => {
      // Each exponent is the logarithm of a share of the whole, so none exceeds 0.
      const pull = Math.exp(gains[k]! - loss) - Math.exp(costs[k]! - loss);
      toScores[item] = pull * scale;
      along += pull * logits[k]!;
    });
  }
  return {
    value: loss - offset,
    gradients: [toScores],
    temperatureGradient: -along * scale,
  };
};
