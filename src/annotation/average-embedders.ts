import type { DenseMatrix } from '../numerics/index.js';
import type { Embedder } from './models.js';

/**
 * Several embedders as one labeler whose cosine is the weighted mean of theirs.
 *
 * A row is the concatenation of √wₘ · vₘ/‖vₘ‖ over the models m, with Σ wₘ = 1, so that the dot product of two
 * rows is Σ wₘ cos_m. A zero vector of a model contributes 0.
 *
 * @param embedders At least one.
 * @param weights One for each, above 0; only their ratios count. @defaultValue equal
 * @returns An embedder with as many dimensions as all together.
 * @throws RangeError when there is no embedder or a weight is missing or not above 0.
 *
 * @example
 * ```ts
 * import { averageEmbedders, type Embedder } from 'oasis-embed/annotation';
 * const constant = (name: string, row: number[]): Embedder => ({
 *   name,
 *   embed: async (texts) => ({
 *     data: Float32Array.from(texts.flatMap(() => row)),
 *     rows: texts.length,
 *     columns: row.length,
 *   }),
 * });
 * const both = averageEmbedders([constant('a', [3, 4]), constant('b', [1])]);
 * console.log((await both.embed(['x'])).columns); // 3
 * ```
 */
export const averageEmbedders = (
  embedders: readonly Embedder[],
  weights: readonly number[] = embedders.map(() => 1),
): Embedder => {
  if (embedders.length === 0)
    throw new RangeError('embedders must hold at least one embedder, received none');
  if (
    weights.length !== embedders.length ||
    !weights.every((weight) => weight > 0 && Number.isFinite(weight))
  ) {
    throw new RangeError(
      `weights must be ${embedders.length} numbers above 0, received [${weights.join(', ')}]`,
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / total);
  return {
    name: `mean(${embedders.map(({ name }, m) => `${shares[m]!.toPrecision(3)} ${name}`).join(', ')})`,
    embed: async (texts, { onRows: _, ...options } = {}) => {
      const parts = await Promise.all(embedders.map((embedder) => embedder.embed(texts, options)));
      const columns = parts.reduce((sum, part) => sum + part.columns, 0);
      const data = new Float32Array(texts.length * columns);
      let offset = 0;
      parts.forEach((part, m) => {
        copyUnitRows(part, Math.sqrt(shares[m]!), data, columns, offset);
        offset += part.columns;
      });
      return { data, rows: texts.length, columns };
    },
  };
};

const copyUnitRows = (
  { data, rows, columns }: DenseMatrix,
  scale: number,
  target: Float32Array,
  stride: number,
  offset: number,
) => {
  for (let row = 0; row < rows; row++) {
    const vector = data.subarray(row * columns, (row + 1) * columns);
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) continue;
    for (let i = 0; i < columns; i++) target[row * stride + offset + i] = (vector[i]! / norm) * scale;
  }
};
