import { readJsonLines, writeJsonLines } from './json-lines.js';
import { type ColumnType, readParquetParts, type Schema, writeParquet } from './parquet-table.js';

/** A row of a table as an object. */
export type Row<S extends Schema> = {
  -readonly [Name in keyof S]: S[Name] extends 'text' ? string | null : number;
};

/** The rows of a table, or of several as one, sorted by a column where one is named. */
export async function* parquetRows<S extends Schema>(
  paths: string | readonly string[],
  schema: S,
  orderBy?: keyof S & string,
): AsyncGenerator<Row<S>> {
  const names = Object.keys(schema);
  const order = orderBy === undefined ? {} : { orderBy };
  for await (const part of readParquetParts(paths, schema, order)) {
    const rows = part[names[0]!]!.length;
    for (let i = 0; i < rows; i++)
      yield Object.fromEntries(names.map((name) => [name, part[name]![i]])) as Row<S>;
  }
}

/** Writes a table as JSONL, its columns in their order. Returns the SHA-256 of the file. */
export const exportJsonLines = <S extends Schema>(
  paths: string | readonly string[],
  schema: S,
  to: string,
  orderBy?: keyof S & string,
): Promise<string> => writeJsonLines(to, parquetRows(paths, schema, orderBy));

const check = (value: unknown, type: ColumnType, place: string): string | number | null => {
  if (type === 'text') {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return value;
  } else if (typeof value === 'number') {
    const whole = type === 'uint8' ? 2 ** 8 : type === 'uint32' ? 2 ** 32 : 0;
    if (whole === 0 || (Number.isInteger(value) && value >= 0 && value < whole)) return value;
  } else if (type === 'uint8' && typeof value === 'boolean') return value ? 1 : 0;
  throw new TypeError(`${place} must be ${type}, received ${JSON.stringify(value) ?? 'nothing'}`);
};

/**
 * Reads JSONL into a table; columns that the schema does not name are left out.
 *
 * @throws TypeError that names file, row and column of a value of another type.
 */
export const importJsonLines = async <S extends Schema>(
  from: string,
  schema: S,
  to: string,
): Promise<number> => {
  const columns: Record<string, (string | number | null)[]> = Object.fromEntries(
    Object.keys(schema).map((name) => [name, []]),
  );
  let row = 0;
  for await (const value of readJsonLines<Record<string, unknown>>(from)) {
    row++;
    for (const [name, type] of Object.entries(schema))
      columns[name]!.push(check(value[name], type, `${from}: row ${row}: ${name}`));
  }
  return writeParquet(to, schema, columns as never);
};
