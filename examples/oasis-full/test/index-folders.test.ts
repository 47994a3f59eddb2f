import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IndexFoldersOptions, indexFolders } from '../search/index-folders.js';
import { openSearchIndex } from '../search/search-index.js';
import { sourceFolders } from '../search/source-folders.js';
import { drafted, writeSearchRun } from './support/search-run.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-index-'));
const root = join(scratch, 'app');
const write = (path: string, text: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const out = join(scratch, 'index');
const index = (options: Partial<IndexFoldersOptions> = {}) =>
  indexFolders(sourceFolders([root]), {
    out,
    model: null,
    includeTests: false,
    exclude: [],
    maxFileBytes: 1 << 20,
    ...options,
  });
const found = async (question: string, place = out) => {
  const opened = await openSearchIndex(place);
  const hits = await opened.search(question, { top: 10 });
  await opened.close();
  return hits;
};
const names = async (question: string, place = out) =>
  (await found(question, place)).map(({ fn }) => fn.qualifiedName);

beforeAll(async () => {
  write(
    'src/router.js',
    'export class Router {\n  match(path) { return find(path); }\n}\nexport const LIMIT = 3;\n',
  );
  write('src/short.js', '// 短い\nconst on = () => 1;\n');
  write(
    'src/copy.js',
    'export function deepCopy(value) {\n  const copy = new Map();\n  copy.set(value, clone(value));\n  return copy;\n}\n',
  );
  write(
    'lib/copy.js',
    'export function deepCopy(value) {\n  const copy = new Map();\n  copy.set(value, clone(value));\n  return copy;\n}\n',
  );
  write('src/tree.lua', 'function insert_node(tree)\n    tree.push()\nend\n');
  write('test/router.test.js', 'test("router", () => {});\nfunction helperOfTests() {}\n');
  write('vendored/big.js', 'function vendoredThing() {}\n');
  write('made/code.js', 'function generatedThing() {}\n');
  write('.oasisignore', 'vendored/\n');
  write('.gitattributes', 'made/** linguist-generated\n');
  write('data.json', '{"insert_node": 1}');
  await index();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('an index without training', () => {
  it('holds functions of any length, types, constants, and languages without a grammar', async () => {
    expect((await names('Router'))[0]).toBe('Router');
    expect((await names('Router.match'))[0]).toBe('Router.match');
    expect((await names('LIMIT'))[0]).toBe('LIMIT');
    expect((await names('on'))[0]).toBe('on');
    expect((await names('insert a node'))[0]).toBe('insert_node');
  });

  it('leaves out tests and what is ignored, and counts it by reason', async () => {
    const { manifest } = await index();
    expect(manifest.leftOut).toMatchObject({ test: 1, excluded: 2 });
    for (const name of ['helperOfTests', 'vendoredThing', 'generatedThing'])
      expect(await names(name)).not.toContain(name);
    const all = join(scratch, 'with-tests');
    await index({ out: all, includeTests: true });
    expect((await names('helperOfTests', all))[0]).toBe('helperOfTests');
  });

  it('folds near-duplicates under one result that says where', async () => {
    const copies = (await found('deepCopy')).filter(({ fn }) => fn.qualifiedName === 'deepCopy');
    expect(copies.map(({ fn }) => [fn.path, fn.duplicates])).toEqual([
      ['lib/copy.js', [{ repository: 'app', path: 'src/copy.js', startLine: 1 }]],
    ]);
  });

  it('says that a file has changed or is gone, until it is made again, and parses only what changed', async () => {
    write('src/tree.lua', 'function insert_node(tree)\n    tree.push()\nend\nfunction drop_node()\nend\n');
    utimesSync(join(root, 'src/tree.lua'), 1, 1);
    rmSync(join(root, 'src/short.js'));
    expect((await found('insert_node'))[0]).toMatchObject({ changed: true });
    expect((await found('on'))[0]).toMatchObject({ changed: true, file: null });
    expect((await found('Router'))[0]).toMatchObject({ changed: false });
    write('src/router.js', 'export class Router {\n  matchAll(path) { return find(path); }\n}\n');
    const { parsed } = await index();
    expect(parsed).toBe(1);
    expect((await found('drop_node'))[0]!.changed).toBe(false);
    expect((await names('matchAll'))[0]).toBe('Router.matchAll');
    expect(await names('on')).not.toContain('on');
  });

  it('joins the vectors of a run’s model, and keeps those of texts that did not change', async () => {
    const run = join(scratch, 'run');
    await writeSearchRun(
      run,
      drafted([{ qualifiedName: 'route', source: 'function route(path) { return match(path); }' }]),
    );
    const place = join(scratch, 'dense');
    const { manifest } = await index({ out: place, model: run });
    expect(manifest).toMatchObject({ dimensions: 64, modelFolder: join(run, 'model') });
    const [first] = await found('match a path', place);
    expect(first!.evidence.cosine).not.toBeNull();
    const again = await index({ out: place, model: run });
    expect(again.manifest.functions).toBe(manifest.functions);
    expect((await found('match a path', place))[0]).toEqual(first);
  });

  it('says before it reads anything that a folder holds no model, or updates alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oasis-no-model-'));
    try {
      const making = () => index({ out: join(folder, 'index'), model: folder });
      await expect(making()).rejects.toThrow(
        /expected the folder of a model or of a run, received .*neither config\.json/,
      );
      writeFileSync(join(folder, 'adapter_config.json'), '{}');
      await expect(making()).rejects.toThrow(/holds low-rank updates alone/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('works for one file, a folder of repositories, the same folder twice, two of one name', async () => {
    const many = join(scratch, 'many');
    for (const name of ['one/app', 'two/app']) {
      cpSync(join(root, 'lib'), join(many, name), { recursive: true });
      mkdirSync(join(many, name, '.git'), { recursive: true });
    }
    const named = (paths: readonly string[]) => sourceFolders(paths).map(({ name }) => name);
    expect(named([root, join(root, '.')])).toEqual(['app']);
    expect(named([join(many, 'one'), join(many, 'two')])).toEqual(['one/app', 'two/app']);
    expect(named([join(many, 'one')])).toEqual(['app']);
    expect(() => sourceFolders([join(scratch, 'https:/example.com/a/b.git')])).toThrow(
      /expected a folder, received an address: git clone --depth 1 https:\/\/example\.com\/a\/b\.git first/,
    );
    expect(() => sourceFolders([join(scratch, 'nowhere')])).toThrow(
      /received .*nowhere, which does not exist/,
    );
    const single = join(scratch, 'single');
    await indexFolders(sourceFolders([join(root, 'lib/copy.js')]), {
      out: single,
      model: null,
      includeTests: false,
      exclude: [],
      maxFileBytes: 1 << 20,
    });
    expect(await names('deepCopy', single)).toEqual(['deepCopy']);
  });
});
