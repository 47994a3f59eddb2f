import type { RelevantRanks } from '../ranks/ranked-relevant.js';
import type { QueryMeasure } from './ranked-query.js';

/** How the queries of a set become one number. */
export interface MeanOptions {
  /**
   * Whether a query without any relevant document is left out of the mean or counts as zero.
   * @defaultValue 'skip'
   */
  readonly withoutRelevant?: 'skip' | 'zero';
}

/** Values per query [Q], NaN where a query has no relevant document. */
export const valuesPerQuery = (relevant: RelevantRanks, measure: QueryMeasure): Float64Array => {
  const { offsets, ranks, gains, tied } = relevant;
  return Float64Array.from({ length: relevant.queries }, (_, q) => {
    const from = offsets[q]!;
    const to = offsets[q + 1]!;
    if (from === to) return Number.NaN;
    return measure({
      ranks: ranks.subarray(from, to),
      gains: gains.subarray(from, to),
      ...(tied && { tied: { above: tied.above.subarray(from, to), size: tied.size.subarray(from, to) } }),
    });
  });
};

/** trec_eval's bound: a query with a value below it counts as this. */
const LEAST_GEOMETRIC = 0.00001;

/** The mean of values per query; NaN where no query counts. */
export const meanOverQueries = (
  values: Float64Array,
  options: MeanOptions & { readonly mean?: 'arithmetic' | 'geometric' } = {},
): number => {
  const geometric = options.mean === 'geometric';
  let sum = 0;
  let counted = 0;
  for (const value of values) {
    if (Number.isNaN(value) && options.withoutRelevant !== 'zero') continue;
    const worth = Number.isNaN(value) ? 0 : value;
    sum += geometric ? Math.log(Math.max(worth, LEAST_GEOMETRIC)) : worth;
    counted += 1;
  }
  return geometric ? Math.exp(sum / counted) : sum / counted;
};
