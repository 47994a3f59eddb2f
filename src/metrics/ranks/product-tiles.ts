import type { DenseMatrix } from '../../numerics/index.js';
import { leaveOut } from './leave-out.js';
import { createSplitKernel } from './score-kernel.js';
import { SMALLEST } from './score-margin.js';
import type { TileErrors } from './tile-counter.js';
import type { MeasuredCorpus } from './vector-rows.js';

/** What multiplies rows. Its arrays must not be kept. */
export interface RowProducts {
  /**
   * Writes the dot products of every query with every document to `out`, row by row.
   *
   * @param queries [B, D].
   * @param documents [C, D]; the same object again while the same documents stay.
   * @param out [B × C].
   */
  multiply(queries: DenseMatrix, documents: DenseMatrix, out: Float32Array): void | Promise<void>;
  /**
   * The same plus a shift for each query, rounded to the nearest whole number and held to −128 … 127: a quarter of the
   * memory to pass on. Used, where it is there, for queries that have one relevant document each.
   *
   * @param shifts [B].
   */
  multiplyRounded?(
    queries: DenseMatrix,
    documents: DenseMatrix,
    shifts: Float32Array,
    out: Int8Array,
  ): void | Promise<void>;
}

/** Products with one chunk of the corpus after another, and how far they may be off. */
export interface ProductTiles extends TileErrors {
  hold(chunk: DenseMatrix, first: number): void;
  /** Scores of these queries against the chunk held; valid until the next call. */
  score(queries: DenseMatrix): Promise<Float32Array>;
}

/** Below this share of the mean square length of rows, their mean is not worth leaving out. */
const COMMON = 0.5;
/** A residual shorter than this counts as this long, which float32 can square. */
const SHORTEST = 1e-18;

/** Whether what the rows have in common, or what groups of them have, is worth leaving out of each. */
export const haveMuchInCommon = ({ lengths, mean, centers }: MeasuredCorpus): boolean => {
  if (centers.rows > 1) return true;
  const square = (values: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
    return sum;
  };
  return square(mean) > (COMMON * square(lengths)) / lengths.length;
};

/**
 * @param products Computes them.
 * @param lengths Those of the queries.
 * @param relativeError Of a product, over the lengths of both rows.
 * @param blockSize Queries scored at a time.
 * @param width Documents scored at a time.
 */
export const createProductTiles = (
  products: RowProducts,
  lengths: Float64Array,
  corpus: MeasuredCorpus,
  columns: number,
  relativeError: number,
  blockSize: number,
  width: number,
): ProductTiles => {
  const centers = haveMuchInCommon(corpus) ? corpus.centers : null;
  const kernel = createSplitKernel(blockSize, width);
  const tile = kernel?.scores ?? new Float32Array(blockSize * width);
  const rests = kernel?.scales ?? new Float32Array(width);
  const centerOf = new Uint8Array(width);
  const residual = centers === null ? null : new Float32Array(width * columns);
  // What products lose that are too small for float32, or are flushed to 0.
  const lost = columns * SMALLEST * 2 ** 23;
  let documents: DenseMatrix = { rows: 0, columns, data: new Float32Array(0) };
  let longest = 0;
  return {
    exact: false,
    centers,
    centerOf,
    hold(chunk, first) {
      longest = 0;
      if (centers === null || residual === null) {
        documents = chunk;
        for (let i = 0; i < chunk.rows; i++) rests[i] = Math.max(corpus.lengths[first + i]!, SHORTEST);
      } else {
        documents = { rows: chunk.rows, columns, data: residual.subarray(0, chunk.rows * columns) };
        for (let i = 0; i < chunk.rows; i++) {
          const square = leaveOut(chunk, i, centers, residual, centerOf);
          rests[i] = Math.max(Math.sqrt(square), SHORTEST);
        }
      }
      for (let i = 0; i < chunk.rows; i++) longest = Math.max(longest, rests[i]!);
    },
    async score(queries) {
      const out = tile.subarray(0, queries.rows * documents.rows);
      await products.multiply(queries, documents, out);
      return out;
    },
    margin: (query) => (relativeError * longest * lengths[query]! + lost) * (1 + 2 ** -20),
    splitter:
      kernel === null
        ? undefined
        : {
            found: kernel.found,
            split: (start, length, query, level, slack) =>
              kernel.split(start, length, level, relativeError * lengths[query]!, slack + lost),
          },
  };
};
