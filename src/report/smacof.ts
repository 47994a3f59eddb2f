import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { classicalMds, type Embedding, mapDistance, normalizedStress, toDistances } from './classical-mds.js';
import type { DistanceMatrix } from './distance-matrix.js';

/** Options of {@link smacof}. */
export interface SmacofOptions {
  /** Axes of the map. @defaultValue 2 */
  readonly dimensions?: number;
  /** Distance between points; ignored when distances are given. @defaultValue 'cosine' */
  readonly metric?: 'cosine' | 'euclidean';
  /** Coordinates to start from, [N, dimensions]. @defaultValue classical MDS */
  readonly start?: ArrayLike<number>;
  /** @defaultValue 300 */
  readonly maxIterations?: number;
  /** Stops when the normalized stress falls by less than this in one iteration. @defaultValue 1e-6 */
  readonly tolerance?: number;
}

/** The result of {@link smacof}. */
export interface Smacof extends Embedding {
  readonly iterations: number;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

const SMACOF_OPTIONS: OptionNames<SmacofOptions> = {
  dimensions: true,
  metric: true,
  start: true,
  maxIterations: true,
  tolerance: true,
};

/**
 * Metric multidimensional scaling by stress majorization: moves points until their distances in the map fit the
 * given distances themselves, not their squares.
 *
 * X ← B(X)X / N, where bᵢⱼ = −dᵢⱼ/d̂ᵢⱼ off the diagonal (0 where d̂ᵢⱼ = 0) and the rows of B sum to zero. The
 * stress never rises from one iteration to the next.
 *
 * @param input Points [N, D], or distances [N, N].
 * @throws RangeError when `start` has the wrong length, or the input is malformed.
 *
 * O(N² · iterations) time after the start, O(N²) memory.
 *
 * @example
 * ```ts
 * import { smacof } from 'oasis-embed/report';
 *
 * const points = { rows: 3, columns: 3, data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
 * console.log(smacof(points, { metric: 'euclidean' }).stress < 1e-6); // true
 * ```
 *
 * @see de Leeuw (1977), Applications of convex analysis to multidimensional scaling.
 */
export const smacof = (input: DenseMatrix | DistanceMatrix, options: SmacofOptions = {}): Smacof => {
  checkOptions('smacof', options, SMACOF_OPTIONS);
  const distances = toDistances(input, options.metric);
  const n = distances.size;
  const dimensions = options.dimensions ?? 2;
  const { maxIterations = 300, tolerance = 1e-6 } = options;
  if (options.start && options.start.length !== n * dimensions) {
    throw new RangeError(
      `start must have shape [${n}, ${dimensions}] = ${n * dimensions} values, received ${options.start.length}`,
    );
  }
  let coordinates: Float64Array = options.start
    ? Float64Array.from(options.start)
    : classicalMds(distances, { dimensions }).coordinates;
  let stress = normalizedStress(distances, coordinates, dimensions);
  let iterations = 0;
  let converged = n < 2;
  while (!converged && iterations < maxIterations) {
    coordinates = majorise(distances, coordinates, dimensions);
    iterations++;
    const next = normalizedStress(distances, coordinates, dimensions);
    converged = stress - next < tolerance;
    stress = next;
  }
  return { coordinates, rows: n, dimensions, stress, iterations, converged };
};

/** One Guttman transform. */
const majorise = (distances: DistanceMatrix, coordinates: Float64Array, dimensions: number): Float64Array => {
  const n = distances.size;
  const next = new Float64Array(coordinates.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const between = mapDistance(coordinates, dimensions, i, j);
      if (between === 0) continue;
      const ratio = (distances.data[i * n + j] ?? 0) / between / n;
      for (let k = 0; k < dimensions; k++) {
        const pull =
          ratio * ((coordinates[i * dimensions + k] ?? 0) - (coordinates[j * dimensions + k] ?? 0));
        next[i * dimensions + k] = (next[i * dimensions + k] ?? 0) + pull;
        next[j * dimensions + k] = (next[j * dimensions + k] ?? 0) - pull;
      }
    }
  }
  return next;
};
