import { parseMeasure } from './measures/parse-measure.js';
import { meanOverQueries, valuesPerQuery } from './measures/values-per-query.js';
import type { RelevantRanks } from './ranks/ranked-relevant.js';

type WithRank = 'mrr' | 'map' | 'ndcg' | 'ndcg-exp' | 'err' | 'rbp';
type NeedsRank = 'map-min' | 'recall' | 'recall-cap' | 'precision' | 'f1' | 'success' | 'hit-rate' | 'judged';
type WithoutRank = 'r-precision' | 'map@r' | 'gm-map' | 'bpref' | 'infap';
type Family = WithRank | NeedsRank | WithoutRank;

/**
 * The name of a metric.
 *
 * `mrr`, `map`, `ndcg` (linear gain), `ndcg-exp` (exponential gain), `err` and `rbp` stand alone or with a cutoff as in
 * `mrr@1000`. `recall`, `precision`, `f1`, `success` (also `hit-rate`), `recall-cap` (over min(k, R)), `map-min` (over
 * min(k, R)) and `judged` need one. `r-precision`, `map@r`, `gm-map` (geometric mean of `map`), `bpref` and `infap` take
 * none. `iprec@0.1` is the interpolated precision at a recall of 0.1.
 *
 * In parentheses before the cutoff: `rel`, the least relevant grade, as in `map(rel=2)@100`; the persistence `p` of `rbp`,
 * 0.8 by default; the largest grade `max` of `err`, 4 by default.
 */
export type Measure =
  | WithRank
  | WithoutRank
  | `${WithRank | NeedsRank}@${number}`
  | `iprec@${number}`
  | `${Family | 'iprec'}(${string})`
  | `${Family | 'iprec'}(${string})@${number}`;

/**
 * Parses the name of a metric, in the spellings of several tools, into the one of this library.
 *
 * Understands the names of trec_eval, ir_measures and ranx: `P@5`, `P_5`, `nDCG@10`, `ndcg_cut_10`, `recip_rank`, `Rprec`,
 * `AP(rel=2)@100`, `hit_rate@1`, `rbp.95`.
 *
 * @throws RangeError when there is no such metric, with the nearest one as a suggestion.
 *
 * @example
 * ```ts
 * import { parseMeasureName } from 'oasis-embed/metrics';
 * console.log(parseMeasureName('ndcg_cut_10')); // ndcg@10
 * ```
 */
export const parseMeasureName = (text: string): Measure => parseMeasure(text).name as Measure;

/**
 * The value of a metric for each query: the input of significance tests and per-query tables.
 *
 * @param ranks See {@link relevantRanks}.
 * @param measure Such as `mrr@1000` or `ndcg@10`.
 * @returns [Q]; NaN where a query has no relevant document.
 * @throws RangeError when there is no such metric, or it asks for documents judged not relevant (`bpref`, `infap`,
 * `judged`): those are known to {@link evaluateRun} alone.
 *
 * @example
 * ```ts
 * import { perQueryMeasure, relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * console.log(Array.from(perQueryMeasure(ranks, 'mrr@1000'))); // [1, 0.5]
 * ```
 */
export const perQueryMeasure = (ranks: RelevantRanks, measure: Measure): Float64Array =>
  valuesPerQuery(ranks, parseMeasure(measure).value);

/**
 * Several metrics at once, as means over the queries that have relevant documents.
 *
 * @throws RangeError when there is no such metric.
 *
 * @example
 * ```ts
 * import { measureRanks, relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * console.log(measureRanks(ranks, ['mrr@1000', 'recall@1'])); // { 'mrr@1000': 0.75, 'recall@1': 0.5 }
 * ```
 */
export const measureRanks = <M extends Measure>(
  ranks: RelevantRanks,
  measures: readonly M[],
): Record<M, number> =>
  Object.fromEntries(
    measures.map((measure) => {
      const { value, mean } = parseMeasure(measure);
      return [measure, meanOverQueries(valuesPerQuery(ranks, value), { mean })];
    }),
  ) as Record<M, number>;
