import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import {
  checkDistances,
  type DistanceMatrix,
  type DistanceMetric,
  distanceMatrix,
} from './distance-matrix.js';

/** Options of {@link classicalMds}. */
export interface ClassicalMdsOptions {
  /** Axes of the map. @defaultValue 2 */
  readonly dimensions?: number;
  /** Distance between points; ignored when distances are given. @defaultValue 'cosine' */
  readonly metric?: 'cosine' | 'euclidean';
}

/** Points in the plane, or in a few more dimensions, and how faithful their distances are. */
export interface Embedding {
  /** [N, dimensions], row by row, centered on the origin. */
  readonly coordinates: Float64Array;
  readonly rows: number;
  readonly dimensions: number;
  /** Normalized stress, √(Σ(d̂ − d)² / Σd²) over pairs, d̂ in the map and d as given: 0 for a perfect map. */
  readonly stress: number;
}

/** The result of {@link classicalMds}. */
export interface ClassicalMds extends Embedding {
  /** All eigenvalues of the doubly centered matrix, largest first; negative ones mean that the distances are not Euclidean. */
  readonly eigenvalues: Float64Array;
  /** Σ of the eigenvalues shown over Σ|eigenvalues|, in [0, 1]. */
  readonly explained: number;
}

const CLASSICAL_MDS_OPTIONS: OptionNames<ClassicalMdsOptions> = { dimensions: true, metric: true };

/**
 * Classical (Torgerson) multidimensional scaling: the plane that best preserves squared distances.
 *
 * B = −½ J D² J with J = I − 11ᵀ/N; the coordinates are the leading eigenvectors of B times the square roots of
 * their eigenvalues. An axis whose eigenvalue is not positive is zero. Each axis is turned so that its entry of
 * largest magnitude is positive (the first of equals), which makes the map a function of its input.
 *
 * @param input Points [N, D], or distances [N, N].
 * @returns Coordinates, their stress, and the share of the spread that they show.
 * @throws RangeError when `dimensions` is not a whole number in [1, N], or the input is malformed.
 *
 * O(N²D + N³) time and O(N²) memory: meant for up to about a thousand points.
 *
 * @example
 * ```ts
 * import { classicalMds } from 'oasis-embed/report';
 *
 * const points = { rows: 3, columns: 2, data: Float32Array.of(0, 0, 3, 0, 0, 4) };
 * const map = classicalMds(points, { metric: 'euclidean' });
 * console.log(map.explained.toFixed(6)); // 1.000000
 * ```
 *
 * @see Torgerson (1952), Multidimensional scaling: I. Theory and method; Mardia (1978) for the measure of fit.
 */
export const classicalMds = (
  input: DenseMatrix | DistanceMatrix,
  options: ClassicalMdsOptions = {},
): ClassicalMds => {
  checkOptions('classicalMds', options, CLASSICAL_MDS_OPTIONS);
  const distances = toDistances(input, options.metric);
  const n = distances.size;
  const dimensions = options.dimensions ?? 2;
  if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= Math.max(1, n))) {
    throw new RangeError(
      `dimensions must be a whole number from 1 to the number of points = ${n}, received ${dimensions}`,
    );
  }
  if (n === 0) {
    return {
      coordinates: new Float64Array(0),
      rows: 0,
      dimensions,
      stress: 0,
      eigenvalues: new Float64Array(0),
      explained: 1,
    };
  }
  const decomposition = new EigenvalueDecomposition(doublyCentered(distances), { assumeSymmetric: true });
  const values = decomposition.realEigenvalues;
  const vectors = decomposition.eigenvectorMatrix;
  const order = values.map((_, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  const eigenvalues = Float64Array.from(order, (i) => values[i] ?? 0);

  // Below this an eigenvalue is rounding error, and its axis noise.
  const negligible = (eigenvalues[0] ?? 0) * n * Number.EPSILON;
  const coordinates = new Float64Array(n * dimensions);
  let shown = 0;
  for (let axis = 0; axis < dimensions; axis++) {
    const value = eigenvalues[axis] ?? 0;
    if (!(value > negligible)) continue;
    shown += value;
    const scale = signedRoot(vectors, order[axis] ?? 0, value);
    for (let i = 0; i < n; i++) coordinates[i * dimensions + axis] = scale * vectors.get(i, order[axis] ?? 0);
  }
  const total = eigenvalues.reduce((sum, value) => sum + Math.abs(value), 0);
  return {
    coordinates,
    rows: n,
    dimensions,
    stress: normalizedStress(distances, coordinates, dimensions),
    eigenvalues,
    explained: total > 0 ? shown / total : 1,
  };
};

export const toDistances = (input: DenseMatrix | DistanceMatrix, metric?: DistanceMetric): DistanceMatrix => {
  if (!('kind' in input)) return distanceMatrix(input, metric ? { metric } : {});
  checkDistances('distances', input);
  return input;
};

/** √(Σ(d̂ᵢⱼ − dᵢⱼ)² / Σdᵢⱼ²) over pairs i < j, zero where all distances are zero. */
export const normalizedStress = (
  distances: DistanceMatrix,
  coordinates: Float64Array,
  dimensions: number,
): number => {
  const n = distances.size;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const target = distances.data[i * n + j] ?? 0;
      residual += (mapDistance(coordinates, dimensions, i, j) - target) ** 2;
      total += target ** 2;
    }
  }
  return total > 0 ? Math.sqrt(residual / total) : 0;
};

export const mapDistance = (coordinates: Float64Array, dimensions: number, i: number, j: number): number => {
  let squares = 0;
  for (let k = 0; k < dimensions; k++) {
    squares += ((coordinates[i * dimensions + k] ?? 0) - (coordinates[j * dimensions + k] ?? 0)) ** 2;
  }
  return Math.sqrt(squares);
};

const doublyCentered = (distances: DistanceMatrix): Matrix => {
  const n = distances.size;
  const squares = distances.data.map((d) => d * d);
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) means[i] = (means[i] ?? 0) + (squares[i * n + j] ?? 0) / n;
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  const centered = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = -0.5 * ((squares[i * n + j] ?? 0) - (means[i] ?? 0) - (means[j] ?? 0) + mean);
      centered.set(i, j, value);
      centered.set(j, i, value);
    }
  }
  return centered;
};

const signedRoot = (vectors: Matrix, column: number, eigenvalue: number): number => {
  let largest = 0;
  for (let i = 0; i < vectors.rows; i++) {
    const value = vectors.get(i, column);
    // Rounding must not decide between entries that are equal in magnitude.
    if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value;
  }
  return Math.sign(largest) * Math.sqrt(eigenvalue);
};
