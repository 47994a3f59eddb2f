import { type DenseMatrix, normalizeRows, throughNormalization } from '../../numerics/index.js';
import { checkOptions } from '../checks.js';
import { MATRYOSHKA_OPTIONS, type MatryoshkaOptions, readMatryoshkaOptions } from '../matryoshka-options.js';
import { checkMatrix } from './check-matrix.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/**
 * Value and gradients of any embedding loss, summed over leading slices of the embeddings: `matryoshkaLoss` without
 * TensorFlow.js.
 *
 * L = Σ_d w_d · loss(x[:, :d])
 *
 * Truncated rows are scaled to length 1 again, zero rows staying zero. Widths of weight 0 are skipped; with
 * `dimensionsPerStep` a call draws some of the widths, as `matryoshkaLoss` does.
 *
 * @param loss Called once per width, with every embedding truncated to it; returns what the losses of this entry
 * return.
 * @param embeddings Matrices [·, D] of one width.
 * @returns The value and a gradient for each of `embeddings`, in its shape.
 * @throws {TypeError|RangeError} As `matryoshkaLoss`.
 *
 * The cost of `loss` at each width.
 *
 * @example
 * ```ts
 * import { infoNceValueAndGradients, matryoshkaValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const queries = { data: Float32Array.of(1, 0, 0.1, 0, 0, 1, 0, 0.1), rows: 2, columns: 4 };
 * const documents = { data: Float32Array.of(0.9, 0, 0, 0.2, 0.1, 0.8, 0, 0), rows: 2, columns: 4 };
 * const { value, gradients } = matryoshkaValueAndGradients(
 *   (q, d) => infoNceValueAndGradients(q!, d!),
 *   [queries, documents],
 *   { dimensions: [4, 2] },
 * );
 * console.log(value < 0.01, gradients.length); // true 2
 * ```
 *
 * @see Kusupati et al., Matryoshka representation learning (2022), arXiv 2205.13147, equation 1.
 */
export const matryoshkaValueAndGradients = (
  loss: (...embeddings: DenseMatrix[]) => ValueAndGradients<readonly DenseMatrix[]>,
  embeddings: readonly DenseMatrix[],
  options: MatryoshkaOptions,
): ValueAndGradients<readonly DenseMatrix[]> => {
  checkOptions('matryoshkaValueAndGradients', options, MATRYOSHKA_OPTIONS, ' dims:dimensions');
  if (embeddings.length === 0)
    throw new RangeError('embeddings must hold at least one matrix, received none');
  const width = embeddings[0]!.columns;
  embeddings.forEach((embedding, i) => {
    checkMatrix(`embeddings[${i}]`, embedding, ['·', 'D']);
    if (embedding.columns !== width) {
      throw new RangeError(`embeddings[${i}] must have D = ${width} columns, received ${embedding.columns}`);
    }
  });
  const { widths, unitLength } = readMatryoshkaOptions(options, width);
  const sums = embeddings.map(({ data }) => new Float64Array(data.length));
  let value = 0;
  let temperatureGradient = 0;
  for (const { dimension, weight } of widths) {
    const slices = embeddings.map((embedding) => leadingColumns(embedding, dimension, unitLength));
    const result = loss(...slices.map(({ matrix }) => matrix));
    value += weight * result.value;
    temperatureGradient += weight * result.temperatureGradient;
    slices.forEach(({ carry }, e) => {
      const gradient = carry(result.gradients[e]!.data);
      for (let row = 0, at = 0; row < embeddings[e]!.rows; row++) {
        for (let j = 0; j < dimension; j++) sums[e]![row * width + j]! += weight * gradient[at++]!;
      }
    });
  }
  return {
    value,
    gradients: embeddings.map(({ rows, columns }, e) => ({
      data: Float32Array.from(sums[e]!),
      rows,
      columns,
    })),
    temperatureGradient,
  };
};

/** The leading columns of each row, and what makes of a gradient in them that in the columns they were made of. */
const leadingColumns = ({ data, rows, columns }: DenseMatrix, dimension: number, unitLength: boolean) => {
  const slice = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    slice.set(data.subarray(row * columns, row * columns + dimension), row * dimension);
  }
  if (!unitLength) {
    return { matrix: { data: slice, rows, columns: dimension }, carry: (toSlice: Float32Array) => toSlice };
  }
  const inverses = new Float64Array(rows);
  normalizeRows(slice, dimension, inverses);
  return {
    matrix: { data: slice, rows, columns: dimension },
    carry: (toUnit: Float32Array): Float32Array => {
      const gradient = toUnit.slice();
      throughNormalization(gradient, slice, inverses, dimension);
      return gradient;
    },
  };
};
