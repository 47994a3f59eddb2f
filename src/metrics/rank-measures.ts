import { checkOptions, type OptionNames } from '../numerics/index.js';
import { averagePrecisionOf } from './measures/average-precision.js';
import { precisionOf, recallOf, rPrecisionOf } from './measures/found-share.js';
import { ndcgOf } from './measures/normalized-gain.js';
import type { QueryMeasure } from './measures/ranked-query.js';
import { reciprocalRankOf } from './measures/reciprocal-rank.js';
import { successOf } from './measures/success.js';
import { type MeanOptions, meanOverQueries, valuesPerQuery } from './measures/values-per-query.js';
import type { RelevantRanks } from './ranks/ranked-relevant.js';

/** Where {@link meanReciprocalRank} cuts the ranking off. */
export interface ReciprocalRankOptions extends MeanOptions {
  /**
   * A first relevant document below this rank counts as zero.
   * @defaultValue 1000
   */
  readonly cutoff?: number;
}

/** Where {@link meanAveragePrecision} cuts the ranking off. */
export interface AveragePrecisionOptions extends MeanOptions {
  /**
   * Relevant documents below this rank count as not found.
   * @defaultValue Infinity
   */
  readonly cutoff?: number;
  /**
   * What the sum of precisions is divided by: all relevant documents (trec_eval), or at most `cutoff` of them
   * (sentence-transformers).
   * @defaultValue 'relevant'
   */
  readonly denominator?: 'relevant' | 'cutoff';
}

/** The cutoff and the gains of {@link ndcg}. */
export interface NdcgOptions extends MeanOptions {
  /** @defaultValue Infinity */
  readonly cutoff?: number;
  /**
   * The gain of grade g: g itself (trec_eval, scikit-learn) or 2^g − 1 (CodeSearchNet, Burges et al.).
   * @defaultValue 'linear'
   */
  readonly gain?: 'linear' | 'exponential';
}

const MEAN_OPTIONS: OptionNames<MeanOptions> = { withoutRelevant: true };
const RECIPROCAL_RANK_OPTIONS: OptionNames<ReciprocalRankOptions> = { ...MEAN_OPTIONS, cutoff: true };
const AVERAGE_PRECISION_OPTIONS: OptionNames<AveragePrecisionOptions> = {
  ...MEAN_OPTIONS,
  cutoff: true,
  denominator: true,
};
const NDCG_OPTIONS: OptionNames<NdcgOptions> = { ...MEAN_OPTIONS, cutoff: true, gain: true };

const mean = (ranks: RelevantRanks, measure: QueryMeasure, options: MeanOptions) =>
  meanOverQueries(valuesPerQuery(ranks, measure), options);

/**
 * Mean reciprocal rank: the mean over queries of 1/rank of the first relevant document, 0 below the cutoff.
 *
 * @param ranks See {@link relevantRanks}.
 * @returns In [0, 1]; NaN when no query has a relevant document.
 * @throws RangeError when the cutoff is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { meanReciprocalRank, relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * console.log(meanReciprocalRank(ranks, { cutoff: 1000 })); // 0.75
 * ```
 */
export const meanReciprocalRank = (ranks: RelevantRanks, options: ReciprocalRankOptions = {}): number => {
  checkOptions('meanReciprocalRank', options, RECIPROCAL_RANK_OPTIONS);
  return mean(ranks, reciprocalRankOf(options.cutoff ?? 1000), options);
};

/**
 * Mean average precision: per query the sum of precision at the rank of each relevant document, over the number
 * of relevant documents; then the mean.
 *
 * @returns In [0, 1]; NaN when no query has a relevant document.
 * @throws RangeError when the cutoff is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { meanAveragePrecision, relevantRanksBy } from 'oasis-embed/metrics';
 * const relevance = { query: [0, 0], document: [0, 2] };
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 1, documents: 3 }, relevance);
 * console.log(meanAveragePrecision(ranks).toFixed(4)); // 0.8333
 * ```
 */
export const meanAveragePrecision = (ranks: RelevantRanks, options: AveragePrecisionOptions = {}): number => {
  checkOptions('meanAveragePrecision', options, AVERAGE_PRECISION_OPTIONS);
  return mean(
    ranks,
    averagePrecisionOf(options.cutoff ?? Number.POSITIVE_INFINITY, options.denominator ?? 'relevant'),
    options,
  );
};

/**
 * Recall at k: the share of the relevant documents among the first k, averaged over queries.
 *
 * @throws RangeError when k is not a whole number of at least 1.
 * @example
 * ```ts
 * import { recallAtK, relevantRanksBy } from 'oasis-embed/metrics';
 * const relevance = { query: [0, 0], document: [0, 2] };
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 1, documents: 3 }, relevance);
 * console.log(recallAtK(ranks, 1)); // 0.5
 * ```
 */
export const recallAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number => {
  checkOptions('recallAtK', options, MEAN_OPTIONS);
  return mean(ranks, recallOf(k), options);
};

/**
 * Precision at k: the share of the first k that is relevant, averaged over queries; divided by k even where fewer
 * than k documents were retrieved.
 *
 * @throws RangeError when k is not a whole number of at least 1.
 * @example
 * ```ts
 * import { precisionAtK, relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 1, documents: 3 }, [1]);
 * console.log(precisionAtK(ranks, 2)); // 0.5
 * ```
 */
export const precisionAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number => {
  checkOptions('precisionAtK', options, MEAN_OPTIONS);
  return mean(ranks, precisionOf(k), options);
};

/**
 * Success at k, also called hit rate or accuracy at k: the share of queries with a relevant document among the
 * first k.
 *
 * @throws RangeError when k is not a whole number of at least 1.
 * @example
 * ```ts
 * import { relevantRanksBy, successAtK } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * console.log(successAtK(ranks, 1)); // 0.5
 * ```
 */
export const successAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number => {
  checkOptions('successAtK', options, MEAN_OPTIONS);
  return mean(ranks, successOf(k), options);
};

/**
 * R-precision: precision at R, where R is the number of relevant documents of the query.
 *
 * @example
 * ```ts
 * import { relevantRanksBy, rPrecision } from 'oasis-embed/metrics';
 * const relevance = { query: [0, 0], document: [0, 2] };
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 1, documents: 3 }, relevance);
 * console.log(rPrecision(ranks)); // 0.5
 * ```
 */
export const rPrecision = (ranks: RelevantRanks, options: MeanOptions = {}): number => {
  checkOptions('rPrecision', options, MEAN_OPTIONS);
  return mean(ranks, rPrecisionOf, options);
};

/**
 * Normalized discounted cumulative gain: Σ gain/log₂(rank + 1) over the same sum in the best order.
 *
 * @returns In [0, 1]; NaN when no query has a relevant document.
 * @throws RangeError when the cutoff is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { ndcg, relevantRanksBy } from 'oasis-embed/metrics';
 * const relevance = { query: [0, 0], document: [0, 1], gain: [1, 3] };
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 1, documents: 3 }, relevance);
 * console.log(ndcg(ranks, { cutoff: 10 }).toFixed(4)); // 0.7967
 * ```
 * @see Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques.
 */
export const ndcg = (ranks: RelevantRanks, options: NdcgOptions = {}): number => {
  checkOptions('ndcg', options, NDCG_OPTIONS);
  return mean(ranks, ndcgOf(options.cutoff ?? Number.POSITIVE_INFINITY, options.gain ?? 'linear'), options);
};
