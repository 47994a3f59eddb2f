import { checkOptions } from '../checks.js';
import { MARGIN_MSE_OPTIONS, type MarginMseOptions, readMarginMseArguments } from '../margin-mse-options.js';
import { checkScores } from './host-options.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/**
 * Value and gradient of the MarginMSE loss on typed arrays: `marginMseLoss` without TensorFlow.js.
 *
 * L = Σ w_i w_j ((s_i − s_j) − (y_i − y_j))² / Σ w_i w_j;  ∂L/∂s_i = 2 w_i Σ_j w_j ((s_i − s_j) − (y_i − y_j)) / Σ w w
 *
 * over the margins of a group, as `marginMseLoss` says. Without any margin value and gradient are 0.
 *
 * @param scores [P]
 * @param labels [P], the teacher's scores.
 * @returns The value, and the gradient in the scores [P]; there is no temperature, so its gradient is 0.
 * @throws {TypeError|RangeError} As `marginMseLoss`.
 *
 * O(P) time and memory, however many margins there are.
 *
 * @example
 * ```ts
 * import { marginMseValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const { value, gradients } = marginMseValueAndGradients(Float32Array.of(0.5, 0.5), [0.9, 0.2]);
 * console.log(Math.abs(value - 0.49) < 1e-6, gradients[0][0]! < 0); // true true
 * ```
 *
 * @see Hofstätter et al. (2020), arXiv 2010.02666.
 */
export const marginMseValueAndGradients = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: MarginMseOptions = {},
): ValueAndGradients<readonly [scores: Float32Array]> => {
  checkOptions('marginMseValueAndGradients', options, MARGIN_MSE_OPTIONS);
  checkScores(scores);
  const { length } = scores;
  const { values, classes, byMark, reduction } = readMarginMseArguments(length, labels, options);
  const { classOf, weights, unit, mass, pairMass } = classes;
  const toScores = new Float32Array(length);
  if (pairMass === 0) return { value: 0, gradients: [toScores], temperatureGradient: 0 };
  const share = reduction === 'mean' ? 1 / pairMass : unit ** 2;
  const errors = Float64Array.from(classOf, (_, i) => scores[i]! - values[i]!);
  const means = new Float64Array(mass.length);
  classOf.forEach((index, i) => {
    if (mass[index]! > 0) means[index]! += (weights[i]! * errors[i]!) / mass[index]!;
  });
  let value = 0;
  classOf.forEach((index, i) => {
    const partner = byMark ? index ^ 1 : index;
    const [weight, other] = [weights[i]!, mass[partner]!];
    if (weight === 0 || other === 0) return;
    // Around its own mean, so that nothing cancels; the distance of the means stands in both classes of a group.
    const spread = (errors[i]! - means[index]!) ** 2;
    const between = (means[index]! - means[partner]!) ** 2 / 2;
    value += share * weight * other * (spread + between);
    toScores[i] = 2 * share * weight * other * (errors[i]! - means[partner]!);
  });
  return { value, gradients: [toScores], temperatureGradient: 0 };
};
