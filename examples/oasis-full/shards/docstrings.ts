import { authorDocstrings, type DocstringRow } from 'oasis-embed/annotation';
import type { ShardFunction } from '../engine/shard-function.js';
import { readParquetParts, type Schema, writeParquet } from '../store/parquet-table.js';
import { readMembers } from './group.js';

export const docstringColumns = {
  id: 'text',
  docstring: 'text',
  origin: 'text',
  prompt_version: 'text',
  failure: 'text',
} as const satisfies Schema;

export const readDocstrings = async (paths: readonly string[]): Promise<DocstringRow[]> => {
  const rows: DocstringRow[] = [];
  for await (const part of readParquetParts(paths, docstringColumns)) {
    for (let i = 0; i < part.id.length; i++)
      rows.push({
        id: part.id[i]!,
        docstring: part.docstring[i]!,
        origin: part.origin[i]!,
        promptVersion: part.prompt_version[i]!,
        failure: part.failure[i]!,
      });
  }
  return rows;
};

/** Members in, their docstrings out. */
export const docstringsShard: ShardFunction = async ({ task, path, output }) => {
  const rows = authorDocstrings(await readMembers(path(task.inputs[0]!.path)));
  await writeParquet(output('parquet'), docstringColumns, {
    id: rows.map((row) => row.id),
    docstring: rows.map((row) => row.docstring),
    origin: rows.map((row) => row.origin),
    prompt_version: rows.map((row) => row.promptVersion),
    failure: rows.map((row) => row.failure),
  });
  return { rows: rows.length };
};
