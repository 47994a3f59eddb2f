import type { OptionNames } from '../numerics/index.js';
import {
  checkFinite,
  checkLength,
  checkOneOf,
  checkTemperature,
  checkWeights,
  type Temperature,
} from './checks.js';
import type { Reduction } from './reduce-losses.js';

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

export const LIST_NET_OPTIONS: OptionNames<ListNetOptions> = {
  temperature: true,
  labelTemperature: true,
  groups: true,
  weights: true,
  reduction: true,
};

type Defaulted = 'temperature' | 'labelTemperature' | 'reduction';

/** The options of listNetLoss, checked and with their defaults. */
export const readListNetArguments = (
  length: number,
  labels: ArrayLike<number>,
  options: ListNetOptions,
): ListNetOptions & Required<Pick<ListNetOptions, Defaulted>> => {
  const { temperature = 0.05, labelTemperature = 0.05, groups, weights, reduction = 'mean' } = options;
  checkLength('labels', 'P', labels, length);
  checkFinite('labels', labels);
  checkTemperature(temperature);
  checkTemperature(labelTemperature, 'labelTemperature');
  if (groups !== undefined) checkLength('groups', 'P', groups, length);
  if (weights !== undefined) {
    checkLength('weights', 'P', weights, length);
    checkWeights('weights', weights);
  }
  checkOneOf('reduction', reduction, ['mean', 'sum']);
  return { ...options, temperature, labelTemperature, reduction };
};
