import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import { joinRanks } from './join-ranks.js';
import { prepareRanking } from './prepare-ranking.js';
import { RankCounter } from './rank-counter.js';
import { RANKING_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import { hideExcluded, precedenceBy } from './ranking-plan.js';
import type { Relevance } from './relevance.js';

/** How many queries and documents there are. */
export interface RankingSize {
  readonly queries: number;
  readonly documents: number;
}

/** Options of {@link relevantRanksBy}, which scores queries block by block. */
export interface RelevantRanksByBlocksOptions extends Omit<RelevantRanksOptions, 'chunkSize' | 'scoring'> {
  /**
   * Queries scored at a time.
   * @defaultValue 64
   */
  readonly blockSize?: number;
}

const RELEVANT_RANKS_BY_BLOCKS_OPTIONS: OptionNames<RelevantRanksByBlocksOptions> = {
  ...RANKING_OPTIONS,
  blockSize: true,
};

/** Ranks queries one after the other from complete rows of scores. */
const rowRanker = (
  size: RankingSize,
  relevance: Relevance,
  options: Omit<RelevantRanksOptions, 'chunkSize' | 'scoring'>,
) => {
  const { queries, documents } = size;
  if (documents === 0) throw new RangeError('size.documents must be at least 1, received 0');
  const { ties, relevant, excluded, places } = prepareRanking(queries, documents, relevance, options);
  const precedence = precedenceBy(places);
  const parts: RelevantRanks[] = [];
  const isAsked = (query: number) => relevant.offsets[query + 1]! > relevant.offsets[query]!;
  const rank = (query: number, row: Float64Array) => {
    for (let d = 0; d < documents; d++) {
      if (!(row[d]! < Number.POSITIVE_INFINITY)) {
        throw new RangeError(
          `the score of query ${query} and document ${d} must be finite, received ${row[d]}`,
        );
      }
    }
    hideExcluded(excluded, query, 0, row, 0, documents);
    const from = relevant.offsets[query]!;
    const to = relevant.offsets[query + 1]!;
    const single = {
      offsets: Uint32Array.of(0, to - from),
      documents: relevant.documents.subarray(from, to),
      gains: relevant.gains.subarray(from, to),
    };
    const scores = Float64Array.from(single.documents, (document) => row[document]!);
    const counter = new RankCounter(single, scores, ties, precedence);
    counter.count(0, 0, row, 0, documents);
    parts.push(counter.finish());
  };
  return { isAsked, rank, finish: () => joinRanks(relevant.offsets, parts, ties) };
};

/**
 * The rank of every relevant document under any scoring function, such as BM25.
 *
 * As {@link relevantRanks}; a score of −∞ means that a document was not retrieved for the query.
 *
 * @param score Writes the scores of all documents for a query into `out` [N]; called once for each query that has
 * relevant documents, in order.
 * @param size The numbers of queries and of documents.
 * @param relevance Pairs, or one document per query [Q].
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError as {@link relevantRanks} does, or when a score is NaN or +∞ (query and document named).
 *
 * Time O(Q·N) beside the scoring; memory O(P + N).
 *
 * @example
 * ```ts
 * import { relevantRanksBy } from 'oasis-embed/metrics';
 * const lengths = [3, 9, 4];
 * const score = (query: number, out: Float64Array) => {
 *   for (let d = 0; d < out.length; d++) out[d] = -Math.abs(query - lengths[d]!);
 * };
 * console.log(Array.from(relevantRanksBy(score, { queries: 1, documents: 3 }, [2]).ranks)); // [2]
 * ```
 */
export const relevantRanksBy = (
  score: (query: number, out: Float64Array) => void,
  size: RankingSize,
  relevance: Relevance,
  options: Omit<RelevantRanksOptions, 'chunkSize' | 'scoring'> = {},
): RelevantRanks => {
  checkOptions('relevantRanksBy', options, RANKING_OPTIONS);
  const { isAsked, rank, finish } = rowRanker(size, relevance, options);
  const row = new Float64Array(size.documents);
  for (let q = 0; q < size.queries; q++) {
    if (isAsked(q)) {
      score(q, row);
      rank(q, row);
    }
    options.onProgress?.(q + 1, size.queries);
  }
  return finish();
};

/**
 * The rank of every relevant document, with scores computed by an accelerator for a block of queries at a time.
 *
 * As {@link relevantRanksBy}. All scores of a query come from one call, so equal documents tie as long as the
 * accelerator gives equal rows equal scores.
 *
 * @param score Returns the scores of queries [start, end) against all documents, row by row, [(end − start)·N]:
 * with TensorFlow.js, `tf.matMul(queries.slice([start], [end - start]), corpus, false, true).data()`.
 * @param size The numbers of queries and of documents.
 * @param relevance Pairs, or one document per query [Q].
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError as {@link relevantRanksBy} does, or when a block has another length.
 *
 * Time O(Q·N) beside the scoring; memory O(P + blockSize·N).
 *
 * @example
 * ```ts
 * import { relevantRanksByBlocks } from 'oasis-embed/metrics';
 * const score = async (start: number, end: number) => {
 *   const block = new Float32Array((end - start) * 3);
 *   for (let q = start; q < end; q++) block.set([0.1 * q, 0.5, 0.2], (q - start) * 3);
 *   return block;
 * };
 * const { ranks } = await relevantRanksByBlocks(score, { queries: 2, documents: 3 }, [1, 2]);
 * console.log(Array.from(ranks)); // [1, 2]
 * ```
 */
export const relevantRanksByBlocks = async (
  score: (start: number, end: number) => ArrayLike<number> | Promise<ArrayLike<number>>,
  size: RankingSize,
  relevance: Relevance,
  options: RelevantRanksByBlocksOptions = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksByBlocks', options, RELEVANT_RANKS_BY_BLOCKS_OPTIONS);
  const { blockSize = 64, ...rest } = options;
  checkPositiveInteger('blockSize', blockSize);
  const { queries, documents } = size;
  const { isAsked, rank, finish } = rowRanker(size, relevance, rest);
  const row = new Float64Array(documents);
  for (let start = 0; start < queries; start += blockSize) {
    const end = Math.min(start + blockSize, queries);
    const block = await score(start, end);
    if (block.length !== (end - start) * documents) {
      const wanted = `${end - start} × ${documents}`;
      throw new RangeError(
        `the scores of queries ${start} to ${end} must be ${wanted}, received ${block.length}`,
      );
    }
    for (let q = start; q < end; q++) {
      if (!isAsked(q)) continue;
      const from = (q - start) * documents;
      for (let d = 0; d < documents; d++) row[d] = block[from + d]!;
      rank(q, row);
    }
    options.onProgress?.(end, queries);
  }
  return finish();
};
