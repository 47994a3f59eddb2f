import type { RelevantRanks } from './ranks/relevant-ranks.js';

/** How the queries of a set become one number. */
export interface MeanOptions {
  /**
   * Whether a query without any relevant document is left out of the mean or counts as zero.
   * @defaultValue 'skip'
   */
  readonly withoutRelevant?: 'skip' | 'zero';
}

export interface ReciprocalRankOptions extends MeanOptions {
  /**
   * A first relevant document below this rank counts as zero.
   * @defaultValue 1000
   */
  readonly cutoff?: number;
}

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

export interface NdcgOptions extends MeanOptions {
  /** @defaultValue Infinity */
  readonly cutoff?: number;
  /**
   * The gain of grade g: g itself (trec_eval, scikit-learn) or 2^g − 1 (CodeSearchNet, Burges et al.).
   * @defaultValue 'linear'
   */
  readonly gain?: 'linear' | 'exponential';
}

/** The value of one query from the ascending ranks and the grades of its relevant documents, R of them. */
export type QueryMeasure = (ranks: Float64Array, gains: Float64Array) => number;

const checkCutoff = (cutoff: number, name: string) => {
  if (!(cutoff >= 1 && (Number.isInteger(cutoff) || cutoff === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`${name} must be a whole number of at least 1, received ${cutoff}`);
  }
};

const foundWithin = (ranks: Float64Array, cutoff: number) => {
  let found = 0;
  while (found < ranks.length && ranks[found]! <= cutoff) found += 1;
  return found;
};

export const reciprocalRankOf = (cutoff: number): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  return (ranks) => (ranks[0]! <= cutoff ? 1 / ranks[0]! : 0);
};

export const averagePrecisionOf = (cutoff: number, denominator: 'relevant' | 'cutoff'): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  return (ranks) => {
    let sum = 0;
    for (let i = 0; i < ranks.length && ranks[i]! <= cutoff; i++) {
      if (ranks[i] !== Number.POSITIVE_INFINITY) sum += (i + 1) / ranks[i]!;
    }
    return sum / (denominator === 'cutoff' ? Math.min(cutoff, ranks.length) : ranks.length);
  };
};

export const recallOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (ranks) => foundWithin(ranks, k) / ranks.length;
};

export const precisionOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (ranks) => foundWithin(ranks, k) / k;
};

export const successOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (ranks) => (ranks[0]! <= k ? 1 : 0);
};

export const rPrecisionOf: QueryMeasure = (ranks) => foundWithin(ranks, ranks.length) / ranks.length;

export const ndcgOf = (cutoff: number, gain: 'linear' | 'exponential'): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  const worth = gain === 'linear' ? (grade: number) => grade : (grade: number) => 2 ** grade - 1;
  return (ranks, gains) => {
    let found = 0;
    for (let i = 0; i < ranks.length && ranks[i]! <= cutoff; i++) {
      if (ranks[i] !== Number.POSITIVE_INFINITY) found += worth(gains[i]!) / Math.log2(ranks[i]! + 1);
    }
    const sorted = gains.slice().sort();
    let ideal = 0;
    for (let i = 0; i < Math.min(sorted.length, cutoff); i++) {
      ideal += worth(sorted[sorted.length - 1 - i]!) / Math.log2(i + 2);
    }
    return found / ideal;
  };
};

/** Values per query [Q], NaN where a query has no relevant document. */
export const valuesPerQuery = (relevant: RelevantRanks, measure: QueryMeasure): Float64Array => {
  const { offsets, ranks, gains } = relevant;
  return Float64Array.from({ length: relevant.queries }, (_, q) => {
    const from = offsets[q]!;
    const to = offsets[q + 1]!;
    return from === to ? Number.NaN : measure(ranks.subarray(from, to), gains.subarray(from, to));
  });
};

/** The mean of values per query; NaN where no query counts. */
export const meanOverQueries = (values: Float64Array, options: MeanOptions = {}): number => {
  let sum = 0;
  let counted = 0;
  for (const value of values) {
    if (!Number.isNaN(value)) sum += value;
    else if (options.withoutRelevant !== 'zero') continue;
    counted += 1;
  }
  return sum / counted;
};

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
export const meanReciprocalRank = (ranks: RelevantRanks, options: ReciprocalRankOptions = {}): number =>
  mean(ranks, reciprocalRankOf(options.cutoff ?? 1000), options);

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
export const meanAveragePrecision = (ranks: RelevantRanks, options: AveragePrecisionOptions = {}): number =>
  mean(
    ranks,
    averagePrecisionOf(options.cutoff ?? Number.POSITIVE_INFINITY, options.denominator ?? 'relevant'),
    options,
  );

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
export const recallAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number =>
  mean(ranks, recallOf(k), options);

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
export const precisionAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number =>
  mean(ranks, precisionOf(k), options);

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
export const successAtK = (ranks: RelevantRanks, k: number, options: MeanOptions = {}): number =>
  mean(ranks, successOf(k), options);

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
export const rPrecision = (ranks: RelevantRanks, options: MeanOptions = {}): number =>
  mean(ranks, rPrecisionOf, options);

/**
 * Normalised discounted cumulative gain: Σ gain/log₂(rank + 1) over the same sum in the best order.
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
export const ndcg = (ranks: RelevantRanks, options: NdcgOptions = {}): number =>
  mean(ranks, ndcgOf(options.cutoff ?? Number.POSITIVE_INFINITY, options.gain ?? 'linear'), options);
