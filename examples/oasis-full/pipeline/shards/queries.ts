import type { ShardFunction } from '../../engine/shard-function.js';
import { sqlText, withDuckDb } from '../../store/duckdb.js';
import { readParquetParts, type Schema, writeParquet } from '../../store/parquet-table.js';
import { queryColumns } from './group.js';

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

const textColumns = { id: 'text', docstring: 'text' } as const satisfies Schema;

type Row = [fn: number, query: number, id: string, record: string | null];

/** Functions that ask, and what they ask as a digest: texts stay on disk. */
const FOUND = 'CREATE TEMP TABLE found (grp UINTEGER, place UINTEGER, id VARCHAR, digest UHUGEINT)';

/** Functions are numbered in their order, docstrings in the order of their first appearance. */
const NUMBERED = `
  CREATE TEMP TABLE asking AS
  SELECT grp, (row_number() OVER (ORDER BY place) - 1)::UINTEGER AS fn, query, shared, id
  FROM found JOIN (
    SELECT digest, (row_number() OVER (ORDER BY first) - 1)::UINTEGER AS query, shared
    FROM (SELECT digest, min(place) AS first, min(grp) <> max(grp) AS shared FROM found GROUP BY digest)
  ) USING (digest)
  ORDER BY grp, place`;

/**
 * Functions of other groups, the first ones, that a label is held against: some docstrings ("Constructor.") stand in every
 * group, and each group would read all their functions.
 */
export const SHARED_POSITIVES = 32;

const SHARED = `
  CREATE TEMP TABLE shared AS SELECT grp, fn, query, id FROM asking WHERE shared
  QUALIFY row_number() OVER (PARTITION BY query ORDER BY fn) <= ${SHARED_POSITIVES}`;

/** What a group must know of the others: the functions that ask what one of its own asks too. */
const foreignTo = (group: number): string => `
  SELECT fn, query, id, record FROM shared JOIN records USING (id)
  WHERE grp <> ${group} AND query IN (SELECT query FROM asking WHERE grp = ${group} AND shared)
  ORDER BY fn`;

export interface QueriesKind {
  readonly options: QueriesOptions;
  readonly how: null;
  readonly summary: QueriesSummary;
}

/**
 * Waits for all docstrings and numbers what asks and what is asked. A database that spills to disk does it, so that
 * memory does not grow with the number of functions.
 */
export const queriesShard: ShardFunction<QueriesKind> = ({ task, path, output, progress }) =>
  withDuckDb(async (connection) => {
    const { groups } = task.options;
    const members = task.inputs.slice(0, groups.length).map((input) => path(input.path));
    const docstrings = task.inputs.slice(groups.length).map((input) => path(input.path));
    const total = 2 * groups.length;
    await connection.run(FOUND);
    for (const [group, file] of docstrings.entries()) {
      await connection.run(
        `INSERT INTO found SELECT ${group}, place, id, md5_number(docstring) ` +
          `FROM read_parquet(${sqlText(file)}) AS d JOIN read_parquet(${sqlText(members[group]!)}) AS m USING (id) ` +
          'WHERE docstring IS NOT NULL',
      );
      progress(group + 1, total, 'docstrings numbered');
    }
    await connection.run(NUMBERED);
    await connection.run('DROP TABLE found');
    await connection.run(SHARED);
    await connection.run('CREATE TEMP TABLE records (id VARCHAR, record VARCHAR)');
    for (const [group, file] of members.entries())
      await connection.run(
        `INSERT INTO records SELECT id, record FROM read_parquet(${sqlText(file)}) ` +
          `WHERE id IN (SELECT id FROM shared WHERE grp = ${group})`,
      );

    const sizes: number[] = [];
    for (const [group, name] of groups.entries()) {
      const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
      const own = (await read(
        `SELECT fn, query, id, NULL FROM asking WHERE grp = ${group} ORDER BY fn`,
      )) as Row[];
      const foreign = (await read(foreignTo(group))) as Row[];
      const textOfId = new Map<string, string>();
      for await (const part of readParquetParts(docstrings[group]!, textColumns))
        for (let i = 0; i < part.id.length; i++) textOfId.set(part.id[i]!, part.docstring[i]!);
      const textOf = new Map(own.map(([, query, id]) => [query, textOfId.get(id)!]));
      const rows = [...own, ...foreign];
      await writeParquet(output(`${name}.parquet`), queryColumns, {
        fn: rows.map(([fn]) => fn),
        query: rows.map(([, query]) => query),
        foreign: rows.map((_, i) => (i < own.length ? 0 : 1)),
        id: rows.map(([, , id]) => id),
        docstring: rows.map(([, query]) => textOf.get(query)!),
        record: rows.map(([, , , record]) => record),
      });
      sizes.push(own.length);
      progress(groups.length + group + 1, total, 'docstrings numbered');
    }
    const [[distinct]] = (
      await connection.runAndReadAll('SELECT count(DISTINCT query)::DOUBLE FROM asking')
    ).getRowsJS() as [[number]];
    for (const table of ['asking', 'shared', 'records']) await connection.run(`DROP TABLE ${table}`);
    const functions = sizes.reduce((sum, size) => sum + size, 0);
    const summary: QueriesSummary = { docstrings: distinct, functions, sizes };
    return { rows: functions, summary };
  });
