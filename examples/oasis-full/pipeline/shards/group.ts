import type { AnnotatedFunction } from '../../annotation/annotated-functions.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import type { Schema } from '../../store/parquet-table.js';
import { readParquetParts } from '../../store/parquet-table.js';

/** Functions of whole repositories that are worked on together, with their places in functions.jsonl. */
export const memberColumns = {
  place: 'uint32',
  id: 'text',
  repository: 'text',
  record: 'text',
} as const satisfies Schema;

/**
 * The queries of a group: one row for each function that asks, and one for each of the first functions of the run that
 * ask the same in other groups (`foreign`, its record with it), since a label is held against its query's positives.
 */
export const queryColumns = {
  fn: 'uint32',
  query: 'uint32',
  foreign: 'uint8',
  id: 'text',
  docstring: 'text',
  record: 'text',
} as const satisfies Schema;

/** A function among those that pair indices of the whole run point into. */
export interface GroupFunction extends AnnotatedFunction {
  /** Its number in the run. */
  readonly fn: number;
  readonly query: number;
  readonly foreign: boolean;
}

export const readMembers = async (path: string): Promise<StoredFunction[]> => {
  const functions: StoredFunction[] = [];
  for await (const { record } of readParquetParts(path, memberColumns))
    for (const row of record) functions.push(JSON.parse(row!) as StoredFunction);
  return functions;
};

/** The functions that ask in a group, in the order of the run, with those of other groups where wanted. */
export const readGroup = async (
  members: string,
  queries: string,
  { foreign }: { readonly foreign: boolean },
): Promise<GroupFunction[]> => {
  const byId = new Map((await readMembers(members)).map((fn) => [fn.id, fn]));
  const group: GroupFunction[] = [];
  for await (const part of readParquetParts(queries, queryColumns)) {
    for (let i = 0; i < part.fn.length; i++) {
      const isForeign = part.foreign[i] === 1;
      if (isForeign && !foreign) continue;
      const record = part.record[i] ?? null;
      const stored = record === null ? byId.get(part.id[i]!) : (JSON.parse(record) as StoredFunction);
      if (stored === undefined) throw new Error(`${queries}: function ${part.id[i]} is not in ${members}`);
      group.push({
        ...stored,
        docstring: part.docstring[i]!,
        fn: part.fn[i]!,
        query: part.query[i]!,
        foreign: isForeign,
      });
    }
  }
  return group.sort((a, b) => a.fn - b.fn);
};
