import type { OptionNames } from '../numerics/index.js';
import {
  checkFinite,
  checkLength,
  checkNonNegative,
  checkOneOf,
  checkTemperature,
  checkWeights,
  type Temperature,
} from './checks.js';

/** How the loss depends on the number of ordered pairs, with which it grows. */
export type CosentNormalization = 'none' | 'pairs' | 'mean';

export interface CosentOptions {
  /** τ, a number or a trainable scalar. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /** m ≥ 0: two labels are ordered when they differ by more than this. @defaultValue 0 */
  readonly margin?: number;
  /** [P], at least 0: the ordered pair (j, k) weighs w_j · w_k. @defaultValue all 1 */
  readonly weights?: ArrayLike<number>;
  /** [P], ids: only items of one group are ordered, such as the pairs of one query. @defaultValue one group */
  readonly groups?: ArrayLike<number | string>;
  /**
   * `none`: the sum over pairs as it is. `pairs`: minus log(Σ of pair weights), which shifts the value
   * alone. `mean`: the mean over pairs inside the logarithm, which also keeps the gradient from saturating.
   * @defaultValue 'none'
   */
  readonly normalize?: CosentNormalization;
}

export const COSENT_OPTIONS: OptionNames<CosentOptions> = {
  temperature: true,
  margin: true,
  weights: true,
  groups: true,
  normalize: true,
};

/** The checks of cosentLoss on host arguments. */
export const checkCosentArguments = (
  length: number,
  labels: ArrayLike<number>,
  { temperature = 0.05, margin = 0, weights, groups, normalize = 'none' }: CosentOptions,
): void => {
  checkLength('labels', 'P', labels, length);
  checkFinite('labels', labels);
  checkTemperature(temperature);
  checkNonNegative('margin', margin);
  if (weights !== undefined) {
    checkLength('weights', 'P', weights, length);
    checkWeights('weights', weights);
  }
  if (groups !== undefined) checkLength('groups', 'P', groups, length);
  checkOneOf('normalize', normalize, ['none', 'pairs', 'mean']);
};
