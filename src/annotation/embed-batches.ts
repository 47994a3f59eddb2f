import type { DenseMatrix } from '../numerics/index.js';
import { mapConcurrently } from './map-concurrently.js';
import type { EmbedOptions } from './models.js';
import { type createSplitting, type RefusedText, refusedTexts } from './split-refused.js';

/** How many batches {@link embedBatches} sends at a time, and what becomes of refused ones. */
export interface EmbedBatchesOptions {
  readonly splitting: ReturnType<typeof createSplitting>;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly onRows: EmbedOptions['onRows'] | undefined;
}

/**
 * Embeds batches, those that are refused in halves.
 *
 * @returns The rows in the order of the texts.
 * @throws ModelError that names the texts which are refused also alone, after all others were given to `onRows`.
 */
export const embedBatches = async (
  batches: readonly (readonly string[])[],
  send: (texts: readonly string[]) => Promise<DenseMatrix>,
  { splitting, concurrency, signal, onRows }: EmbedBatchesOptions,
): Promise<DenseMatrix> => {
  const starts = batches.map(() => 0);
  for (let i = 1; i < batches.length; i++) starts[i] = starts[i - 1]! + batches[i - 1]!.length;
  const refused: RefusedText[] = [];
  const parts = await mapConcurrently(
    batches,
    async (batch, i) => {
      const found: DenseMatrix[] = [];
      const keep = async (start: number, rows: DenseMatrix) => {
        found.push(rows);
        await onRows?.(starts[i]! + start, rows);
      };
      for (const { index, error } of await splitting.embed(batch, send, keep))
        refused.push({ index: starts[i]! + index, error });
      return found;
    },
    { concurrency, ...(signal === undefined ? {} : { signal }) },
  );
  if (refused.length > 0) {
    const count = batches.reduce((sum, batch) => sum + batch.length, 0);
    throw refusedTexts(refused, count);
  }
  return concatenateRows(parts.flat());
};

const concatenateRows = (parts: readonly DenseMatrix[]): DenseMatrix => {
  const columns = parts[0]?.columns ?? 0;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float32Array(rows * columns);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { data, rows, columns };
};
