import { emptyPairs, type LabelledPairs } from '../../annotation/pairs.js';
import { readParquetParts } from '../../store/parquet-table.js';
import { labelColumns } from './labels.js';

/** The pairs of all groups in the order of their numbers. */
export const collectPairs = async (
  paths: readonly string[],
  count: number,
): Promise<{ pairs: LabelledPairs; source: Uint8Array }> => {
  const pairs = emptyPairs(count);
  const source = new Uint8Array(count);
  for await (const part of readParquetParts(paths, labelColumns, { where: '"foreign" = 0' })) {
    for (let i = 0; i < part.pair.length; i++) {
      const pair = part.pair[i]!;
      pairs.query[pair] = part.query[i]!;
      pairs.document[pair] = part.document[i]!;
      pairs.similarity[pair] = part.similarity[i]!;
      pairs.positive[pair] = part.positive[i]!;
      source[pair] = part.source[i]!;
    }
  }
  return { pairs, source };
};
