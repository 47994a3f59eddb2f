import { checkOptions, type DenseMatrix } from '../../numerics/index.js';
import { joinRanks } from './join-ranks.js';
import { prepareVectors, queryBlock } from './prepare-ranking.js';
import { rankRange } from './rank-range.js';
import { RELEVANT_RANKS_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import type { Relevance } from './relevance.js';

/**
 * The rank of every relevant document when the corpus is ordered by dot product with each query.
 *
 * rank = 1 + the number of documents with a higher score + the share of the tied ones that the tie rule puts
 * first. Counted over blocks, exact at any size: no list is ever sorted or kept. Rows of length 1 make the dot
 * product a cosine. Ranks are those of scores summed in float64, so documents with equal rows tie exactly; rows
 * rounded to 16 bits decide only where their error cannot matter. A query without relevant documents has none in the result.
 *
 * @param queries [Q, D].
 * @param corpus [N, D].
 * @param relevance Pairs, or one document per query [Q].
 * @param options Tie rule, exclusions, chunk size.
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError when shapes disagree, an index is out of range, a pair is given twice, the corpus is empty,
 * or a number is not finite.
 *
 * Time O(Q·N·D); memory O(P + N + 1024·D).
 *
 * @example
 * ```ts
 * import { meanReciprocalRank, relevantRanks } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * const ranks = relevantRanks(queries, corpus, [1, 2]);
 * console.log(Array.from(ranks.ranks), meanReciprocalRank(ranks)); // [2, 1] 0.75
 * ```
 */
export const relevantRanks = (
  queries: DenseMatrix,
  corpus: DenseMatrix,
  relevance: Relevance,
  options: RelevantRanksOptions = {},
): RelevantRanks => {
  checkOptions('relevantRanks', options, RELEVANT_RANKS_OPTIONS);
  const { onProgress } = options;
  const { chunkSize, scoring, asked, stored, plan } = prepareVectors(queries, corpus, relevance, options);
  const block = queryBlock(queries.columns);
  const parts: RelevantRanks[] = [];
  for (let start = 0; start < queries.rows; start += block) {
    const end = Math.min(start + block, queries.rows);
    let reported = start;
    parts.push(
      rankRange(plan, asked, stored, start, end, {
        chunkSize,
        scoring,
        onProgress(share) {
          const done = start + Math.floor(share * (end - start));
          if (done > reported) onProgress?.(done, queries.rows);
          reported = done;
        },
      }),
    );
  }
  return joinRanks(plan.relevant.offsets, parts, plan.ties);
};
