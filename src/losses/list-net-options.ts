import type { OptionNames } from '../numerics/index.js';
import { checkOneOf, checkTemperature, type Ids, type Numbers, type Temperature } from './checks.js';
import type { Reduction } from './reduce-losses.js';

/** The temperatures and groups of `listNetLoss`. */
export interface ListNetOptions {
  /** τ of the scores. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /** τ of the labels: how sharply the target distribution prefers the best. @defaultValue 0.05 */
  readonly labelTemperature?: number;
  /** [P], ids: each group is one list, such as the documents of one query. @defaultValue one list */
  readonly groups?: Ids;
  /** [P], at least 0: multiplies an item's share of the target before it is normalized again. */
  readonly weights?: Numbers;
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

/** The settings of a loss of lists, checked. */
export type ListSettings<Options> = Options & {
  readonly temperature: Temperature;
  readonly labelTemperature: number;
  readonly reduction: 'mean' | 'sum';
};

export const readListNetOptions = (options: ListNetOptions): ListSettings<ListNetOptions> => {
  const { temperature = 0.05, labelTemperature = 0.05, reduction = 'mean' } = options;
  checkTemperature(temperature);
  checkTemperature(labelTemperature, 'labelTemperature');
  checkOneOf('reduction', reduction, ['mean', 'sum']);
  return { ...options, temperature, labelTemperature, reduction };
};
