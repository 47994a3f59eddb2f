import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { createRandom } from '../numerics/index.js';
import { multiplySparse, type SparseMatrix, type TallMatrix, transposeSparse } from './sparse-matrix.js';

/** The rank, the random start and the accuracy of a truncated SVD. */
export interface TruncatedSvdOptions {
  readonly rank: number;
  readonly seed: number;
  /** Extra directions that are cut off at the end. @defaultValue 16 */
  readonly oversampling?: number;
  /** Passes that sharpen the subspace. @defaultValue 2 */
  readonly powerIterations?: number;
  /** Called after each pass, of which there are `powerIterations` + 2. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TruncatedSvd {
  /** Largest first, [k], k at most the rank asked for: as many as are not numerically 0. */
  readonly singularValues: Float64Array;
  /** [columns, k], orthonormal columns. */
  readonly rightVectors: TallMatrix;
}

/** Relative to the largest eigenvalue: below it a direction of the Gram matrix is rounding. */
const NEGLIGIBLE = 1e-11;

/** XᵀX: the upper half, four rows of X at a time, then mirrored. */
const gram = ({ data, rows, columns }: TallMatrix): Matrix => {
  const sums = new Float64Array(columns * columns);
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const [a, b, c, d] = [r * columns, (r + 1) * columns, (r + 2) * columns, (r + 3) * columns];
    for (let i = 0; i < columns; i++) {
      const [va, vb, vc, vd] = [data[a + i]!, data[b + i]!, data[c + i]!, data[d + i]!];
      const target = i * columns;
      for (let j = i; j < columns; j++) {
        sums[target + j] =
          sums[target + j]! + va * data[a + j]! + vb * data[b + j]! + vc * data[c + j]! + vd * data[d + j]!;
      }
    }
  }
  for (; r < rows; r++) {
    const a = r * columns;
    for (let i = 0; i < columns; i++) {
      const value = data[a + i]!;
      for (let j = i; j < columns; j++) {
        sums[i * columns + j] = sums[i * columns + j]! + value * data[a + j]!;
      }
    }
  }
  for (let i = 0; i < columns; i++)
    for (let j = 0; j < i; j++) sums[i * columns + j] = sums[j * columns + i]!;
  return Matrix.from1DArray(columns, columns, Array.from(sums));
};

/** X · T for a small T, [rows, T's columns]; four rows of T at a time. */
const multiplySmall = (
  { data, rows, columns }: TallMatrix,
  small: Float64Array,
  width: number,
): TallMatrix => {
  const product = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const target = r * width;
    let i = 0;
    for (; i + 4 <= columns; i += 4) {
      const at = r * columns + i;
      const [va, vb, vc, vd] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
      const [a, b, c, d] = [i * width, (i + 1) * width, (i + 2) * width, (i + 3) * width];
      for (let j = 0; j < width; j++) {
        product[target + j] =
          product[target + j]! +
          va * small[a + j]! +
          vb * small[b + j]! +
          vc * small[c + j]! +
          vd * small[d + j]!;
      }
    }
    for (; i < columns; i++) {
      const value = data[r * columns + i]!;
      for (let j = 0; j < width; j++) {
        product[target + j] = product[target + j]! + value * small[i * width + j]!;
      }
    }
  }
  return { data: product, rows, columns: width };
};

/**
 * The principal directions of X's columns: X · U · Λ^(−½) from XᵀX = U Λ Uᵀ, strongest first, without those that are
 * numerically 0.
 */
const principalDirections = (x: TallMatrix, most = x.columns) => {
  const decomposition = new EigenvalueDecomposition(gram(x), { assumeSymmetric: true });
  const eigenvalues = decomposition.realEigenvalues;
  const vectors = decomposition.eigenvectorMatrix;
  const order = eigenvalues
    .map((_, i) => i)
    .sort((a, b) => eigenvalues[b]! - eigenvalues[a]!)
    .filter((i, _, all) => eigenvalues[i]! > NEGLIGIBLE * eigenvalues[all[0]!]! && eigenvalues[i]! > 0)
    .slice(0, most);
  const small = new Float64Array(x.columns * order.length);
  order.forEach((source, j) => {
    const scale = 1 / Math.sqrt(eigenvalues[source]!);
    for (let i = 0; i < x.columns; i++) small[i * order.length + j] = vectors.get(i, source) * scale;
  });
  return {
    basis: multiplySmall(x, small, order.length),
    lengths: Float64Array.from(order, (i) => Math.sqrt(eigenvalues[i]!)),
  };
};

/**
 * The largest singular values and right singular vectors of a sparse matrix, by randomized subspace iteration.
 *
 * A Gaussian sketch is passed through A and Aᵀ in turn and made orthonormal after each pass: directions below
 * about a thousandth of the strongest are given up on the way. Deterministic for a
 * seed. Time O(entries · k + (rows + columns) · k²) a pass, memory O((rows + columns) · k) in float64.
 *
 * @see Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 2011, algorithms 4.4 and 5.1
 */
export const truncatedSvd = (
  matrix: SparseMatrix,
  { rank, seed, oversampling = 16, powerIterations = 2, onProgress }: TruncatedSvdOptions,
): TruncatedSvd => {
  const width = Math.min(rank + oversampling, matrix.rows, matrix.columns);
  const transposed = transposeSparse(matrix);
  const random = createRandom(seed, 'svd-sketch');
  const sketch = Float64Array.from({ length: matrix.columns * width }, () => random.normal());
  let right: TallMatrix = { data: sketch, rows: matrix.columns, columns: width };
  for (let pass = 0; pass < powerIterations; pass++) {
    right = principalDirections(multiplySparse(transposed, multiplySparse(matrix, right))).basis;
    onProgress?.(pass + 1, powerIterations + 2);
  }
  const left = principalDirections(multiplySparse(matrix, right)).basis;
  onProgress?.(powerIterations + 1, powerIterations + 2);
  const { basis, lengths } = principalDirections(multiplySparse(transposed, left), rank);
  onProgress?.(powerIterations + 2, powerIterations + 2);
  return { singularValues: lengths, rightVectors: basis };
};
