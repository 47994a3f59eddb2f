import type { DenseMatrix } from '../numerics/index.js';

/**
 * Brings rows to unit length in place; a zero row stays zero.
 *
 * @throws TypeError naming the embedder when a value is not finite.
 */
export const toUnitRows = (matrix: DenseMatrix, name: string): DenseMatrix => {
  const { data, rows, columns } = matrix;
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!Number.isFinite(data[i])) throw new TypeError(`${name} returned ${data[i]} in a vector`);
      largest = Math.max(largest, Math.abs(data[i]!));
    }
    if (largest === 0) continue;
    // Scaled by the largest element first, so that no square overflows or vanishes.
    let squares = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) squares += (data[i]! / largest) ** 2;
    const norm = largest * Math.sqrt(squares);
    for (let i = row * columns; i < (row + 1) * columns; i++) data[i] = data[i]! / norm;
  }
  return matrix;
};
