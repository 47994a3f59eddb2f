import type { DenseMatrix } from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import { firstEqualRows } from './equal-rows.js';
import { RankCounter } from './rank-counter.js';
import type { RelevantRanks } from './ranked-relevant.js';
import { type DocumentsByQuery, sliceQueries } from './relevance.js';
import { createExactKernel, type ExactKernel } from './score-kernel.js';
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

/** How a range of queries is ranked by one thread. */
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

/** From so many exact scores of a query in a chunk on, they are computed for many documents at a time. */
const MANY = 16;
const NOT_ASKED = (): number => Number.NaN;
/** Rows that are equal to others pay when so many share one. */
const SHARED = 4;

/** Exact scores of a block of queries against one chunk after another. */
const createExactScores = (queries: DenseMatrix, lengths: Float64Array, corpusLengths: Float64Array) => {
  let chunk: DenseMatrix = { data: new Float32Array(0), rows: 0, columns: queries.columns };
  let first = 0;
  /** Of each row of the chunk the first that is equal to it; null before it is asked for. */
  let firsts: Uint32Array | null = null;
  let shared = false;
  let kernel: ExactKernel | null | undefined;
  let held = false;
  let scores = new Float64Array(0);
  /** Which query a score is of, counted from 1. */
  let scored = new Uint32Array(0);
  /** Looks at the chunk as a whole, once. */
  const survey = () => {
    if (firsts !== null) return firsts;
    firsts = firstEqualRows(chunk);
    shared = SHARED * new Set(firsts).size <= chunk.rows;
    if (scores.length < chunk.rows)
      [scores, scored] = [new Float64Array(chunk.rows), new Uint32Array(chunk.rows)];
    else scored.fill(0);
    return firsts;
  };
  /** All scores of a query at once, where there is a kernel. */
  const scoreAll = (query: number): Float64Array | undefined => {
    if (kernel === undefined) kernel = createExactKernel(queries.columns, chunk.rows);
    if (!held) kernel?.hold(chunk);
    held = true;
    return kernel?.score(queries, query);
  };
  return {
    hold(next: DenseMatrix, start: number) {
      [chunk, first, firsts, held] = [next, start, null, false];
    },
    of(query: number): (document: number) => number {
      let asked = 0;
      let all: Float64Array | undefined;
      return (document) => {
        if (lengths[query] === 0 || corpusLengths[document] === 0) return 0;
        const row = document - first;
        asked += 1;
        if (asked <= MANY) return dotProduct(queries, query, chunk, row);
        const same = survey()[row]!;
        if (!shared) {
          all ??= scoreAll(query);
          if (all !== undefined) return all[row]!;
        }
        if (scored[same] !== query + 1) {
          scores[same] = dotProduct(queries, query, chunk, same);
          scored[same] = query + 1;
        }
        return scores[same]!;
      };
    },
  };
};

/** The ranks for a block of queries, which start at number `from` of all. */
const rankBlock = (
  plan: RankingPlan,
  queries: DenseMatrix,
  lengths: Float64Array,
  { rows, lengths: corpusLengths, mean }: MeasuredVectors,
  stored: VectorRows,
  from: number,
  { chunkSize, scoring, onProgress }: RankRangeOptions,
): RelevantRanks => {
  const { columns, rows: count } = queries;
  const relevant = sliceQueries(plan.relevant, from, from + count);
  const excluded = plan.excluded && sliceQueries(plan.excluded, from, from + count);
  const counter = counterFor(plan, relevant, queries, stored);
  const width = Math.min(chunkSize, rows);
  const scorer = createTileScorer(
    queries,
    lengths,
    { lengths: corpusLengths, mean },
    width,
    scoring === 'auto',
  );
  const { center, splitter } = scorer;
  const offsets = Float64Array.from(lengths, (_, q) =>
    center === null ? 0 : dotProduct(queries, q, center, 0),
  );
  // Both the scores that decide and the offsets are sums of float64, which round.
  const reach =
    largest(corpusLengths, 0, rows) + Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
  const slacks = lengths.map((length) => (columns + 4) * 2 ** -52 * length * reach + columns * SMALLEST);
  const exactScores = createExactScores(queries, lengths, corpusLengths);
  for (let first = 0; first < rows; first += width) {
    const last = Math.min(first + width, rows);
    const chunk = stored.read(first, last);
    scorer.hold(chunk);
    exactScores.hold(chunk, first);
    for (let start = 0; start < count; start += scorer.step) {
      const scores = scorer.score(start);
      for (let q = start; q < Math.min(start + scorer.step, count); q++) {
        const row = (q - start) * scorer.stride;
        hideExcluded(excluded, q, first, scores, row, last - first);
        if (splitter === undefined) {
          counter.count(q, first, scores, row, last - first);
          continue;
        }
        const level = counter.soleLevel(q);
        if (level === undefined) {
          const margin = scorer.margin(q) + slacks[q]!;
          counter.countNear(q, first, scores, row, last - first, margin, exactScores.of(q), offsets[q]);
          continue;
        }
        const near = splitter.split(row, last - first, q, level - offsets[q]!, slacks[q]!);
        counter.countSole(q, first, splitter.found, near, near === 0 ? NOT_ASKED : exactScores.of(q));
      }
    }
    onProgress?.(last / rows);
  }
  return counter.finish();
};
