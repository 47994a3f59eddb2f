import type { OptionNames } from '../numerics/index.js';
import { checkOneOf, checkTemperature, type Ids, type Numbers } from './checks.js';
import type { ListSettings } from './list-net-options.js';
import type { Reduction } from './reduce-losses.js';

/** The temperatures and groups of `klDivergenceLoss`. */
export interface KlDivergenceOptions {
  /** τ of the scores. @defaultValue 1 */
  readonly temperature?: number;
  /** τ of the labels. @defaultValue that of the scores */
  readonly labelTemperature?: number;
  /** [P], ids: each group is one list, such as the documents of one query. @defaultValue one list */
  readonly groups?: Ids;
  /** [P], at least 0: multiplies an item's share of the target before it is normalized again. */
  readonly weights?: Numbers;
  /** Over lists. @defaultValue 'mean' */
  readonly reduction?: Exclude<Reduction, 'none' | 'weighted'>;
}

export const KL_DIVERGENCE_OPTIONS: OptionNames<KlDivergenceOptions> = {
  temperature: true,
  labelTemperature: true,
  groups: true,
  weights: true,
  reduction: true,
};

export const readKlDivergenceOptions = (
  options: KlDivergenceOptions,
): ListSettings<KlDivergenceOptions> & { readonly temperature: number } => {
  const { temperature = 1, labelTemperature = temperature, reduction = 'mean' } = options;
  checkTemperature(temperature);
  checkTemperature(labelTemperature, 'labelTemperature');
  checkOneOf('reduction', reduction, ['mean', 'sum']);
  return { ...options, temperature, labelTemperature, reduction };
};
