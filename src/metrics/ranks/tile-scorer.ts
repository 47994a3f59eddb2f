import type { DenseMatrix } from '../../numerics/index.js';
import { dotProducts } from './dot-products.js';
import { createScoreKernel, type ScoreKernel, worstRelativeError } from './score-kernel.js';

/** Scores a block of queries against one chunk of the corpus after another. */
export interface TileScorer {
  /** Queries scored at a time. */
  readonly step: number;
  /** From one query's scores to the next one's. */
  readonly stride: number;
  readonly exact: boolean;
  /** How far scores of a query against the chunk held may be off, over both rows' lengths; 0 where they are exact. */
  relativeError(query: number): number;
  /** The same for any chunk. */
  readonly worstError: number;
  /** @param lengths Those of the rows. */
  hold(chunk: DenseMatrix, lengths: Float64Array): void;
  /** What {@link ScoreKernel.countAbove} says; not there where scores are exact. */
  readonly countAbove?: ScoreKernel['countAbove'];
  /** Scores of queries `start` to `start + step` against the chunk held. */
  score(start: number): Float32Array | Float64Array;
}

const STEP = 64;
const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** Lengths whose products float32 holds with its full precision. */
const fits = (lengths: Float64Array): boolean =>
  lengths.every((length) => length === 0 || (length > 1e-15 && length < 1e15));

/** @param fast Whether WebAssembly may be used. */
export const createTileScorer = (
  queries: DenseMatrix,
  lengths: Float64Array,
  corpusLengths: Float64Array,
  width: number,
  fast: boolean,
): TileScorer => {
  const { columns, rows } = queries;
  const step = Math.min(STEP, roundUp(Math.max(rows, 1), 4));
  const stride = roundUp(width, 8);
  // Short vectors gain nothing: packing them costs as much as the sums.
  const kernel =
    fast && columns >= 8 && fits(lengths) && fits(corpusLengths)
      ? createScoreKernel({ columns, queries: roundUp(rows, step), step, documents: stride })
      : null;
  if (kernel !== null) {
    kernel.holdQueries(queries, lengths);
    return {
      step,
      stride,
      exact: false,
      relativeError: (query) => kernel.relativeError(query),
      worstError: worstRelativeError(columns),
      hold: (chunk, chunkLengths) => kernel.holdDocuments(chunk, chunkLengths),
      countAbove: (...range) => kernel.countAbove(...range),
      score: (start) => kernel.score(start),
    };
  }
  const tile = new Float64Array(step * stride);
  let held: DenseMatrix = { data: new Float32Array(0), rows: 0, columns };
  return {
    step,
    stride,
    exact: true,
    relativeError: () => 0,
    worstError: 0,
    hold(chunk) {
      held = chunk;
    },
    score(start) {
      dotProducts(queries, start, Math.min(start + step, rows), held, 0, held.rows, tile, stride);
      return tile;
    },
  };
};
