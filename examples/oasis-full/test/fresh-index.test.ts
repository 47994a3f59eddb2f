import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFreshIndex } from '../search/fresh-index.js';
import { indexFolders } from '../search/index-folders.js';
import { sourceFolders } from '../search/source-folders.js';
import { createRunFolder } from '../store/run-folder.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-fresh-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const root = join(scratch, 'app');
const out = join(scratch, 'index');
const make = async (names: readonly string[]) => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  for (const name of names)
    writeFileSync(
      join(root, `${name}.js`),
      `export function ${name}(list) {\n  return list.map(${name});\n}\n`,
    );
  await indexFolders(sourceFolders([root]), {
    out,
    model: null,
    includeTests: false,
    exclude: [],
    maxFileBytes: 1 << 20,
  });
};

describe('an index that is kept fresh', () => {
  it('answers from the newest, and lets questions that are at an earlier one finish', async () => {
    await make(['alpha', 'beta']);
    const index = await openFreshIndex(out);
    const namesOf = async (question: string) =>
      (await index.search(question, { top: 5 })).map(({ fn }) => fn.qualifiedName);
    expect(await namesOf('beta')).toEqual(['beta']);
    await make(['alpha', 'gamma', 'delta']);
    // The first opens the newer index; what is asked meanwhile must not read files that are closed.
    const answers = await Promise.all(Array.from({ length: 30 }, () => namesOf('gamma')));
    expect(new Set(answers.map(String))).toEqual(new Set(['gamma']));
    const many = Array.from({ length: 30 }, () => index.functions([0, 1, 2]));
    await make(['omega', 'gamma', 'delta', 'sigma']);
    const later = namesOf('omega');
    expect((await Promise.all(many)).map((fns) => fns.length)).toEqual(Array(30).fill(3));
    expect(await later).toEqual(['omega']);
    expect(index.size).toBe(4);
    await index.close();
  });

  it('goes on answering while the newer one cannot be opened', async () => {
    await make(['alpha']);
    const index = await openFreshIndex(out);
    writeFileSync(createRunFolder(out).path('indexManifest'), '{"format":');
    expect((await index.search('alpha', { top: 1 }))[0]!.fn.qualifiedName).toBe('alpha');
    rmSync(createRunFolder(out).path('indexManifest'));
    expect((await index.search('alpha', { top: 1 }))[0]!.fn.qualifiedName).toBe('alpha');
    await make(['beta']);
    expect((await index.search('beta', { top: 1 }))[0]!.fn.qualifiedName).toBe('beta');
    await index.close();
  });
});
