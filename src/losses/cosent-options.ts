import type { OptionNames } from '../numerics/index.js';
import {
  checkNonNegative,
  checkOneOf,
  checkTemperature,
  type Ids,
  type Numbers,
  readIds,
  readNumbers,
  readWeights,
  type Temperature,
} from './checks.js';
import { type LabelOrder, orderLabels, pairMass } from './label-order.js';

/** How the loss depends on the number of ordered pairs, with which it grows. */
export type CosentNormalization = 'none' | 'pairs' | 'mean';

/** Temperature, margin, groups and weights of CoSENT. */
export interface CosentOptions {
  /** τ, a number or a trainable scalar. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /** m ≥ 0: two labels are ordered when they differ by more than this. @defaultValue 0 */
  readonly margin?: number;
  /** [P], at least 0: the ordered pair (j, k) weighs w_j · w_k. @defaultValue all 1 */
  readonly weights?: Numbers;
  /** [P], ids: only items of one group are ordered, such as the pairs of one query. @defaultValue one group */
  readonly groups?: Ids;
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

/** The options of cosentLoss, checked, on the host, and the order of the labels. */
export interface CosentSettings {
  readonly order: LabelOrder;
  /** Σ over ordered pairs of their weights: 0 where nothing is compared. */
  readonly mass: number;
  readonly temperature: Temperature;
  readonly weights: ArrayLike<number> | undefined;
  /** The logarithm by which the sum over pairs is divided: that of the mass for `mean`, else 0. */
  readonly shift: number;
  /** What is taken off the value: the logarithm of the mass for `pairs`, else 0. */
  readonly offset: number;
}

/** Reads and checks the arguments of cosentLoss that live on the host. */
export const readCosentArguments = (
  length: number,
  labels: Numbers,
  { temperature = 0.05, margin = 0, weights, groups, normalize = 'none' }: CosentOptions,
): CosentSettings => {
  checkTemperature(temperature);
  checkNonNegative('margin', margin);
  checkOneOf('normalize', normalize, ['none', 'pairs', 'mean']);
  const order = orderLabels(
    readNumbers('labels', 'P', labels, length),
    margin,
    readIds('groups', 'P', groups, length),
  );
  const read = readWeights(weights, 'P', length);
  const mass = pairMass(order, read);
  const logMass = Math.log(mass);
  return {
    order,
    mass,
    temperature,
    weights: read,
    shift: normalize === 'mean' ? logMass : 0,
    offset: normalize === 'pairs' ? logMass : 0,
  };
};
