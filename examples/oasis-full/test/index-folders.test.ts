import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IndexFoldersOptions, indexFolders } from '../search/index-folders.js';
import { openSearchIndex } from '../search/search-index.js';
import { sourceFolders } from '../search/source-folders.js';
import { createRunFolder } from '../store/run-folder.js';
import { lockFolder } from '../store/run-lock.js';
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

  it('is left as it is where nothing has changed, and only there', async () => {
    const folder = join(scratch, 'steady');
    const place = join(scratch, 'steady-index');
    const put = (path: string, text: string) => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const make = (options: Partial<IndexFoldersOptions> = {}) =>
      indexFolders(sourceFolders([folder]), {
        out: place,
        model: null,
        includeTests: false,
        exclude: [],
        maxFileBytes: 1 << 20,
        ...options,
      });
    /** Whether making it again wrote anything. */
    const written = async (options: Partial<IndexFoldersOptions> = {}) => {
      const at = () => statSync(createRunFolder(place).path('indexFunctions')).mtimeMs;
      const before = at();
      // A file that changes within a tick of the reading may have changed during it.
      await new Promise((resolve) => setTimeout(resolve, 60));
      await make(options);
      return at() !== before;
    };
    put('a.js', 'export const one = () => 1;\n');
    const keepTime = () => utimesSync(join(folder, 'a.js'), 1e9, 1e9);
    keepTime();
    put('skipped/b.js', 'export const two = () => 2;\n');
    put('.gitignore', 'skipped/\n');
    put('lib/notes.txt', 'no code\n');
    await new Promise((resolve) => setTimeout(resolve, 60));
    await make();
    expect(await written()).toBe(false);
    put('skipped/b.js', 'export const other = () => 3;\n');
    expect(await written()).toBe(false);
    put('a.js', 'export const six = () => 6;\n');
    keepTime();
    expect(await written()).toBe(true);
    expect((await names('six', place))[0]).toBe('six');
    put('lib/new/c.js', 'export const three = () => 3;\n');
    expect(await written()).toBe(true);
    put('.gitignore', '');
    expect(await written()).toBe(true);
    expect((await names('other', place))[0]).toBe('other');
    expect(await written()).toBe(false);
    expect(await written({ includeTests: true })).toBe(true);
    expect(await written({ includeTests: true })).toBe(false);
    truncateSync(createRunFolder(place).path('indexFunctions'), 10);
    expect(await written({ includeTests: true })).toBe(true);
    expect((await names('six', place))[0]).toBe('six');
  });

  it('takes a folder with code of its own as one, whatever repositories are in it', async () => {
    const folder = join(scratch, 'unpacked');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'main.js'), 'export const mainPart = () => 1;\n');
    // As in a submodule or a second work tree.
    writeFileSync(join(folder, 'sub/.git'), 'gitdir: ../.git/modules/sub\n');
    writeFileSync(join(folder, 'sub/part.js'), 'export const subPart = () => 1;\n');
    expect(sourceFolders([folder]).map(({ name }) => name)).toEqual(['unpacked']);
    const place = join(scratch, 'unpacked-index');
    const options = { out: place, model: null, includeTests: false, exclude: [], maxFileBytes: 1 << 20 };
    await indexFolders(sourceFolders([folder]), options);
    expect(await names('mainPart', place)).toContain('mainPart');
    expect(await names('subPart', place)).toContain('subPart');
    rmSync(join(folder, 'main.js'));
    expect(sourceFolders([folder]).map(({ name }) => name)).toEqual(['sub']);
    await indexFolders(sourceFolders([folder]), options);
    expect(await names('subPart', place)).toContain('subPart');
  });

  it('waits for whoever writes the same index, and finds its own files in it no change', async () => {
    const folder = join(scratch, 'shared');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.js'), 'export const shared = () => 1;\n');
    await new Promise((resolve) => setTimeout(resolve, 60));
    // Within what it is of.
    const place = join(folder, 'its-index');
    const options = { out: place, model: null, includeTests: false, exclude: [], maxFileBytes: 1 << 20 };
    const release = lockFolder(place, 'index');
    let isDone = false;
    const made = indexFolders(sourceFolders([folder]), options).then((done) => {
      isDone = true;
      return done;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isDone).toBe(false);
    release();
    expect((await made).unchanged).toBe(false);
    expect((await indexFolders(sourceFolders([folder]), options)).unchanged).toBe(true);
  });

  it('of one file does not walk through the folders beside it', async () => {
    const folder = join(scratch, 'home');
    mkdirSync(join(folder, 'photos'), { recursive: true });
    writeFileSync(join(folder, 'one[1].js'), 'export const single = () => 1;\n');
    writeFileSync(join(folder, 'one1.js'), 'export const another = () => 1;\n');
    writeFileSync(join(folder, 'photos/far.js'), 'export const far = () => 1;\n');
    const place = join(scratch, 'home-index');
    await new Promise((resolve) => setTimeout(resolve, 60));
    const { manifest } = await indexFolders(sourceFolders([join(folder, 'one[1].js')]), {
      out: place,
      model: null,
      includeTests: false,
      exclude: [],
      maxFileBytes: 1 << 20,
    });
    expect(manifest.leftOut).toEqual({});
    expect(manifest.madeOf!.skipped).toEqual([['photos/']]);
    expect(await names('single', place)).toEqual(['single']);
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
