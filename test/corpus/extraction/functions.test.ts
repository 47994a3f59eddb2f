import { describe, expect, it } from 'vitest';
import { analyzeRepository, type CodeFunction } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const read = async (source: string, path = 'src/file.js'): Promise<readonly CodeFunction[]> =>
  (await analyzeRepository(await folderOf({ [path]: source }))).functions;

const names = async (source: string, path?: string) =>
  (await read(source, path)).map(({ qualifiedName }) => qualifiedName);

describe('names of JavaScript functions', () => {
  it.each([
    ['function a() {}', ['a']],
    ['function* a() {} async function b() {}', ['a', 'b']],
    ['const a = () => 1, b = function () {};', ['a', 'b']],
    ['export default function () {}', ['file']],
    ['export default function named() {}', ['named']],
    ['export default () => 1;', ['file']],
    ['module.exports = function () {};', ['file']],
    ['module.exports = function inner() {};', ['inner']],
    ['exports.a = function () {}; exports.b = exports.c = () => 1;', ['a', 'c']],
    ['module.exports.a = function () {};', ['a']],
    ['Foo.prototype.bar = function () {};', ['Foo.bar']],
    ['lodash.chunk = function () {};', ['lodash.chunk']],
    ['Foo.prototype = { bar() {}, baz: function () {} };', ['Foo.bar', 'Foo.baz']],
    [
      'const api = { a() {}, b: () => 1, get c() { return 1; }, "d-e": function () {} };',
      ['api.a', 'api.b', 'api.c', 'api.d-e'],
    ],
    [
      'class A { constructor() {} b() {} static c() {} #d() {} e = () => 1; get f() { return 1; } ["g"]() {} [h]() {} }',
      ['A.constructor', 'A.b', 'A.c', 'A.#d', 'A.e', 'A.f', 'A.g'],
    ],
    ['const A = class { b() {} };', ['A.b']],
    [
      'function outer() { function inner() {} return () => { const deep = () => 1; }; }',
      ['outer', 'outer.inner', 'outer.deep'],
    ],
    ['[1].map(function () {}); (() => {})();', []],
    ['const add = curry(function add(a, b) { return a + b; });', ['add']],
    ['const t = setTimeout(() => {}); const p = new Promise(() => {}); const m = [].map(() => 1);', []],
    ['(function () { function inside() {} })();', ['inside']],
    ['if (x) { a = function () {}; }', ['a']],
    ['', []],
  ] as const)('%s', async (source, expected) => {
    expect(await names(source)).toEqual(expected);
  });

  it('takes an index file by the name of its folder', async () => {
    expect(await names('export default () => 1;', 'deep-clone/index.js')).toEqual(['deepClone']);
  });

  it('gives declarations without a body no function, in TypeScript', async () => {
    const source =
      'declare function a(): void; abstract class B { abstract c(): void; d() {} } interface E { f(): void }';
    expect(await names(source, 'a.ts')).toEqual(['B.d']);
  });
});

