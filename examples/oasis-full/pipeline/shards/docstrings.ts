import type { DocstringRow } from 'oasis-embed/annotation';
import { documentFunctions } from '../../annotation/annotate.js';
import type { ShardFunction } from '../../engine/shard-function.js';
import { docstringFailures } from '../../models/docstring-writer.js';
import { openModelsOf } from '../../models/model-access.js';
import type { ModelOptions } from '../../options/model-options.js';
import type { docstringSettings } from '../../options/models-in-use.js';
import { readParquetParts, type Schema, writeParquet } from '../../store/parquet-table.js';
import { readMembers } from './group.js';

export const docstringColumns = {
  id: 'text',
  docstring: 'text',
  origin: 'text',
  prompt_version: 'text',
  failure: 'text',
} as const satisfies Schema;

export interface DocstringsSummary {
  /** Functions without one, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
}

/** The rows of shards, one after another. */
export async function* docstringRows(paths: readonly string[]): AsyncGenerator<DocstringRow> {
  for await (const part of readParquetParts(paths, docstringColumns)) {
    for (let i = 0; i < part.id.length; i++)
      yield {
        id: part.id[i]!,
        docstring: part.docstring[i]!,
        origin: part.origin[i]!,
        promptVersion: part.prompt_version[i]!,
        failure: part.failure[i]!,
      };
  }
}

export interface DocstringsKind {
  readonly options: ReturnType<typeof docstringSettings>;
  readonly how: ModelOptions;
  readonly summary: DocstringsSummary;
}

/** Members in, their docstrings out. */
export const docstringsShard: ShardFunction<DocstringsKind> = async ({
  task,
  root,
  path,
  output,
  progress,
  line,
}) => {
  const models = task.how;
  const members = await readMembers(path(task.inputs[0]!.path));
  const access = openModelsOf(models, root, true, task.shard, line);
  try {
    const rows = await documentFunctions(members, models, access, progress, line);
    await writeParquet(output('parquet'), docstringColumns, {
      id: rows.map((row) => row.id),
      docstring: rows.map((row) => row.docstring),
      origin: rows.map((row) => row.origin),
      prompt_version: rows.map((row) => row.promptVersion),
      failure: rows.map((row) => row.failure),
    });
    const summary: DocstringsSummary = { failures: docstringFailures(rows) };
    return { rows: rows.length, usd: access?.ownUsd() ?? 0, summary };
  } finally {
    access?.close();
  }
};
