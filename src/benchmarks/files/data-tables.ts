import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MissingDataError } from './json-lines.js';
import { parseTableName, type TableForm } from './read-table.js';

/** A table of a folder: one file, or the files that it is spread over. */
export interface DataTable {
  /** Below the folder, with `/`: `corpus`, `python-qrels`; '' at the top. */
  readonly folder: string;
  /** The name without shard and ending: `test` of `test-00000-of-00002.parquet`. */
  readonly name: string;
  /** In the order of their names. */
  readonly files: readonly string[];
  /** How many files there should be. */
  readonly of: number;
}

/** `test-00000-of-00002`, and with the hash that older versions of `datasets` put behind it. */
const SHARD = /^(.+?)-\d{5}-of-(\d{5})(?:-[0-9a-f]{16})?$/;

/** Folders that no data set puts its tables in. */
const skipped = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

const filesBelow = async (folder: string, depth: number): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (skipped(entry.name)) return [];
      // In a hub's cache files are links.
      const isFolder = entry.isSymbolicLink()
        ? ((await stat(path).catch(() => null))?.isDirectory() ?? false)
        : entry.isDirectory();
      if (isFolder) return depth > 0 ? filesBelow(path, depth - 1) : [];
      return [path];
    }),
  );
  return found.flat();
};

/**
 * The files of a table.
 *
 * @throws MissingDataError when some are missing, as after a download that was interrupted.
 */
export const wholeTable = ({
  files,
  of,
  name,
}: Pick<DataTable, 'files' | 'of' | 'name'>): readonly string[] => {
  if (files.length === of) return files;
  throw new MissingDataError(
    `${dirname(files[0]!)}: ${name} must have ${of} files, received ${files.length}: download the rest`,
  );
};

/** The tables below a folder, up to three folders deep. */
export const dataTablesBelow = async (root: string): Promise<readonly DataTable[]> => {
  const forms = new Map<
    string,
    DataTable & { readonly form: TableForm; readonly files: string[]; of: number }
  >();
  for (const path of (await filesBelow(root, 3)).sort()) {
    const parsed = parseTableName(path.slice(dirname(path).length + 1));
    if (parsed === null) continue;
    const shard = SHARD.exec(parsed.stem);
    const name = shard?.[1] ?? parsed.stem;
    const folder = relative(root, dirname(path)).split(sep).join('/');
    const key = `${folder}/${name}.${parsed.form}`;
    const known = forms.get(key);
    if (known === undefined) {
      forms.set(key, { folder, name, form: parsed.form, files: [path], of: Number(shard?.[2] ?? 1) });
    } else if (shard !== null) known.files.push(path);
  }
  const tables = new Map<string, DataTable>();
  for (const { folder, name, form, files, of } of forms.values()) {
    // One table may lie there in two forms: Parquet is read.
    const key = `${folder}/${name}`;
    if (!tables.has(key) || form === 'parquet') tables.set(key, { folder, name, files, of });
  }
  return [...tables.values()];
};

/**
 * The files of the first of several tables that a folder has.
 *
 * @param names Such as `ruby/test`, without an ending.
 * @param advice What to get and from whom, a sentence.
 * @param shown The file that a message names.
 * @throws MissingDataError when there is none, or only a part of it.
 */
export const findDataTable = async (
  directory: string,
  names: readonly string[],
  advice: string,
  shown: string,
): Promise<readonly string[]> => {
  const tables = await dataTablesBelow(directory);
  for (const name of names) {
    const found = tables.find(
      (table) => (table.folder === '' ? table.name : `${table.folder}/${table.name}`) === name,
    );
    if (found !== undefined) return wholeTable(found);
  }
  throw new MissingDataError(`${join(directory, shown)} is missing. ${advice}`);
};
