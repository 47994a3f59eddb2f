import type { DenseMatrix } from '../../numerics/index.js';
import { dotProducts } from './dot-products.js';
import { createScoreKernel, worstRelativeError } from './score-kernel.js';
import type { TileErrors } from './tile-counter.js';

/** Scores a block of queries against one chunk of the corpus after another. */
export interface TileScorer extends TileErrors {
  /** Queries scored at a time. */
  readonly step: number;
  /** From one query's scores to the next one's. */
  readonly stride: number;
  /** The same as `margin` over the lengths of both rows, for any chunk. */
  readonly worstError: number;
  hold(chunk: DenseMatrix): void;
  /** Scores of queries `start` to `start + step` against the chunk held. */
  score(start: number): Float32Array | Float64Array;
}

const STEP = 64;
const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** Lengths whose products float32 holds with its full precision. */
export const hasPlainLengths = (lengths: Float64Array): boolean =>
  lengths.every((length) => length === 0 || (length > 1e-15 && length < 1e15));

/** @param fast Whether WebAssembly may be used. */
export const createTileScorer = (
  queries: DenseMatrix,
  lengths: Float64Array,
  corpusLengths: Float64Array,
  centers: DenseMatrix,
  width: number,
  fast: boolean,
): TileScorer => {
  const { columns, rows } = queries;
  const step = Math.min(STEP, roundUp(Math.max(rows, 1), 4));
  const stride = roundUp(width, 8);
  // Short vectors gain nothing: packing them costs as much as the sums.
  const kernel =
    fast && columns >= 8 && hasPlainLengths(lengths) && hasPlainLengths(corpusLengths)
      ? createScoreKernel({ columns, queries: roundUp(rows, step), step, documents: stride }, centers)
      : null;
  if (kernel !== null) {
    kernel.holdQueries(queries, lengths);
    return {
      step,
      stride,
      exact: false,
      centers,
      centerOf: kernel.centerOf,
      margin: (query) => kernel.margin(query),
      worstError: worstRelativeError(columns),
      hold: (chunk) => kernel.holdDocuments(chunk),
      splitter: kernel,
      score: (start) => kernel.score(start),
    };
  }
  const tile = new Float64Array(step * stride);
  let held: DenseMatrix = { data: new Float32Array(0), rows: 0, columns };
  return {
    step,
    stride,
    exact: true,
    centers: null,
    centerOf: new Uint8Array(width),
    margin: () => 0,
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
