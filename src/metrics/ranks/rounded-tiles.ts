import type { DenseMatrix } from '../../numerics/index.js';
import { leaveOut } from './leave-out.js';
import { haveMuchInCommon, type RowProducts } from './product-tiles.js';
import { createByteSplitKernel } from './score-kernel.js';
import { largest } from './score-margin.js';
import type { TileCounter, TileErrors } from './tile-counter.js';
import type { MeasuredCorpus } from './vector-rows.js';

/** Scores in whole numbers of the width of their margin. */
export interface RoundedTiles extends TileErrors {
  hold(chunk: DenseMatrix, first: number): void;
  /** Counts queries [start, end) against the chunk held. */
  count(start: number, end: number, counter: TileCounter): Promise<void>;
}

/** Documents this many times as long as nearly all others are scored by themselves. */
const LONG = 2;
/** What nearly all are. */
const NEARLY_ALL = 0.99;
const SHORTEST = 1e-30;

/** A length that nearly all of these do not exceed: the largest, unless that stands far out. */
const usualLength = (lengths: Float64Array): number => {
  const most = largest(lengths, 0, lengths.length);
  const usual = lengths.slice().sort()[Math.floor(NEARLY_ALL * (lengths.length - 1))]!;
  return most <= LONG * usual ? most : usual;
};

/**
 * Products that come as whole numbers. With q = |q|·q̂, d of a length of at most L, and ε the relative error of a product, the
 * score less the level is counted in units of ε|q|L. Rounding then moves it by at most one unit, and by one more for the level,
 * which can be held to |q|L; float64 by at most a quarter. So 3 and more stand above the level for certain, −3 and less below.
 *
 * Null where there are several centers, or no WebAssembly.
 *
 * @param lengths Those of the queries.
 * @param relativeError ε.
 * @param blockSize Queries scored at a time.
 * @param width Documents scored at a time.
 */
export const createRoundedTiles = (
  multiplyRounded: NonNullable<RowProducts['multiplyRounded']>,
  queries: DenseMatrix,
  lengths: Float64Array,
  corpus: MeasuredCorpus,
  relativeError: number,
  blockSize: number,
  width: number,
): RoundedTiles | null => {
  const { columns } = queries;
  const centers = haveMuchInCommon(corpus) ? corpus.centers : null;
  if (centers !== null && centers.rows > 1) return null;
  const kernel = createByteSplitKernel(blockSize, width);
  if (kernel === null) return null;
  /** What float64 moves scores by, in terms of |q|, comes to a quarter of a unit with an L of this. */
  const reach = 2 * largest(corpus.lengths, 0, corpus.rows);
  const least = Math.max(SHORTEST, (4 * (columns + 4) * 2 ** -52 * reach) / relativeError);
  // Documents of which nothing is left out stay as they are, so that queries are scaled by L, once.
  const fixed = centers === null ? Math.max(least, usualLength(corpus.lengths)) : 1;
  const scaled = new Float32Array(queries.rows * columns);
  for (let q = 0; q < queries.rows; q++) {
    const unit = lengths[q] === 0 ? 0 : 1 / (relativeError * lengths[q]! * fixed);
    for (let at = q * columns; at < (q + 1) * columns; at++) scaled[at] = queries.data[at]! * unit;
  }
  const residual = centers === null ? null : new Float32Array(width * columns);
  const rests = new Float64Array(width);
  const centerOf = new Uint8Array(width);
  let documents: DenseMatrix = { rows: 0, columns, data: new Float32Array(0) };
  let length = fixed;
  /** Places of documents that are longer. */
  let long: number[] = [];

  return {
    exact: false,
    centers,
    centerOf,
    margin: () => Number.POSITIVE_INFINITY,
    hold(chunk, first) {
      long = [];
      if (centers === null || residual === null) {
        documents = chunk;
        rests.set(corpus.lengths.subarray(first, first + chunk.rows));
      } else {
        for (let i = 0; i < chunk.rows; i++)
          rests[i] = Math.sqrt(leaveOut(chunk, i, centers, residual, centerOf));
        length = Math.max(least, usualLength(rests.subarray(0, chunk.rows)));
        const data = residual.subarray(0, chunk.rows * columns);
        for (let at = 0; at < data.length; at++) data[at] = data[at]! / length;
        documents = { rows: chunk.rows, columns, data };
      }
      for (let i = 0; i < chunk.rows; i++) if (rests[i]! > length) long.push(i);
    },
    async count(start, end, counter) {
      const { rows } = documents;
      const shifts = new Float32Array(end - start);
      for (let q = start; q < end; q++) {
        const most = lengths[q]! * length;
        const level = Math.max(-most, Math.min(most, counter.level(q)));
        shifts[q - start] = most === 0 ? 0 : -level / (relativeError * most);
      }
      const block = {
        rows: end - start,
        columns,
        data: scaled.subarray(start * columns, end * columns),
      };
      const out = kernel.scores.subarray(0, block.rows * rows);
      await multiplyRounded(block, documents, shifts, out);
      for (let q = start; q < end; q++) {
        const row = (q - start) * rows;
        for (const place of long) out[row + place] = 0;
        for (const place of counter.hidden(q)) out[row + place] = -128;
        counter.countSplit(q, kernel.found, kernel.split(row, rows));
      }
    },
  };
};
