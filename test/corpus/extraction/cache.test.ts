import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeRepository, createAnalysisCache } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const FILES = {
  'a.js': 'import { two } from "./b.js";\n/** Calls two. */\nexport function one() { two(); }',
  'b.js': 'export function two() { three(); }\nfunction three() {}',
  'lib/index.js': 'export default () => 1;',
  'c.py': 'class A:\n    def f(self):\n        self.g()\n    def g(self): pass',
};

describe('createAnalysisCache', () => {
  it('parses only what changed', async () => {
    const root = await folderOf(FILES);
    const cache = createAnalysisCache();
    const count = async () => {
      const before = [cache.hits, cache.misses] as const;
      await analyzeRepository(root, { cache });
      return [cache.hits - before[0], cache.misses - before[1]];
    };
    expect(await count()).toEqual([0, 4]);
    expect(await count()).toEqual([4, 0]);
    await writeFile(join(root, 'b.js'), 'export function two() {}');
    expect(await count()).toEqual([3, 1]);
    await rm(join(root, 'a.js'));
    expect(await count()).toEqual([3, 0]);
    await writeFile(join(root, 'a.js'), FILES['a.js']);
    await writeFile(join(root, 'b.js'), FILES['b.js']);
    expect(await count()).toEqual([4, 0]);
  });

  it('gives what an analysis without it gives, after every change', async () => {
    const root = await folderOf(FILES);
    const cache = createAnalysisCache();
    const changes: readonly (readonly [string, string | null])[] = [
      ['a.js', FILES['a.js']],
      ['b.js', `// Moved down.\n${FILES['b.js']}`],
      ['b.js', 'export function two() {}\nexport function two() {}'],
      ['b.js', null],
      ['d.js', 'export function two() {}'],
      ['b.js', 'export * from "./d.js";'],
      ['a.js', `\ufeff${FILES['a.js']}`],
      ['lib/other.js', FILES['lib/index.js']],
      ['c.ts', FILES['b.js']],
      ['c.py', 'def f('],
    ];
    for (const [path, content] of changes) {
      if (content === null) await rm(join(root, path));
      else await writeFile(join(root, path), content);
      expect(await analyzeRepository(root, { cache })).toEqual(await analyzeRepository(root));
    }
  });

  it('gives what an analysis without it gives, whatever files come, change and go', async () => {
    const names = fc.constantFrom('one', 'two', 'three');
    const classes = fc.constantFrom('A', 'B', 'C');
    const modules = fc.constantFrom('./a.js', './b.js', './lib/c.js', './none.js', '.');
    const functions = fc
      .tuple(names, names, fc.boolean())
      .map(([own, called, isExported]) =>
        isExported
          ? `/** Is ${own}. */\nexport function ${own}(x) { ${called}(); x.three(); }`
          : `const ${own} = () => ${called}(1);`,
      );
    const lines = fc.oneof(
      functions,
      fc.tuple(names, modules).map(([name, module]) => `import { ${name} } from '${module}';`),
      fc
        .tuple(names, modules)
        .map(([name, module]) => `import * as ${name} from '${module}'; ${name}.two();`),
      modules.map((module) => `export * from '${module}';`),
      fc.tuple(names, names, modules).map(([a, b, module]) => `export { ${a} as ${b} } from '${module}';`),
      fc
        .tuple(classes, classes, names, names)
        .map(
          ([own, above, f, g]) =>
            `export class ${own} extends ${above} { ${f}() { this.${g}(); super.${f}(); new ${above}().${g}(); } }`,
        ),
      fc.tuple(classes, modules).map(([name, module]) => `import { ${name} } from '${module}';`),
      names.map((name) => `it(() => ${name}());`),
    );
    const contents = fc.array(lines, { maxLength: 5 }).map((all) => all.join('\n'));
    const paths = fc.constantFrom('a.js', 'b.js', 'index.js', 'lib/c.js', 'test/d.test.js');
    const edits = fc.array(fc.tuple(paths, fc.option(contents, { freq: 8 })), {
      minLength: 4,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(edits, async (sequence) => {
        const root = await folderOf({
          'z.js': 'import { one } from "./b.js"; export function three() { one(); }',
        });
        const cache = createAnalysisCache();
        for (const [path, content] of sequence) {
          const file = join(root, path);
          await mkdir(dirname(file), { recursive: true });
          if (content === null) await rm(file, { force: true });
          else await writeFile(file, content);
          expect(await analyzeRepository(root, { cache })).toEqual(await analyzeRepository(root));
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 12) },
    );
  });

  it('resolves calls only in a changed file and in those that looked up what changed', async () => {
    const root = await folderOf({
      'stack.js': 'export class Stack { push() { this.grow(); } grow() {} }',
      'use.js':
        'import { Stack } from "./stack.js";\nexport function use() { const made = new Stack(); made.push(); }',
      'index.js': 'export * from "./stack.js";',
      'far.js':
        'import { Stack } from "./index.js";\nexport function far() { const made = new Stack(); made.grow(); }',
      'guess.js': 'export function guess(x) { x.pushAll(); }',
      'else.js': 'export function other() { helper(); }\nfunction helper() {}',
    });
    const cache = createAnalysisCache();
    const edit = async (path: string, content: string | null) => {
      if (content === null) await rm(join(root, path));
      else await writeFile(join(root, path), content);
      const before = cache.resolved;
      const { calls, functions } = await analyzeRepository(root, { cache });
      const names = new Map(functions.map(({ id, name }) => [id, name]));
      return {
        resolved: cache.resolved - before,
        edges: calls.map(({ caller, callee }) => `${names.get(caller)} ${names.get(callee)}`).sort(),
      };
    };
    const edges = ['far grow', 'other helper', 'push grow', 'use push'];
    expect(await edit('else.js', 'export function other() { helper(); }\nfunction helper() {}')).toEqual({
      resolved: 6,
      edges,
    });
    // Nothing, a line above, another body: no other file can tell.
    expect(
      await edit(
        'use.js',
        'import { Stack } from "./stack.js";\nexport function use() { const made = new Stack(); made.push(); }',
      ),
    ).toEqual({ resolved: 0, edges });
    expect(
      await edit('stack.js', '// Moved.\nexport class Stack { push() { this.grow(); } grow() { } }'),
    ).toEqual({ resolved: 1, edges });
    // A function in front moves the others: their callers need not be looked at.
    expect(
      await edit(
        'stack.js',
        'const first = () => 0;\nexport class Stack { push() { this.grow(); } grow() {} }',
      ),
    ).toEqual({ resolved: 1, edges });
    // The only method of a name that someone calls on who knows what.
    expect(
      await edit('stack.js', 'export class Stack { push() { this.grow(); } grow() {} pushAll() {} }'),
    ).toEqual({ resolved: 2, edges: [...edges, 'guess pushAll'].sort() });
    // A name more than one file looks up, one of them through a barrel.
    expect((await edit('stack.js', 'export class Stack { push() {} }')).edges).toEqual([
      'other helper',
      'use push',
    ]);
    expect((await edit('stack.js', null)).edges).toEqual(['other helper']);
    expect(await edit('stack.js', 'export class Stack { push() { this.grow(); } grow() {} }')).toEqual({
      resolved: 3,
      edges,
    });
  });

  it('tells apart files of one content by their paths', async () => {
    const cache = createAnalysisCache();
    const text = 'export default () => 1;';
    const root = await folderOf({ 'one.js': text, 'two.js': text, 'one.ts': text });
    const { functions } = await analyzeRepository(root, { cache, keepGenerated: true });
    expect(functions.map(({ name, language }) => [name, language])).toEqual([
      ['one', 'javascript'],
      ['one', 'typescript'],
      ['two', 'javascript'],
    ]);
  });

  it('lets the files unused for longest go', async () => {
    const text = (name: string) => `function ${name}() {}\n`.padEnd(100);
    const roots = await Promise.all(['a', 'b', 'c'].map((name) => folderOf({ [`${name}.js`]: text(name) })));
    const cache = createAnalysisCache({ maxBytes: 200 });
    for (const at of [0, 1, 0, 2]) await analyzeRepository(roots[at]!, { cache });
    expect([cache.files, cache.hits, cache.misses]).toEqual([2, 1, 3]);
    await analyzeRepository(roots[0]!, { cache });
    expect(cache.hits).toBe(2);
    await analyzeRepository(roots[1]!, { cache });
    expect(cache.misses).toBe(4);
    await analyzeRepository(await folderOf({ 'd.js': text('d').padEnd(300) }), { cache });
    expect([cache.files, cache.misses]).toEqual([2, 5]);
  });

  it('refuses a size that holds nothing', () => {
    expect(() => createAnalysisCache({ maxBytes: 0 })).toThrow('maxBytes must be positive, received 0');
  });
});

describe('a cache in a folder', () => {
  const read = async (root: string, folder: string) => {
    const cache = createAnalysisCache({ folder });
    const analysis = await analyzeRepository(root, { cache });
    return { analysis, found: [cache.hits, cache.misses] };
  };
  const filesIn = async (folder: string) =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();

  it('outlives the process that wrote it', async () => {
    const root = await folderOf({
      ...FILES,
      'wide.py': Buffer.from('\ufeffdef f():\n    "Größe."\n', 'utf16le'),
    });
    const folder = join(await folderOf({}), 'made');
    const fresh = await analyzeRepository(root);
    expect(await read(root, folder)).toEqual({ analysis: fresh, found: [0, 5] });
    expect(await read(root, folder)).toEqual({ analysis: fresh, found: [5, 0] });
    await writeFile(join(root, 'a.js'), 'export function changed() {}');
    expect((await read(root, folder)).found).toEqual([4, 1]);
  });

  it('serves several analyses at once', async () => {
    const root = await folderOf(FILES);
    const folder = await folderOf({});
    const analyses = await Promise.all(Array.from({ length: 4 }, () => read(root, folder)));
    const fresh = await analyzeRepository(root);
    for (const { analysis } of analyses) expect(analysis).toEqual(fresh);
    expect(await filesIn(folder)).toHaveLength(4);
  });

  it('leaves no file half written behind, and takes a damaged one for none', async () => {
    const root = await folderOf(FILES);
    const folder = await folderOf({});
    const fresh = (await read(root, folder)).analysis;
    const files = await filesIn(folder);
    expect(files).toHaveLength(4);
    const bytes = await readFile(files[0]!);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(files[0]!, bytes);
    await truncate(files[1]!, 50);
    await writeFile(files[2]!, '');
    expect(await read(root, folder)).toEqual({ analysis: fresh, found: [1, 3] });
    expect(await read(root, folder)).toEqual({ analysis: fresh, found: [4, 0] });
    expect(await filesIn(folder)).toEqual(files);
  });

  it('tells granularities and settings apart', async () => {
    const root = await folderOf({ 'a.js': `class A { f() {} }\n${'x=1;'.repeat(2000)}` });
    const cache = createAnalysisCache({ folder: await folderOf({}) });
    const names = async (options: object) => {
      const { functions, leftOut } = await analyzeRepository(root, { cache, ...options });
      return [...functions.map(({ name }) => name), ...leftOut.map(({ reason }) => reason)];
    };
    for (let time = 0; time < 2; time++) {
      expect(await names({})).toEqual(['minified']);
      expect(await names({ keepGenerated: true })).toEqual(['f']);
      expect(await names({ keepGenerated: true, granularity: 'class' })).toEqual(['A']);
      expect(await names({ keepGenerated: true, granularity: 'file' })).toEqual(['a.js']);
    }
    expect([cache.hits, cache.misses]).toEqual([4, 4]);
  });
});
