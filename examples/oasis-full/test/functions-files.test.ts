import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeFunction } from 'oasis-embed/corpus';
import { afterAll, describe, expect, it } from 'vitest';
import { functionColumns } from '../pipeline/shards/extract.js';
import { importShard } from '../pipeline/shards/import.js';
import { readParquet } from '../store/parquet-table.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-functions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const fileOf = (name: string, rows: readonly unknown[]): string => {
  const path = join(scratch, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
};

/** What the shard makes of a file. */
const imported = async (path: string) => {
  const outputs: string[] = [];
  const folder = mkdtempSync(join(scratch, 'shard-'));
  const options = { name: 'rows', path, version: '1' };
  const task = { kind: 'import', stage: 'import', shard: 'rows', key: 'k', inputs: [], options, how: null };
  const result = await importShard({
    task,
    root: folder,
    path: (relative) => join(folder, relative),
    output(name) {
      outputs.push(join(folder, name));
      return join(folder, name);
    },
    progress: () => {},
    line: () => {},
  });
  const { record, drop } = await readParquet(outputs, functionColumns);
  return { result, drop, functions: record.map((row) => JSON.parse(row!) as CodeFunction) };
};

describe('a file of functions', () => {
  it('is read in the columns of CodeSearchNet, of the released dataset and of this project', async () => {
    const { functions, drop } = await imported(
      fileOf('forms.jsonl', [
        {
          repository_name: 'psf/requests',
          func_path_in_repository: 'api.py',
          func_name: 'Session.get',
          language: 'python',
          func_code_string:
            'def get(self, url):\n    """Sends a request."""\n    # by hand\n    return self.send(url)',
          func_documentation_string: 'Sends a request to the given address.',
        },
        {
          poss_docstring: 'Adds two numbers.',
          snippet_wo_comment: 'int add(int a, int b) { return a + b; }',
          lang: 'C',
        },
        {
          repository: 'o/r',
          path: 'a.php',
          name: 'hi',
          language: 'php',
          code: 'function hi($x) { // greets\n  return "// " . $x;\n}',
        },
      ]),
    );
    expect(functions.map(({ code }) => code)).toEqual([
      'def get(self, url):\n    return self.send(url)',
      'int add(int a, int b) { return a + b; }',
      'function hi($x) {\n  return "// " . $x;\n}',
    ]);
    expect(functions[0]).toMatchObject({
      repository: 'psf/requests',
      path: 'api.py',
      name: 'get',
      qualifiedName: 'Session.get',
      doc: 'Sends a request to the given address.',
    });
    expect(functions[1]).toMatchObject({ language: 'c', doc: 'Adds two numbers.', repository: '' });
    expect(new Set(functions.map(({ id }) => id)).size).toBe(3);
    // A function without a doc is searched, not trained on.
    expect(drop[2]).toBe('no-docstring');
  });

  it('is refused with file, row and field where a row is wrong', async () => {
    const rowWith = (row: unknown) =>
      imported(fileOf('wrong.jsonl', [{ language: 'go', code: 'func a() {}' }, row]));
    await expect(rowWith({ code: 'x' })).rejects.toThrow(
      /wrong\.jsonl: row 2: a row must have language or lang, received code/,
    );
    await expect(rowWith({ language: 'cobol', code: 'x' })).rejects.toThrow(
      /row 2: language must be one of .*python.*, received cobol/,
    );
    await expect(rowWith({ language: 'go', code: 7 })).rejects.toThrow(
      /row 2: code must be a string, received 7/,
    );
    await expect(rowWith([1])).rejects.toThrow(/row 2: expected an object, received \[1\]/);
    writeFileSync(join(scratch, 'wrong.jsonl'), '{"language":"go","code":"func a() {}"}\n{"lang\n');
    await expect(imported(join(scratch, 'wrong.jsonl'))).rejects.toThrow(/wrong\.jsonl:2: not a JSON value/);
  });
});
