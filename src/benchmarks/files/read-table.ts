import { readLines } from '../../numerics/index.js';
import { asRecord, type JsonRow, readJsonLines } from './json-lines.js';
import { readParquetRows } from './parquet-rows.js';

/** What a table's file is, by its name without `.gz` and `.zst`. */
export type TableForm = 'parquet' | 'json-lines' | 'json' | 'tsv';

const FORMS: Readonly<Record<string, TableForm>> = {
  parquet: 'parquet',
  jsonl: 'json-lines',
  ndjson: 'json-lines',
  json: 'json',
  tsv: 'tsv',
};

/** The form and the rest of a file's name; null for what is no table. */
export const parseTableName = (name: string): { readonly stem: string; readonly form: TableForm } | null => {
  const match = /^(.+)\.([a-z]+)$/.exec(name.replace(/\.(gz|zst)$/, ''));
  const form = match === null ? undefined : FORMS[match[2]!];
  return form === undefined ? null : { stem: match![1]!, form };
};

/** A JSON array, or JSON Lines under the name of JSON, as `datasets` writes it. */
async function* readJsonTable(path: string): AsyncGenerator<JsonRow> {
  let first = '';
  for await (const [, line] of readLines(path)) {
    first = line.trim();
    if (first !== '') break;
  }
  if (!first.startsWith('[')) {
    yield* readJsonLines(path);
    return;
  }
  for (const [i, value] of (await readJsonArray(path)).entries()) {
    const place = `${path}, item ${i + 1}`;
    yield { place, fields: asRecord(value, place) };
  }
}

/** @throws SyntaxError when the file is not one JSON array. */
const readJsonArray = async (path: string): Promise<readonly unknown[]> => {
  const rows = await readJsonFile(path);
  if (!Array.isArray(rows)) throw new SyntaxError(`${path}: expected a JSON array`);
  return rows;
};

/** @throws SyntaxError naming the file when it is not JSON. */
export const readJsonFile = async (path: string): Promise<unknown> => {
  const lines: string[] = [];
  for await (const [, line] of readLines(path)) lines.push(line);
  try {
    return JSON.parse(lines.join('\n'));
  } catch (error) {
    throw new SyntaxError(`${path}: not valid JSON: ${(error as Error).message}`);
  }
};

/** Columns by the names of the first line. */
async function* readTsv(path: string): AsyncGenerator<JsonRow> {
  let names: readonly string[] | null = null;
  for await (const [number, line] of readLines(path)) {
    if (line.trim() === '') continue;
    const values = line.split('\t');
    if (names === null) {
      names = values;
      continue;
    }
    const place = `${path}:${number}`;
    if (values.length !== names.length) {
      throw new SyntaxError(
        `${place}: expected ${names.length} tab-separated columns (${names.join(' ')}), received ${values.length}`,
      );
    }
    yield { place, fields: Object.fromEntries(names.map((name, i) => [name, values[i]!])) };
  }
}

/**
 * The rows of a table: Parquet, JSON Lines, a JSON array or tab-separated columns, by the file's name; all but Parquet
 * also packed by gzip or Zstandard.
 *
 * @param columns What is needed of each row; only Parquet reads less for it.
 * @throws SyntaxError with file and line, or row, for what is malformed.
 */
export async function* readTable(path: string, columns?: readonly string[]): AsyncGenerator<JsonRow> {
  switch (parseTableName(path)?.form) {
    case 'parquet':
      yield* readParquetRows(path, columns);
      return;
    case 'json':
      yield* readJsonTable(path);
      return;
    case 'tsv':
      yield* readTsv(path);
      return;
    default:
      yield* readJsonLines(path);
  }
}

/** The rows of a table that is spread over files, one after another. */
export async function* readTables(
  paths: readonly string[],
  columns?: readonly string[],
): AsyncGenerator<JsonRow> {
  for (const path of paths) yield* readTable(path, columns);
}
