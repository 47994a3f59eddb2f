import type { DenseMatrix } from '../numerics/index.js';
import { dotProducts } from './dot-products.js';
import { createScoreKernel } from './score-kernel.js';

/** Scores a block of queries against one chunk of the corpus after another. */
export interface TileScorer {
  /** Queries scored at a time. */
  readonly step: number;
  /** From one query's scores to the next one's. */
  readonly stride: number;
  /** 0 where scores are exact; else see `ScoreKernel`. */
  readonly relativeError: number;
  hold(chunk: DenseMatrix): void;
  /** Scores of queries `start` to `start + step` against the chunk held. */
  score(start: number): Float32Array | Float64Array;
}

const STEP = 64;
const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** @param fast Whether WebAssembly may be used. */
export const createTileScorer = (queries: DenseMatrix, width: number, fast: boolean): TileScorer => {
  const { columns, rows } = queries;
  const step = Math.min(STEP, roundUp(Math.max(rows, 1), 4));
  const stride = roundUp(width, 8);
  // Short vectors gain nothing: packing them costs as much as the sums.
  const kernel =
    fast && columns >= 8
      ? createScoreKernel({ columns, queries: roundUp(rows, step), step, documents: stride })
      : null;
  if (kernel !== null) {
    kernel.holdQueries(queries, 0, rows);
    return {
      step,
      stride,
      relativeError: kernel.relativeError,
      hold: (chunk) => kernel.holdDocuments(chunk, 0, chunk.rows),
      score: (start) => kernel.score(start),
    };
  }
  const tile = new Float64Array(step * stride);
  let held: DenseMatrix = { data: new Float32Array(0), rows: 0, columns };
  return {
    step,
    stride,
    relativeError: 0,
    hold(chunk) {
      held = chunk;
    },
    score(start) {
      dotProducts(queries, start, Math.min(start + step, rows), held, 0, held.rows, tile, stride);
      return tile;
    },
  };
};
