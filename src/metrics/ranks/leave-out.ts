import type { DenseMatrix } from '../../numerics/index.js';

/**
 * Puts a row less the center that it is nearest to into the same row of `out`.
 *
 * @param centerOf Where the number of that center goes.
 * @returns The square of what is left.
 */
export const leaveOut = (
  { data, columns }: DenseMatrix,
  row: number,
  centers: DenseMatrix,
  out: Float32Array,
  centerOf: Uint8Array,
): number => {
  const from = row * columns;
  centerOf[row] = 0;
  if (centers.rows > 1) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let g = 0; g < centers.rows; g++) {
      let square = 0;
      for (let t = 0, c = g * columns; t < columns; t++, c++)
        square += (data[from + t]! - centers.data[c]!) ** 2;
      if (square < nearest) [nearest, centerOf[row]] = [square, g];
    }
  }
  const own = centerOf[row]! * columns;
  let square = 0;
  for (let t = 0; t < columns; t++) {
    const rest = data[from + t]! - centers.data[own + t]!;
    out[from + t] = rest;
    square += rest * rest;
  }
  return square;
};
