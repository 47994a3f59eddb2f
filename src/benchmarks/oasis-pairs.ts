import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  flagField,
  type JsonRow,
  MissingDataError,
  numberField,
  readJsonLines,
  stringField,
} from './files/json-lines.js';
import { readParquetRows } from './files/parquet-rows.js';

/** One row of the released training data. */
export interface OasisPair {
  /** The docstring, the query; column `poss_docstring`. */
  readonly docstring: string;
  /** The code without comments; column `snippet_wo_comment`. */
  readonly code: string;
  /** In [−1, 1]; column `similarity`. */
  readonly similarity: number;
  /** Column `lang`. */
  readonly language: string;
  /** Whether the docstring was written for the code; column `is_gt`. */
  readonly positive: boolean;
}

const COLUMNS = ['poss_docstring', 'snippet_wo_comment', 'similarity', 'lang', 'is_gt'] as const;

const FORMS = ['.parquet', '.jsonl', '.jsonl.gz'];

/** The file, or those of a folder in the order of their names. */
const filesAt = async (path: string): Promise<string[]> => {
  const advice =
    `Get OASIS-53M-dataset, as Parquet or as JSON Lines with the columns ${COLUMNS.slice(0, -1).join(', ')} and ` +
    `${COLUMNS.at(-1)}, and put it there: one file, or a folder of them.`;
  const found = await stat(path).catch(() => null);
  if (found === null) throw new MissingDataError(`${path} is missing. ${advice}`);
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => FORMS.some((end) => name.endsWith(end)));
  if (names.length === 0) {
    throw new MissingDataError(`${path} holds no ${FORMS.join(', ')} file. ${advice}`);
  }
  return names.sort().map((name) => join(path, name));
};

const asPair = (row: JsonRow): OasisPair => {
  const similarity = numberField(row, 'similarity');
  if (similarity < -1.000001 || similarity > 1.000001) {
    throw new SyntaxError(`${row.place}: similarity must be in [-1, 1], received ${similarity}`);
  }
  return {
    docstring: stringField(row, 'poss_docstring'),
    code: stringField(row, 'snippet_wo_comment'),
    similarity,
    language: stringField(row, 'lang'),
    positive: flagField(row, 'is_gt'),
  };
};

/**
 * The rows of training pairs in the columns that OASIS released, one at a time.
 *
 * Columns `poss_docstring`, `snippet_wo_comment`, `similarity`, `lang`, `is_gt`; others are ignored. A file is JSON
 * Lines, unpacked where its name ends in `.gz`, or Parquet, for which the package `@duckdb/node-api` must be installed.
 * Of a folder, all such files are read in the order of their names. Constant memory at any size;
 * `collectOasisPairs` makes of the rows what `trainOasis` takes.
 *
 * @param path A file or a folder.
 * @throws MissingDataError when there is no such file: what to get and where to put it.
 * @throws SyntaxError with file and line number, or row number, for a row that is malformed.
 *
 * @example
 * ```ts
 * import { readOasisPairs } from 'oasis-embed/benchmarks';
 * try {
 *   for await (const { docstring, similarity } of readOasisPairs('data/oasis-53m')) {
 *     console.log(similarity, docstring);
 *   }
 * } catch (error) {
 *   console.log((error as Error).message); // data/oasis-53m is missing. Get …
 * }
 * ```
 */
export async function* readOasisPairs(path: string): AsyncGenerator<OasisPair> {
  for (const file of await filesAt(path)) {
    const rows = file.endsWith('.parquet') ? readParquetRows(file, COLUMNS) : readJsonLines(file);
    for await (const row of rows) yield asPair(row);
  }
}
