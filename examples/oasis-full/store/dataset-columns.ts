import type { Schema } from './parquet-table.js';

/** A row of the dataset: the released columns first, then what leads back to where it came from. */
export const datasetColumns = {
  poss_docstring: 'text',
  snippet_wo_comment: 'text',
  similarity: 'float32',
  lang: 'text',
  is_gt: 'uint8',
  pair: 'uint32',
  query_id: 'text',
  function_id: 'text',
  repository: 'text',
  similarity_before: 'float32',
} as const satisfies Schema;
