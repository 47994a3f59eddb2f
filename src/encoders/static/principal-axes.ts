import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { DenseMatrix } from '../../numerics/index.js';

/**
 * Points in the coordinates of their first principal axes: centered, then rotated, the widest directions first.
 *
 * @param points [N, T]
 * @returns [N, min(D, T)]
 *
 * O(N · T² + T³) time, O(T²) memory.
 */
export const principalCoordinates = (
  { data, rows, columns }: DenseMatrix,
  dimensions: number,
): DenseMatrix => {
  const kept = Math.min(dimensions, columns);
  const mean = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) mean[i % columns]! += data[i]! / rows;
  const covariance = new Float64Array(columns * columns);
  const point = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) point[i] = data[row * columns + i]! - mean[i]!;
    for (let i = 0; i < columns; i++) {
      const own = point[i]!;
      for (let j = 0; j <= i; j++) covariance[i * columns + j]! += own * point[j]!;
    }
  }
  const symmetric = new Matrix(columns, columns);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      symmetric.set(i, j, covariance[i * columns + j]!);
      symmetric.set(j, i, covariance[i * columns + j]!);
    }
  }
  // In rising order of the variance.
  const { eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const axes = Array.from({ length: kept }, (_, axis) =>
    Float64Array.from(eigenvectorMatrix.getColumn(columns - 1 - axis)),
  );
  const coordinates = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) point[i] = data[row * columns + i]! - mean[i]!;
    axes.forEach((axis, k) => {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += axis[i]! * point[i]!;
      coordinates[row * kept + k] = sum;
    });
  }
  return { data: coordinates, rows, columns: kept };
};
