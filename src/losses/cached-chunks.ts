import { checkPositiveInteger } from '../numerics/index.js';
import { checkFinite, checkLength, refuse } from './checks.js';

/** Rows [from, to) of a side. */
export type Chunk = readonly [from: number, to: number];

export interface ChunkLimits {
  readonly chunkSize?: number | undefined;
  readonly tokenBudget?: number | undefined;
  readonly lengths?: Readonly<Record<string, ArrayLike<number>>> | undefined;
}

/** Refuses limits that are none. */
export const checkChunkLimits = ({ chunkSize, tokenBudget, lengths }: ChunkLimits): void => {
  if (chunkSize === undefined && tokenBudget === undefined)
    throw new RangeError('chunkSize or tokenBudget must be given, received neither');
  if (chunkSize !== undefined) checkPositiveInteger('chunkSize', chunkSize);
  if (tokenBudget === undefined) return;
  checkPositiveInteger('tokenBudget', tokenBudget);
  if (typeof lengths !== 'object' || lengths === null)
    refuse('lengths', 'hold the tokens of every row when tokenBudget is given', lengths, TypeError);
};

/**
 * Splits a side into chunks of at most `chunkSize` rows and, padded to the longest of them, `tokenBudget` tokens. A row
 * that is longer by itself has a chunk of its own; a side without rows is one empty chunk.
 */
export const chunksOf = (
  side: string,
  rows: number,
  { chunkSize = rows, tokenBudget, lengths }: ChunkLimits,
): Chunk[] => {
  if (rows === 0) return [[0, 0]];
  const tokens = tokenBudget === undefined ? null : lengths![side]!;
  if (tokens !== null) {
    checkLength(`lengths.${side}`, 'rows', tokens, rows);
    checkFinite(`lengths.${side}`, tokens);
  }
  const chunks: Chunk[] = [];
  for (let from = 0; from < rows; from = chunks.at(-1)![1]) {
    let longest = tokens?.[from] ?? 0;
    let to = from + 1;
    for (; to < rows && to - from < chunkSize; to++) {
      longest = Math.max(longest, tokens?.[to] ?? 0);
      if (tokens !== null && (to + 1 - from) * longest > tokenBudget!) break;
    }
    chunks.push([from, to]);
  }
  return chunks;
};
