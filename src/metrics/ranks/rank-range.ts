import type { DenseMatrix } from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import { firstEqualRows } from './equal-rows.js';
import { RankCounter } from './rank-counter.js';
import type { RelevantRanks } from './ranked-relevant.js';
import { type DocumentsByQuery, sliceQueries } from './relevance.js';
import type { TieRule } from './tie-rule.js';
import { createTileScorer } from './tile-scorer.js';
import { type MeasuredVectors, openRows, type VectorRows } from './vector-rows.js';

/** All that decides the ranks besides the vectors, in a form that passes between threads. */
export interface RankingPlan {
  readonly ties: TieRule;
  readonly relevant: DocumentsByQuery;
  readonly excluded: DocumentsByQuery | undefined;
  /** Where each document stands among equal scores; by descending index without it. */
  readonly places: Uint32Array | undefined;
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

/** A counter for some queries that knows the exact scores of their relevant documents. */
export const counterFor = (
  plan: RankingPlan,
  relevant: DocumentsByQuery,
  queries: DenseMatrix,
  corpus: VectorRows,
) => {
  const scores = new Float64Array(relevant.documents.length);
  for (let q = 0; q + 1 < relevant.offsets.length; q++) {
    for (let p = relevant.offsets[q]!; p < relevant.offsets[q + 1]!; p++) {
      const document = relevant.documents[p]!;
      scores[p] = dotProduct(queries, q, corpus.read(document, document + 1), 0);
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

export interface RankRangeOptions {
  readonly chunkSize: number;
  readonly scoring: 'auto' | 'portable';
  /** Called with the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The ranks for queries [from, to). Scores of rows rounded to 16 bits decide wherever they are further from a relevant
 * document's than their error can be; the others are summed again in float64, so the ranks are those of float64.
 */
export const rankRange = (
  plan: RankingPlan,
  queries: MeasuredVectors,
  corpus: MeasuredVectors,
  from: number,
  to: number,
  options: RankRangeOptions,
): RelevantRanks => {
  const asked = openRows(queries);
  const stored = openRows(corpus);
  try {
    const lengths = queries.lengths.subarray(from, to);
    return rankBlock(plan, asked.read(from, to), lengths, corpus, stored, from, options);
  } finally {
    asked.close();
    stored.close();
  }
};

/** Exact scores of one chunk, each computed once for all rows that are equal: those tie with one another. */
const createExactScores = (
  queries: DenseMatrix,
  lengths: Float64Array,
  chunk: DenseMatrix,
  corpusLengths: Float64Array,
  first: number,
) => {
  let firsts: Uint32Array | null = null;
  const scores = new Float64Array(chunk.rows);
  /** Which query a score is of, counted from 1. */
  const scored = new Uint32Array(chunk.rows);
  return (query: number) =>
    (document: number): number => {
      if (lengths[query] === 0 || corpusLengths[document] === 0) return 0;
      firsts ??= firstEqualRows(chunk);
      const row = firsts[document - first]!;
      if (scored[row] !== query + 1) {
        scores[row] = dotProduct(queries, query, chunk, row);
        scored[row] = query + 1;
      }
      return scores[row]!;
    };
};

/** The ranks for a block of queries, which start at number `from` of all. */
const rankBlock = (
  plan: RankingPlan,
  queries: DenseMatrix,
  lengths: Float64Array,
  { rows, lengths: corpusLengths }: MeasuredVectors,
  stored: VectorRows,
  from: number,
  { chunkSize, scoring, onProgress }: RankRangeOptions,
): RelevantRanks => {
  const { columns, rows: count } = queries;
  const relevant = sliceQueries(plan.relevant, from, from + count);
  const excluded = plan.excluded && sliceQueries(plan.excluded, from, from + count);
  const counter = counterFor(plan, relevant, queries, stored);
  const width = Math.min(chunkSize, rows);
  const scorer = createTileScorer(queries, lengths, corpusLengths, width, scoring === 'auto');
  for (let first = 0; first < rows; first += width) {
    const last = Math.min(first + width, rows);
    const chunk = stored.read(first, last);
    const longest = largest(corpusLengths, first, last);
    scorer.hold(chunk, corpusLengths.subarray(first, last));
    const exactScores = createExactScores(queries, lengths, chunk, corpusLengths, first);
    for (let start = 0; start < count; start += scorer.step) {
      const scores = scorer.score(start);
      for (let q = start; q < Math.min(start + scorer.step, count); q++) {
        const row = (q - start) * scorer.stride;
        hideExcluded(excluded, q, first, scores, row, last - first);
        if (scorer.exact) counter.count(q, first, scores, row, last - first);
        else {
          const margin = scoreMargin(scorer.relativeError(q), lengths[q]!, longest, columns);
          const exact = exactScores(q);
          counter.countNear(q, first, scores, row, last - first, margin, exact, scorer.countAbove);
        }
      }
    }
    onProgress?.(last / rows);
  }
  return counter.finish();
};
