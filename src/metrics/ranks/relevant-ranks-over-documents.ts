import { checkOptions } from '../../numerics/index.js';
import { prepareRanking } from './prepare-ranking.js';
import { RankCounter } from './rank-counter.js';
import { RANKING_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import { hideExcluded, precedenceBy } from './ranking-plan.js';
import type { RelevancePairs } from './relevance.js';
import type { RankingSize } from './relevant-ranks-by.js';

/** A block of consecutive documents, with their scores. */
export interface DocumentBlock {
  /** How many documents, B. */
  readonly documents: number;
  /** Writes the scores of these documents for a query into `out` [B]; −∞ for one that is not retrieved. */
  readonly score: (query: number, out: Float64Array) => void;
}

/** Options of ranks over documents that arrive in chunks. */
export type RelevantRanksOverDocumentsOptions = Omit<
  RelevantRanksOptions,
  'chunkSize' | 'scoring' | 'onProgress'
> & {
  /** Called after each block with the number of documents done and their total. */
  readonly onProgress?: (done: number, total: number) => void;
};

/**
 * The rank of every relevant document in one pass over the documents, block by block, keeping none.
 *
 * As `relevantRanksBy`, for a corpus that fits nowhere: what must be known beforehand is the score of each relevant
 * document.
 *
 * @param blocks The documents from the first to the last.
 * @param size The numbers of queries and of documents.
 * @param relevance Pairs.
 * @param relevantScore The score of a relevant document, the very number that its block will give.
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError as `relevantRanksBy` does, when the blocks hold another number of documents, or when a relevant
 * document's score in its block is not the one given before.
 *
 * Time O(Q·N) beside the scoring; memory O(Q + P + B).
 *
 * @example
 * ```ts
 * import { relevantRanksOverDocuments } from 'oasis-embed/metrics';
 * const lengths = [3, 9, 4];
 * const score = (query: number, document: number) => -Math.abs(query - lengths[document]!);
 * async function* blocks() {
 *   for (let d = 0; d < 3; d++) {
 *     yield { documents: 1, score: (query: number, out: Float64Array) => out.fill(score(query, d)) };
 *   }
 * }
 * const size = { queries: 1, documents: 3 };
 * const relevance = { query: [0], document: [2] };
 * console.log(Array.from((await relevantRanksOverDocuments(blocks(), size, relevance, score)).ranks)); // [2]
 * ```
 */
export const relevantRanksOverDocuments = async (
  blocks: AsyncIterable<DocumentBlock>,
  size: RankingSize,
  relevance: RelevancePairs,
  relevantScore: (query: number, document: number) => number,
  options: RelevantRanksOverDocumentsOptions = {},
): Promise<RelevantRanks> => {
  checkOptions<RelevantRanksOverDocumentsOptions>('relevantRanksOverDocuments', options, RANKING_OPTIONS);
  const { queries, documents } = size;
  const { onProgress, ...rest } = options;
  if (documents === 0) throw new RangeError('size.documents must be at least 1, received 0');
  const plan = prepareRanking(queries, documents, relevance, rest);
  const { relevant, excluded, ties } = plan;
  const levels = new Float64Array(relevant.documents.length);
  for (let q = 0; q < queries; q++) {
    for (let p = relevant.offsets[q]!; p < relevant.offsets[q + 1]!; p++) {
      levels[p] = relevantScore(q, relevant.documents[p]!);
      requireScore(levels[p]!, q, relevant.documents[p]!);
    }
  }
  const counter = new RankCounter(relevant, levels, ties, precedenceBy(plan.places));
  let first = 0;
  let row = new Float64Array(0);
  for await (const block of blocks) {
    const count = block.documents;
    if (first + count > documents) throw new RangeError(wrongTotal(documents, `at least ${first + count}`));
    if (row.length !== count) row = new Float64Array(count);
    for (let q = 0; q < queries; q++) {
      const from = relevant.offsets[q]!;
      const to = relevant.offsets[q + 1]!;
      if (from === to) continue;
      block.score(q, row);
      for (let d = 0; d < count; d++) requireScore(row[d]!, q, first + d);
      for (let p = from; p < to; p++) {
        const place = relevant.documents[p]! - first;
        if (place >= 0 && place < count && row[place] !== levels[p]) {
          const both = `the score of query ${q} and document ${first + place}`;
          throw new RangeError(`${both} must be ${levels[p]}, as given before, received ${row[place]}`);
        }
      }
      hideExcluded(excluded, q, first, row, 0, count);
      counter.count(q, first, row, 0, count);
    }
    first += count;
    onProgress?.(first, documents);
  }
  if (first !== documents) throw new RangeError(wrongTotal(documents, `${first}`));
  return counter.finish();
};

const wrongTotal = (documents: number, received: string) =>
  `the blocks must hold ${documents} documents, received ${received}`;

const requireScore = (score: number, query: number, document: number) => {
  if (!(score < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `the score of query ${query} and document ${document} must be finite, received ${score}`,
    );
  }
};
