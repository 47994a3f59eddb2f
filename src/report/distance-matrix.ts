import { distance, similarity } from 'ml-distance';
import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';

/** How far two rows are from each other. */
export type DistanceMetric = 'cosine' | 'euclidean';

const DISTANCE_MATRIX_OPTIONS: OptionNames<{ readonly metric?: DistanceMetric }> = { metric: true };

/**
 * Distances between all rows, as a full symmetric matrix with a zero diagonal.
 *
 * `cosine` is 1 − cos(a, b), in [0, 2]; a row of zeros has cosine 0 with every other row.
 *
 * @param points [N, D].
 * @returns [N, N].
 * @throws RangeError when `points.data` does not hold N·D finite values.
 *
 * O(N²D) time, O(N²) memory.
 */
export const distanceMatrix = (
  points: DenseMatrix,
  options: { readonly metric?: DistanceMetric } = {},
): DistanceMatrix => {
  checkOptions('distanceMatrix', options, DISTANCE_MATRIX_OPTIONS);
  checkMatrix('points', points);
  const { rows, columns, data } = points;
  const metric = options.metric ?? 'cosine';
  const vectors = Array.from({ length: rows }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns)),
  );
  const distances = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      const value = between(vectors[i] ?? [], vectors[j] ?? [], metric);
      distances[i * rows + j] = value;
      distances[j * rows + i] = value;
    }
  }
  return { kind: 'distances', size: rows, data: distances };
};

/** Distances between N points, to be used in place of the points; `kind` tells the two apart. */
export interface DistanceMatrix {
  readonly kind: 'distances';
  /** N. */
  readonly size: number;
  /** [N, N], row by row: symmetric, with zeros on the diagonal. */
  readonly data: Float64Array;
}

const between = (a: number[], b: number[], metric: DistanceMetric): number => {
  if (metric === 'euclidean') return distance.euclidean(a, b);
  const cosine = similarity.cosine(a, b);
  return Number.isNaN(cosine) ? 1 : Math.max(0, 1 - cosine);
};

export const checkMatrix = (name: string, matrix: DenseMatrix): void => {
  const { rows, columns, data } = matrix;
  if (data.length !== rows * columns) {
    throw new RangeError(
      `${name}.data must have rows × columns = ${rows * columns} values, received ${data.length}`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new RangeError(`${name} must be finite, received ${data[i]} at row ${Math.floor(i / columns)}`);
    }
  }
};

export const checkDistances = (name: string, distances: DistanceMatrix): void => {
  const { size, data } = distances;
  if (data.length !== size * size) {
    throw new RangeError(
      `${name}.data must have shape [${size}, ${size}] = ${size * size} values, received ${data.length}`,
    );
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = data[i * size + j] ?? Number.NaN;
      if (!(value >= 0 && Number.isFinite(value))) {
        throw new RangeError(`${name} must be finite and at least 0, received ${value} at [${i}, ${j}]`);
      }
      if (Math.abs(value - (data[j * size + i] ?? Number.NaN)) > 1e-9 * Math.max(1, value)) {
        throw new RangeError(
          `${name} must be symmetric, received ${value} at [${i}, ${j}] and ${data[j * size + i]} at [${j}, ${i}]`,
        );
      }
    }
  }
};
