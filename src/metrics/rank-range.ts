import type { DenseMatrix } from '../numerics/index.js';
import { dotProduct, dotProducts } from './dot-products.js';
import { RankCounter } from './rank-counter.js';
import { type DocumentsByQuery, sliceQueries } from './relevance.js';
import type { RelevantRanks, TieRule } from './relevant-ranks.js';
import { createScoreKernel } from './score-kernel.js';

/** All that decides the ranks besides the vectors, in a form that passes between threads. */
export interface RankingPlan {
  readonly ties: TieRule;
  readonly relevant: DocumentsByQuery;
  readonly excluded: DocumentsByQuery | undefined;
  /** Where each document stands among equal scores; by descending index without it. */
  readonly places: Uint32Array | undefined;
}

/** Vectors with the lengths of their rows. */
export interface MeasuredMatrix extends DenseMatrix {
  readonly lengths: Float64Array;
}

export const precedenceBy = (places: Uint32Array | undefined): ((document: number) => number) =>
  places === undefined ? (document) => -document : (document) => places[document]!;

/** Puts −∞ in place of the scores of the documents hidden from a query. */
export const hideExcluded = (
  excluded: DocumentsByQuery | undefined,
  query: number,
  first: number,
  scores: Float64Array | Float32Array,
  start: number,
  length: number,
) => {
  if (excluded === undefined) return;
  for (let i = excluded.offsets[query]!; i < excluded.offsets[query + 1]!; i++) {
    const place = excluded.documents[i]! - first;
    if (place >= 0 && place < length) scores[start + place] = Number.NEGATIVE_INFINITY;
  }
};

/** A counter for queries [from, to), numbered from 0, that knows the exact scores of the relevant documents. */
export const counterFor = (
  plan: RankingPlan,
  relevant: DocumentsByQuery,
  queries: DenseMatrix,
  corpus: DenseMatrix,
  from: number,
) => {
  const scores = new Float64Array(relevant.documents.length);
  for (let q = 0; q + 1 < relevant.offsets.length; q++) {
    for (let p = relevant.offsets[q]!; p < relevant.offsets[q + 1]!; p++) {
      scores[p] = dotProduct(queries, from + q, corpus, relevant.documents[p]!);
    }
  }
  return new RankCounter(relevant, scores, plan.ties, precedenceBy(plan.places));
};

/** Beyond this product of lengths, sums of float32 could overflow. */
const LARGEST_SCORE = 1e37;
/** What products too small for float32's precision may lose, each. */
const SMALLEST = 2 ** -149;

/**
 * How far a float32 score of the query may be from the true one, for documents no longer than `longest`; Infinity
 * where float32 could overflow.
 */
export const scoreMargin = (
  relativeError: number,
  length: number,
  longest: number,
  columns: number,
): number =>
  length * longest > LARGEST_SCORE
    ? Number.POSITIVE_INFINITY
    : relativeError * length * longest + columns * SMALLEST;

export const largest = (values: Float64Array, from: number, to: number): number => {
  let found = 0;
  for (let i = from; i < to; i++) found = Math.max(found, values[i]!);
  return found;
};

const STEP = 64;
const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

export interface RankRangeOptions {
  readonly chunkSize: number;
  readonly scoring: 'auto' | 'portable';
  /** Called with the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The ranks for queries [from, to). Float32 scores decide wherever they are further from a relevant document's than
 * their error can be; the others are summed again in float64, so the ranks are those of float64 throughout.
 */
export const rankRange = (
  plan: RankingPlan,
  queries: MeasuredMatrix,
  corpus: MeasuredMatrix,
  from: number,
  to: number,
  { chunkSize, scoring, onProgress }: RankRangeOptions,
): RelevantRanks => {
  const { columns } = queries;
  const relevant = sliceQueries(plan.relevant, from, to);
  const excluded = plan.excluded && sliceQueries(plan.excluded, from, to);
  const counter = counterFor(plan, relevant, queries, corpus, from);
  const step = Math.min(STEP, roundUp(to - from, 4));
  const width = Math.min(chunkSize, corpus.rows);
  const wide = roundUp(width, 8);
  const fits = largest(queries.lengths, from, to) * largest(corpus.lengths, 0, corpus.rows) <= LARGEST_SCORE;
  // Short vectors gain nothing: packing them costs as much as the sums.
  const kernel =
    scoring === 'auto' && fits && columns >= 8
      ? createScoreKernel({ columns, queries: roundUp(to - from, step), step, documents: wide })
      : null;
  kernel?.holdQueries(queries, from, to);
  const tile = kernel === null ? new Float64Array(step * width) : null;
  for (let first = 0; first < corpus.rows; first += width) {
    const last = Math.min(first + width, corpus.rows);
    kernel?.holdDocuments(corpus, first, last);
    const longest = largest(corpus.lengths, first, last);
    for (let start = from; start < to; start += step) {
      const end = Math.min(start + step, to);
      if (tile !== null) {
        dotProducts(queries, start, end, corpus, first, last, tile, width);
        for (let q = start; q < end; q++) {
          const row = (q - start) * width;
          hideExcluded(excluded, q - from, first, tile, row, last - first);
          counter.count(q - from, first, tile, row, last - first);
        }
        continue;
      }
      const scores = kernel!.score(start - from);
      for (let q = start; q < end; q++) {
        const row = (q - start) * wide;
        hideExcluded(excluded, q - from, first, scores, row, last - first);
        counter.countNear(
          q - from,
          first,
          scores,
          row,
          last - first,
          scoreMargin(kernel!.relativeError, queries.lengths[q]!, longest, columns),
          (document) => dotProduct(queries, q, corpus, document),
        );
      }
    }
    onProgress?.(last / corpus.rows);
  }
  return counter.finish();
};
