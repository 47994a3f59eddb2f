import type { DenseMatrix } from '../../numerics/index.js';

/** Beyond this product of lengths, sums of float32 could overflow. */
export const LARGEST_SCORE = 1e37;
/** What products too small for float32's precision may lose, each. */
export const SMALLEST = 2 ** -149;

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

export const rowLengths = ({ data, rows, columns }: DenseMatrix): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) =>
    Math.sqrt(
      data.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value * value, 0),
    ),
  );
