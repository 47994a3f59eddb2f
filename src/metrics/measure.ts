import {
  averagePrecisionOf,
  meanOverQueries,
  ndcgOf,
  precisionOf,
  type QueryMeasure,
  recallOf,
  reciprocalRankOf,
  rPrecisionOf,
  successOf,
  valuesPerQuery,
} from './rank-measures.js';
import type { RelevantRanks } from './ranks/relevant-ranks.js';

/**
 * A metric by name: `mrr`, `map`, `ndcg` (linear gain) and `ndcg-exp` (exponential) stand alone or with a cutoff
 * as in `mrr@1000`; `map-min@k` divides by min(k, R); `recall`, `precision`, `success` and `hit-rate`, which is
 * another name for success, need one.
 */
export type Measure =
  | 'mrr'
  | 'map'
  | 'ndcg'
  | 'ndcg-exp'
  | 'r-precision'
  | `${'mrr' | 'map' | 'map-min' | 'ndcg' | 'ndcg-exp' | 'recall' | 'precision' | 'success' | 'hit-rate'}@${number}`;

const FACTORIES: Readonly<Record<string, (cutoff: number) => QueryMeasure>> = {
  mrr: reciprocalRankOf,
  map: (cutoff) => averagePrecisionOf(cutoff, 'relevant'),
  'map-min': (cutoff) => averagePrecisionOf(cutoff, 'cutoff'),
  ndcg: (cutoff) => ndcgOf(cutoff, 'linear'),
  'ndcg-exp': (cutoff) => ndcgOf(cutoff, 'exponential'),
  recall: recallOf,
  precision: precisionOf,
  success: successOf,
  'hit-rate': successOf,
};

const WITHOUT_CUTOFF = ['mrr', 'map', 'ndcg', 'ndcg-exp'];

/** @throws RangeError when there is no such metric. */
export const parseMeasure = (measure: string): QueryMeasure => {
  if (measure === 'r-precision') return rPrecisionOf;
  const [, name = '', cutoff] = /^([a-z-]+)(?:@([1-9]\d*))?$/.exec(measure) ?? [];
  const factory = Object.hasOwn(FACTORIES, name) ? FACTORIES[name] : undefined;
  if (factory === undefined || (cutoff === undefined && !WITHOUT_CUTOFF.includes(name))) {
    throw new RangeError(
      `measure must be mrr, map, ndcg or ndcg-exp, alone or with a cutoff as in mrr@1000, or recall@k, ` +
        `precision@k, success@k, hit-rate@k, map-min@k or r-precision, received ${JSON.stringify(measure)}`,
    );
  }
  return factory(cutoff === undefined ? Number.POSITIVE_INFINITY : Number(cutoff));
};

/**
 * The text as the name of a metric, such as a person typed it.
 *
 * @throws RangeError when there is no such metric.
 *
 * @example
 * ```ts
 * import { parseMeasureName } from 'oasis-embed/metrics';
 * console.log(parseMeasureName('ndcg@10')); // ndcg@10
 * ```
 */
export const parseMeasureName = (text: string): Measure => {
  parseMeasure(text);
  return text as Measure;
};

/**
 * The value of a metric for each query: the input of significance tests and per-query tables.
 *
 * @param ranks See {@link relevantRanks}.
 * @param measure Such as `mrr@1000` or `ndcg@10`.
 * @returns [Q]; NaN where a query has no relevant document.
 * @throws RangeError when there is no such metric.
 *
 * @example
 * ```ts
 * import { perQueryMeasure, relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * console.log(Array.from(perQueryMeasure(ranks, 'mrr@1000'))); // [1, 0.5]
 * ```
 */
export const perQueryMeasure = (ranks: RelevantRanks, measure: Measure): Float64Array =>
  valuesPerQuery(ranks, parseMeasure(measure));

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
    measures.map((measure) => [measure, meanOverQueries(perQueryMeasure(ranks, measure))]),
  ) as Record<M, number>;
