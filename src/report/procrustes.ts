import { Matrix, SVD } from 'ml-matrix';
import { checkOptions, type OptionNames } from '../numerics/index.js';

/** Options of {@link procrustes}. */
export interface ProcrustesOptions {
  /** Also allows scaling. @defaultValue false */
  readonly scale?: boolean;
}

/** The result of {@link procrustes}. */
export interface ProcrustesResult {
  /** The moved coordinates, [N, dimensions]. */
  readonly coordinates: Float64Array;
  /** 1 unless `scale` is on. */
  readonly scale: number;
  /** √(Σ‖moved − target‖² / Σ‖target − its center‖²). */
  readonly residual: number;
}

const PROCRUSTES_OPTIONS: OptionNames<ProcrustesOptions & { readonly dimensions: number }> = {
  scale: true,
  dimensions: true,
};

/**
 * Rotates, mirrors and shifts one map onto another, as close as a rigid motion allows.
 *
 * The rotation is UVᵀ from the singular value decomposition UΣVᵀ of the centered XᵀY; with `scale` the map is also
 * multiplied by ΣΣ / Σ‖x‖².
 *
 * @param coordinates The map to move, [N, dimensions].
 * @param target The map to move onto, [N, dimensions].
 * @throws RangeError when the two differ in length, or are not whole rows.
 * @see Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.
 */
export const procrustes = (
  coordinates: ArrayLike<number>,
  target: ArrayLike<number>,
  options: ProcrustesOptions & { readonly dimensions: number },
): ProcrustesResult => {
  checkOptions('procrustes', options, PROCRUSTES_OPTIONS);
  const { dimensions } = options;
  if (coordinates.length !== target.length || coordinates.length % dimensions !== 0) {
    throw new RangeError(
      `coordinates must have the shape of target = [${target.length / dimensions}, ${dimensions}], received ${coordinates.length} values`,
    );
  }
  const n = coordinates.length / dimensions;
  if (n === 0) return { coordinates: new Float64Array(0), scale: 1, residual: 0 };
  const from = centered(coordinates, n, dimensions);
  const onto = centered(target, n, dimensions);
  const svd = new SVD(from.matrix.transpose().mmul(onto.matrix), { autoTranspose: true });
  const rotation = svd.leftSingularVectors.mmul(svd.rightSingularVectors.transpose());
  const spread = from.squares;
  const scale = options.scale && spread > 0 ? svd.diagonal.reduce((a, b) => a + b, 0) / spread : 1;
  const turned = from.matrix.mmul(rotation).mul(scale);
  const moved = new Float64Array(n * dimensions);
  let residual = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dimensions; k++) {
      residual += (turned.get(i, k) - onto.matrix.get(i, k)) ** 2;
      moved[i * dimensions + k] = turned.get(i, k) + (onto.center[k] ?? 0);
    }
  }
  return { coordinates: moved, scale, residual: onto.squares > 0 ? Math.sqrt(residual / onto.squares) : 0 };
};

const centered = (values: ArrayLike<number>, n: number, dimensions: number) => {
  const center = new Float64Array(dimensions);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dimensions; k++) center[k] = (center[k] ?? 0) + (values[i * dimensions + k] ?? 0) / n;
  }
  const matrix = new Matrix(n, dimensions);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dimensions; k++) {
      const value = (values[i * dimensions + k] ?? 0) - (center[k] ?? 0);
      matrix.set(i, k, value);
      squares += value * value;
    }
  }
  return { matrix, center, squares };
};