describe('what is kept of a function', () => {
  const source = `import x from 'x';

/**
 * Adds {@link Vector}s to <b>this</b> one.
 * Second line.
 *
 * More.
 * @param {number} a first
 */
// eslint-disable-next-line
export const add = (a, { b, c }, d = 1, ...rest) => {
  // drop me
  const text = "// keep me";

  return \`
    // keep me too
  \`; /* drop */
};
`;

  it('holds source, code, doc, summary, signature, parameters and place', async () => {
    const [found] = await read(source);
    expect(found).toMatchObject({
      name: 'add',
      language: 'javascript',
      path: 'src/file.js',
      signature: 'const add = (a, { b, c }, d = 1, ...rest)',
      parameters: ['a', '{ b, c }', 'd', 'rest'],
      summary: 'Adds Vectors to this one. Second line.',
      startLine: 11,
      endLine: 18,
      code: 'const add = (a, { b, c }, d = 1, ...rest) => {\n  const text = "// keep me";\n  return `\n    // keep me too\n  `;\n};',
    });
    expect(found!.doc).toBe(
      'Adds {@link Vector}s to <b>this</b> one.\nSecond line.\n\nMore.\n@param {number} a first',
    );
    expect(source.slice(found!.startByte, found!.endByte)).toBe(found!.source);
  });

  it('moves a method to the left margin', async () => {
    const [found] = await read('class A {\n    f() {\n        return 1;\n    }\n}');
    expect(found!.code).toBe('f() {\n    return 1;\n}');
  });

  it('takes the docstring out of Python code and keeps decorators', async () => {
    const [found] = await read(
      '@cached\ndef f(a, *, b=1):\n    """Does it.\n\n    Args:\n        a: x\n    """\n    return a  # c\n',
      'a.py',
    );
    expect(found).toMatchObject({
      summary: 'Does it.',
      code: '@cached\ndef f(a, *, b=1):\n    return a',
      parameters: ['a', 'b'],
    });
    expect(found!.doc).toBe('Does it.\n\nArgs:\n    a: x');
  });

  it.each([
    ['a.go', 'package p\n\n// F does it.\n// Twice.\nfunc F() {}', 'F does it. Twice.'],
    ['a.rb', '# Does it.\n# Twice.\n#\n# @return [nil]\ndef f\nend', 'Does it. Twice.'],
    [
      'a.cs',
      'class A {\n  /// <summary>\n  /// Does <see cref="T:B"/> it.\n  /// </summary>\n  [X] void F() {}\n}',
      'Does B it.',
    ],
    ['a.php', '<?php\n/**\n * Does it.\n *\n * @return void\n */\nfunction f() {}', 'Does it.'],
    ['A.java', 'class A {\n  /** Does {@code it}. <p>More. */\n  @Override void f() {}\n}', 'Does it.'],
    ['a.c', '/* Does it.\n * Twice. */\nstatic int f(void)\n{ return 0; }', 'Does it. Twice.'],
    [
      'a.ts',
      '/** Does it. */\nexport function f(a: 1): void;\nexport function f(a: 2): void;\nexport function f(a: any) {}',
      'Does it.',
    ],
    ['b.ts', 'class A {\n  /** Does it. */\n  @dec() @dec2\n  f() {}\n}', 'Does it.'],
    ['a.js', '/** Not this. */\nvar x = 1;\n\n// Nor this.\n\nfunction f() {}', null],
    ['b.js', 'var x = 1; // Not this.\nfunction f() {}', null],
    ['c.js', '/** Licence. */\n\n\n\nfunction f() {}', null],
    ['d.js', '// eslint-disable-next-line no-var\nfunction f() {}', null],
  ] as const)('reads the doc above a function in %s', async (path, text, summary) => {
    expect((await read(text, path))[0]!.summary).toBe(summary);
  });

  it.each([
    ['a.js', '/** One. */\nconst a = () => 1,\n  b = () => 2;', ['One.', null]],
    ['b.js', 'const a = () => 1,\n  /** Two. */\n  b = () => 2;', [null, 'Two.']],
    ['c.js', '/** Of x. */\nconst x = 1,\n  f = () => 2;', [null]],
    ['d.js', '/** Of o. */\nconst o = {\n  a() {},\n  /** Two. */\n  b() {},\n};', [null, 'Two.']],
    ['e.js', '/** Of A. */\nclass A {\n  a() {}\n}', [null]],
    ['f.js', '/** Outer. */\nfunction f() {\n  function g() {}\n}', ['Outer.', null]],
    ['g.js', '/** One. */\nlet a = () => 1;\nlet b = () => 2;', ['One.', null]],
    ['h.js', '/** Of the call. */\nrun(function f() {});', [null]],
    ['a.py', 'class A:\n    """Of A."""\n    def f(self):\n        x = """No."""', [null]],
    ['b.py', 'def f():\n    def g():\n        """Of g."""\n    return g', [null, 'Of g.']],
    ['A.java', '/** Of A. */\nclass A {\n  void f() {}\n}', [null]],
    ['a.go', '// Of x.\nvar x = 1\nfunc f() {}', [null]],
  ] as const)(
    'gives a doc to the function that it stands above, and to no other, in %s',
    async (path, text, docs) => {
      expect((await read(text, path)).map(({ doc }) => doc)).toEqual(docs);
    },
  );

  it('gives equal names in a file different ids, and the same ids on every run', async () => {
    const text = 'function a() {}\nfunction a() {}\n';
    const [one, two] = await read(text);
    expect(one!.id).not.toBe(two!.id);
    const root = await folderOf({ 'x.js': text });
    const again = async () => (await analyzeRepository(root, { repository: 'r' })).functions;
    expect(await again()).toEqual(await again());
  });
});

describe('encodings', () => {
  const body = 'function größe() { return "名前 🎈"; }\nfunction two() {}';
  const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
  it.each([
    ['UTF-8', Buffer.from(body)],
    ['UTF-8 with BOM', Buffer.from(`\ufeff${body}`)],
    ['ASCII with BOM', Buffer.from('\ufefffunction one() {}\nfunction two() {}')],
    ['UTF-16 little-endian', Buffer.from(`\ufeff${body}`, 'utf16le')],
    ['UTF-16 big-endian', swapped(`\ufeff${body}`)],
  ])('gives byte offsets in the file as stored, in %s', async (name, bytes) => {
    const { functions } = await analyzeRepository(await folderOf({ 'a.js': bytes }));
    expect(functions.map((found) => found.name)).toEqual([name.startsWith('ASCII') ? 'one' : 'größe', 'two']);
    for (const { startByte, endByte, source } of functions) {
      const stored = bytes.subarray(startByte, endByte);
      const isWide = name.startsWith('UTF-16');
      const read = name.endsWith('big-endian') ? Buffer.from(stored).swap16() : stored;
      expect(read.toString(isWide ? 'utf16le' : 'utf8')).toBe(source);
    }
  });

  it('reads what is no UTF-8 as windows-1252', async () => {
    const bytes = Buffer.from('// caf\u00e9\nfunction f() { return "\u00e9"; }', 'latin1');
    const { functions } = await analyzeRepository(await folderOf({ 'a.js': bytes }));
    expect(functions[0]).toMatchObject({ name: 'f', startByte: 8, endByte: bytes.length });
    expect(functions[0]!.source).toContain('é');
  });
});
