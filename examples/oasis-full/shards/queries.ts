import type { ShardFunction } from '../engine/shard-function.js';
import { readParquetParts, type Schema, writeParquet } from '../store/parquet-table.js';
import { readDocstrings } from './docstrings.js';
import { memberColumns, queryColumns } from './group.js';

export interface QueriesOptions {
  /** Names of the groups; inputs are their members, then their docstrings, in this order. */
  readonly groups: readonly string[];
}

export interface QueriesSummary {
  readonly docstrings: number;
  readonly functions: number;
  /** Functions that ask, by group. */
  readonly sizes: readonly number[];
}

const placeColumns = { place: 'uint32', id: 'text' } as const satisfies Schema;

interface Asking {
  readonly group: number;
  readonly fn: number;
  readonly id: string;
}

/**
 * Waits for all docstrings and numbers what asks and what is asked: functions in their order, distinct docstrings in
 * the order of their first appearance.
 */
export const queriesShard: ShardFunction = async ({ task, path, output }) => {
  const { groups } = task.options as unknown as QueriesOptions;
  const members = task.inputs.slice(0, groups.length);
  const docstrings = task.inputs.slice(groups.length);
  const numbers = new Map<string, number>();
  const asking: Asking[][] = [];
  const texts: string[] = [];
  let functions = 0;
  const found: {
    readonly group: number;
    readonly place: number;
    readonly id: string;
    readonly docstring: string;
  }[] = [];
  for (const [group, input] of docstrings.entries()) {
    const placeOf = new Map<string, number>();
    for await (const part of readParquetParts(path(members[group]!.path), placeColumns))
      for (let i = 0; i < part.id.length; i++) placeOf.set(part.id[i]!, part.place[i]!);
    for (const { id, docstring } of await readDocstrings([path(input.path)]))
      if (docstring !== null) found.push({ group, place: placeOf.get(id)!, id, docstring });
  }
  found.sort((a, b) => a.place - b.place);
  const rowsOf = groups.map((): { fn: number; query: number; id: string }[] => []);
  for (const { group, id, docstring } of found) {
    let query = numbers.get(docstring);
    if (query === undefined) {
      query = texts.length;
      numbers.set(docstring, query);
      texts.push(docstring);
      asking.push([]);
    }
    const fn = functions++;
    asking[query]!.push({ group, fn, id });
    rowsOf[group]!.push({ fn, query, id });
  }

  // What a group must know of the others: the functions that ask what one of its own asks too.
  const foreign = groups.map((): Map<number, Asking & { readonly query: number }> => new Map());
  const wanted = groups.map(() => new Map<string, string>());
  for (const [query, all] of asking.entries()) {
    if (all.length < 2) continue;
    for (const group of new Set(all.map((one) => one.group))) {
      for (const one of all) {
        if (one.group === group) continue;
        foreign[group]!.set(one.fn, { ...one, query });
        wanted[one.group]!.set(one.id, '');
      }
    }
  }
  for (const [group, records] of wanted.entries()) {
    if (records.size === 0) continue;
    for await (const part of readParquetParts(path(members[group]!.path), memberColumns))
      for (let i = 0; i < part.id.length; i++)
        if (records.has(part.id[i]!)) records.set(part.id[i]!, part.record[i]!);
  }

  for (const [group, name] of groups.entries()) {
    const own = rowsOf[group]!;
    const others = [...foreign[group]!.values()].sort((a, b) => a.fn - b.fn);
    const all = [...own, ...others];
    await writeParquet(output(`${name}.parquet`), queryColumns, {
      fn: all.map(({ fn }) => fn),
      query: all.map(({ query }) => query),
      foreign: all.map((_, i) => (i < own.length ? 0 : 1)),
      id: all.map(({ id }) => id),
      docstring: all.map(({ query }) => texts[query]!),
      record: [...own.map(() => null), ...others.map((one) => wanted[one.group]!.get(one.id)!)],
    });
  }
  const summary: QueriesSummary = {
    docstrings: texts.length,
    functions,
    sizes: rowsOf.map((rows) => rows.length),
  };
  return { rows: functions, summary: { ...summary } };
};
