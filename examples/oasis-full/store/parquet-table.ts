import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { commitFile } from './commit-file.js';
import { openDuckDb, sqlName, sqlText, withDuckDb } from './duckdb.js';
import { asStoreError } from './store-error.js';

export type ColumnType = 'text' | 'float32' | 'float64' | 'uint32' | 'uint8';

/** Columns of a table by name, in their order. */
export type Schema = Readonly<Record<string, ColumnType>>;

type ColumnValue<Type extends ColumnType> = Type extends 'text' ? string | null : number;

/** A table held as one list a column. */
export type Columns<S extends Schema> = { readonly [Name in keyof S]: ArrayLike<ColumnValue<S[Name]>> };

/** The same as it is read: numbers in typed arrays. */
export type ReadColumns<S extends Schema> = {
  readonly [Name in keyof S]: S[Name] extends 'text'
    ? (string | null)[]
    : S[Name] extends 'float32'
      ? Float32Array
      : S[Name] extends 'float64'
        ? Float64Array
        : S[Name] extends 'uint32'
          ? Uint32Array
          : Uint8Array;
};

const TYPES: Readonly<Record<ColumnType, { readonly duckdb: DuckDBType; readonly sql: string }>> = {
  text: { duckdb: VARCHAR, sql: 'VARCHAR' },
  float32: { duckdb: FLOAT, sql: 'FLOAT' },
  float64: { duckdb: DOUBLE, sql: 'DOUBLE' },
  uint32: { duckdb: UINTEGER, sql: 'UINTEGER' },
  uint8: { duckdb: UTINYINT, sql: 'UTINYINT' },
};

/** Rows that DuckDB takes and gives at a time. */
const CHUNK = 2048;

const rowsOf = <S extends Schema>(schema: S, columns: Columns<S>): number => {
  const [first, ...rest] = Object.keys(schema);
  if (first === undefined) throw new RangeError('schema must name at least one column, received none');
  const rows = columns[first]!.length;
  for (const name of rest) {
    const { length } = columns[name]!;
    if (length !== rows)
      throw new RangeError(`columns.${name} must have ${rows} values as ${first} has, received ${length}`);
  }
  return rows;
};

/**
 * Writes a table as Parquet (zstd), whole or not at all. Equal rows give equal bytes, on any machine with the same
 * version of DuckDB.
 *
 * @returns The count of rows.
 * @throws RangeError where columns differ in length; StoreError where the disk refuses.
 */
export const writeParquet = async <S extends Schema>(
  path: string,
  schema: S,
  columns: Columns<S>,
): Promise<number> => {
  const rows = rowsOf(schema, columns);
  const names = Object.keys(schema);
  const types = names.map((name) => TYPES[schema[name]!].duckdb);
  await commitFile(path, (temporary) =>
    withDuckDb(async (connection) => {
      const declared = names.map((name) => `${sqlName(name)} ${TYPES[schema[name]!].sql}`).join(', ');
      await connection.run(`CREATE OR REPLACE TEMP TABLE shard (${declared})`);
      const appender = await connection.createAppender('shard');
      for (let start = 0; start < rows; start += CHUNK) {
        const count = Math.min(CHUNK, rows - start);
        const chunk = DuckDBDataChunk.create(types, count);
        names.forEach((name, column) => {
          const values = columns[name]! as ArrayLike<DuckDBValue>;
          const vector = chunk.getColumnVector(column);
          for (let i = 0; i < count; i++) vector.setItem(i, values[start + i]!);
          vector.flush();
        });
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
      await connection.run(
        `COPY shard TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
      );
      await connection.run('DROP TABLE shard');
    }),
  );
  return rows;
};

export interface ReadOptions {
  /** A condition in SQL. */
  readonly where?: string;
  /** A column that orders the rows; as stored where left out. */
  readonly orderBy?: string;
}

/** Streams a table, or several as one, in parts of about two thousand rows. Absent columns are an error. */
export async function* readParquetParts<S extends Schema>(
  paths: string | readonly string[],
  schema: S,
  { where, orderBy }: ReadOptions = {},
): AsyncGenerator<ReadColumns<S>> {
  const files = typeof paths === 'string' ? [paths] : paths;
  if (files.length === 0) return;
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const order = orderBy === undefined ? '' : ` ORDER BY ${sqlName(orderBy)}`;
  const sql = `SELECT * FROM read_parquet([${files.map(sqlText).join(', ')}])${condition}${order}`;
  // A generator may be left half-way: the connection is closed all the same.
  const connection = await openDuckDb();
  try {
    yield* streamQuery(connection, sql, schema);
  } catch (error) {
    throw asStoreError(error, files[0]!);
  } finally {
    connection.closeSync();
  }
}

/** Streams the answer to a query, the columns that the schema names, in parts of about two thousand rows. */
export async function* streamQuery<S extends Schema>(
  connection: DuckDBConnection,
  sql: string,
  schema: S,
): AsyncGenerator<ReadColumns<S>> {
  const names = Object.keys(schema);
  const selected = names.map((name) => `${sqlName(name)}::${TYPES[schema[name]!].sql}`).join(', ');
  const result = await connection.stream(`SELECT ${selected} FROM (${sql})`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield Object.fromEntries(
      names.map((name, column) => {
        const values = emptyColumn(schema[name]!, chunk.rowCount);
        const vector = chunk.getColumnVector(column);
        for (let i = 0; i < chunk.rowCount; i++) values[i] = vector.getItem(i) as never;
        return [name, values];
      }),
    ) as ReadColumns<S>;
  }
}

const emptyColumn = (
  type: ColumnType,
  rows: number,
): (string | null)[] | Float32Array | Float64Array | Uint32Array | Uint8Array => {
  switch (type) {
    case 'text':
      return new Array<string | null>(rows).fill(null);
    case 'float32':
      return new Float32Array(rows);
    case 'float64':
      return new Float64Array(rows);
    case 'uint32':
      return new Uint32Array(rows);
    case 'uint8':
      return new Uint8Array(rows);
  }
};

/** Reads a whole table, or several as one. */
export const readParquet = async <S extends Schema>(
  paths: string | readonly string[],
  schema: S,
): Promise<ReadColumns<S>> => {
  const parts: ReadColumns<S>[] = [];
  for await (const part of readParquetParts(paths, schema)) parts.push(part);
  const names = Object.keys(schema);
  const [first] = names;
  const rows = parts.reduce((sum, part) => sum + part[first!]!.length, 0);
  return Object.fromEntries(
    names.map((name) => {
      const whole = emptyColumn(schema[name]!, rows);
      let at = 0;
      for (const part of parts) {
        const values = part[name]!;
        if (Array.isArray(whole)) for (let i = 0; i < values.length; i++) whole[at + i] = values[i] as string;
        else whole.set(values as ArrayLike<number>, at);
        at += values.length;
      }
      return [name, whole];
    }),
  ) as ReadColumns<S>;
};
