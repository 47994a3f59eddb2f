import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportedFunctions } from '../../bench/code-to-code/exported-functions.js';
import { libraryPrograms } from '../../bench/code-to-code/library-programs.js';
import { maskProgram } from '../../bench/code-to-code/mask-program.js';
import { independentPrograms, renamedClones } from '../../bench/code-to-code/program-sets.js';

let folder: string;
const put = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};
/** Names and masked programs of an entry. */
const read = (entry: string) =>
  new Map(exportedFunctions(join(folder, entry)).map((fn) => [fn.name, maskProgram(fn)]));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'code-to-code-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('exportedFunctions', () => {
  it('follows exports through other files to their declarations', async () => {
    await put('a/index.js', "export { default as chunk } from './chunk.js';\nexport * from './more.js';");
    await put(
      'a/chunk.js',
      "import size from './size.js';\nfunction chunk(list) { return size(list); }\nexport default chunk;",
    );
    await put('a/size.js', 'export default (list) => list.length;');
    await put(
      'a/more.js',
      'const last = (list) => list.at(-1);\nexport { last };\nexport const VERSION = "1";',
    );
    const found = exportedFunctions(join(folder, 'a/index.js'));
    expect(found.map(({ name }) => name)).toEqual(['chunk', 'last']);
    expect(found[0]!.file).toBe(join(folder, 'a/chunk.js'));
  });

  it('reports a function of several names once, under its own', async () => {
    await put(
      'b/index.js',
      "export { default as head, default as first, default as take } from './first.js';",
    );
    await put('b/first.js', 'export default function first(list) { return list[0]; }');
    await put('b/alias.js', "import { first } from './index.js';\nexport const initial = first;\n");
    expect(exportedFunctions(join(folder, 'b/index.js')).map(({ name }) => name)).toEqual(['first']);
    expect(exportedFunctions(join(folder, 'b/alias.js'))).toEqual([]);
  });

  it('brings the private declarations that a function uses, not what is exported itself', async () => {
    await put(
      'c.js',
      [
        'const zero = () => 0;',
        'const unused = () => 1;',
        'function base(list) { return list.reduce((a, b) => a + b, zero()); }',
        'export const mean = (list) => sum(list) / list.length;',
        'export function sum(list) { return base(list); }',
      ].join('\n'),
    );
    const programs = read('c.js');
    expect(programs.get('mean')).toBe('const f = (list) => sum(list) / list.length;');
    expect(programs.get('sum')).toContain('const zero = () => 0;\nfunction base(list)');
    expect(programs.get('sum')).not.toContain('unused');
  });
});

describe('maskProgram', () => {
  it('leaves no word of the name in identifiers and strings, and no comment or import', async () => {
    await put(
      'd.js',
      [
        "import { baseUniqBy } from './other.js';",
        '/** Unique values by a key. */',
        'export function uniqBy(list, key) {',
        '  // uniqBy is stable',
        "  if (key == null) throw new Error('uniqBy: key is missing');",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: code to be read, not run
        '  return /* all */ baseUniqBy(list, key, `in uniqBy of ${key}`);',
        '}',
      ].join('\n'),
    );
    const program = read('d.js').get('uniqBy')!;
    expect(program).not.toMatch(/uniq|stable|all|import|export/i);
    expect(program).toContain('function f(list, key)');
    expect(program).toContain('key is missing');
  });

  it('keeps what the language itself calls so, whatever version of it runs', async () => {
    await put(
      'e.js',
      'export function map(list, fn) { return new Map(list.map(fn)); }\nexport const groupBy = (list, key) => Object.groupBy(list, key);',
    );
    const programs = read('e.js');
    expect(programs.get('map')).toContain('new Map(list.map(fn))');
    expect(programs.get('groupBy')).toContain('Object.groupBy(list, key)');
  });

  it('uses no name that the program has', async () => {
    await put('g.js', 'export const pipe = (f, g) => (x) => g(f(x));');
    expect(read('g.js').get('pipe')).toBe('const f1 = (f, g) => (x) => g(f(x));');
  });
});

describe('the sets', () => {
  const loop = (list: string, out: string) =>
    `function f(${list}) { const ${out} = []; for (const x of ${list}) if (x) ${out}.push(x); return ${out}; }`;
  const program = (label: string, library: string, func: string) => ({
    label,
    library,
    file: `${library}/${label}.js`,
    func,
  });
  const read = [
    program('compact', 'a', loop('list', 'result')),
    program('compact', 'b', loop('array', 'kept')),
    program('compact', 'c', 'const f = (list) => list.filter(Boolean);'),
    program('compact', 'c', 'const f = (list) => list.filter((item) => !!item && item !== null);'),
    program('alone', 'a', 'const f = () => 1;'),
    program('alone', 'a', 'const f = () => 2;'),
  ];

  it('take names that stand in two libraries, not twice in one', () => {
    expect(libraryPrograms(read).map(({ label, library }) => `${label} ${library}`)).toEqual([
      'compact a',
      'compact b',
      'compact c',
      'compact c',
    ]);
  });

  it('tell near-copies and a library’s second build from independent implementations', async () => {
    const independent = await independentPrograms(libraryPrograms(read));
    expect(independent.map(({ library }) => library)).toEqual(['a', 'c']);
    expect(await independentPrograms(read.slice(0, 2))).toEqual([]);
  });

  it('pair programs with themselves under other names', async () => {
    const clones = await renamedClones(read.slice(0, 3));
    expect(clones.length).toBeGreaterThan(0);
    for (let i = 0; i < clones.length; i += 2) {
      expect(clones[i + 1]!.label).toBe(clones[i]!.label);
      expect(clones[i + 1]!.func).not.toBe(clones[i]!.func);
    }
  });
});
