import type { DenseMatrix } from '../../numerics/index.js';
import { dotProduct, dotProducts } from './dot-products.js';
import { isOneRow } from './equal-rows.js';
import { createExactScores } from './exact-scores.js';
import type { RelevantRanks } from './ranked-relevant.js';
import { counterFor, hideExcluded, type RankingPlan } from './ranking-plan.js';
import { sliceQueries } from './relevance.js';
import { largest, rowLengths, SMALLEST } from './score-margin.js';
import type { MeasuredCorpus, VectorRows } from './vector-rows.js';

/** What must be known of scores that may be off, to count them nonetheless. */
export interface TileErrors {
  /** Whether the scores are those of `dotProduct`; nothing else then counts. */
  readonly exact: boolean;
  /** What is left out of documents before they are scored; null where nothing is. */
  readonly centers: DenseMatrix | null;
  /** Which of the centers is left out of each document held. */
  readonly centerOf: Uint8Array;
  /** How far scores of a query against the chunk held may be off. */
  margin(query: number): number;
  /** Tells scores that are in its own memory apart; without it every score is looked at here. */
  readonly splitter?: ScoreSplitter | undefined;
}

/** Tells the scores of many documents from a level. */
export interface ScoreSplitter {
  /**
   * Tells the last scores [start, start + length) of a query apart, the first of which is the first document's; each is off
   * by at most what rounding can do, and by `slack` besides.
   *
   * @returns How many may lie on either side of the level.
   */
  split(start: number, length: number, query: number, level: number, slack: number): number;
  /** What the last split found: how many lie above the level for certain, then the places of those that may. */
  readonly found: Uint32Array;
}

/** Counts tiles of scores, whoever computed them. */
export interface TileCounter {
  /** Takes the chunk of the corpus that starts at document `first`. True where its ranks are counted without scores. */
  hold(chunk: DenseMatrix, first: number): boolean;
  /** Counts the scores of a query against the chunk held, which start at `row`. */
  count(query: number, scores: Float32Array | Float64Array, row: number): void;
  /** The sole relevant document's score without what the query has in common with the only center. */
  level(query: number): number;
  /**
   * Counts what a splitter found among the scores of a query with a sole relevant document.
   *
   * @param found How many stand above it for certain, then the places of those that may.
   */
  countSplit(query: number, found: Uint32Array, near: number): void;
  /** The places in the chunk held of documents hidden from a query. */
  hidden(query: number): number[];
  finish(): RelevantRanks;
}

/**
 * Ranks of some queries, which start at number `from` of all, by scores that may be off: those nearer to a relevant
 * document's than their error can be are summed again in float64, so the ranks are those of float64.
 */
export const createTileCounter = (
  plan: RankingPlan,
  queries: DenseMatrix,
  lengths: Float64Array,
  { rows, lengths: corpusLengths, centers: known }: MeasuredCorpus,
  stored: VectorRows,
  from: number,
  { exact, centers, centerOf, margin, splitter }: TileErrors,
): TileCounter => {
  const { columns, rows: count } = queries;
  const relevant = sliceQueries(plan.relevant, from, from + count);
  const excluded = plan.excluded && sliceQueries(plan.excluded, from, from + count);
  const counter = counterFor(plan, relevant, queries, stored);
  /** What each query has in common with each center, [Q, G]. */
  const offsets = new Float64Array(count * known.rows);
  if (centers !== null) dotProducts(queries, 0, count, centers, 0, centers.rows, offsets, centers.rows);
  const several = centers !== null && centers.rows > 1;
  const leads = new Float64Array(known.rows);
  // Both the scores that decide and the offsets are sums of float64, which round.
  const reach = largest(corpusLengths, 0, rows) + largest(rowLengths(known), 0, known.rows);
  const slacks = lengths.map((length) => (columns + 4) * 2 ** -52 * length * reach + columns * SMALLEST);
  const exactScores = createExactScores(queries);
  let first = 0;
  let width = 0;

  /** Counts a query that has the same score with every document of the chunk. */
  const countEqual = (q: number, score: number) => {
    if (relevant.offsets[q] === relevant.offsets[q + 1]) return;
    if (excluded === undefined || excluded.offsets[q] === excluded.offsets[q + 1]) {
      counter.countEqual(q, first, width, score);
      return;
    }
    const row = new Float64Array(width).fill(score);
    hideExcluded(excluded, q, first, row, 0, width);
    counter.count(q, first, row, 0, width);
  };

  return {
    hold(chunk, place) {
      first = place;
      width = chunk.rows;
      if (!exact && width > 1 && isOneRow(chunk)) {
        for (let q = 0; q < count; q++) countEqual(q, dotProduct(queries, q, chunk, 0));
        return true;
      }
      exactScores.hold(chunk);
      return false;
    },
    level: (q) => (counter.soleLevel(q) ?? 0) - offsets[q * known.rows]!,
    countSplit(q, found, near) {
      if (lengths[q] === 0) countEqual(q, 0);
      else counter.countSole(q, first, found, near, exactScores.of(q));
    },
    hidden(q) {
      if (excluded === undefined) return [];
      return Array.from(
        excluded.documents.subarray(excluded.offsets[q], excluded.offsets[q + 1]),
        (document) => document - first,
      ).filter((place) => place >= 0 && place < width);
    },
    count(q, scores, row) {
      if (!exact && lengths[q] === 0) {
        countEqual(q, 0);
        return;
      }
      hideExcluded(excluded, q, first, scores, row, width);
      if (exact) {
        counter.count(q, first, scores, row, width);
        return;
      }
      const own = q * known.rows;
      const level = counter.soleLevel(q);
      if (level === undefined || splitter === undefined) {
        const common = { offsets: offsets.subarray(own, own + known.rows), centerOf };
        counter.countNear(q, first, scores, row, width, margin(q) + slacks[q]!, exactScores.of(q), common);
        return;
      }
      if (several) {
        // Each score becomes its lead over the level. That rounds again, by a share of the lead: less than what the
        // splitter adds to margins.
        for (let g = 0; g < leads.length; g++) leads[g] = offsets[own + g]! - level;
        for (let i = 0; i < width; i++) scores[row + i]! += leads[centerOf[i]!]!;
      }
      const split = several ? 0 : level - offsets[own]!;
      const near = splitter.split(row, width, q, split, slacks[q]!);
      counter.countSole(q, first, splitter.found, near, exactScores.of(q));
    },
    finish: () => counter.finish(),
  };
};
