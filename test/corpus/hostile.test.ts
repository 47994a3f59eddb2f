import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../src/corpus/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { LANGUAGES } from '../../src/syntax/index.js';
import { folderOf } from './repository-folder.js';

/** OASIS_FUZZ=20 makes the mutations and the nesting twenty times as many and as deep. */
const SCALE = Number(process.env.OASIS_FUZZ ?? 1);
const DEEP = 10_000 * SCALE;
const options = { keepGenerated: true, maxFileBytes: 64 << 20 };

describe('hostile files', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['nested brackets', 'a.js', `f(${'['.repeat(DEEP)}${']'.repeat(DEEP)});`],
    ['unclosed brackets', 'a.js', `function f() { return ${'('.repeat(DEEP)}`],
    ['nested functions', 'a.js', `${'function f() { '.repeat(DEEP)}${'}'.repeat(DEEP)}`],
    ['nested arrows', 'a.js', `const f = ${'(a) => '.repeat(DEEP)}1;`],
    ['nested calls', 'a.js', `${'f('.repeat(DEEP)}1${')'.repeat(DEEP)};`],
    ['nested classes', 'a.js', `${'class A { f() { '.repeat(3000)}${'} }'.repeat(3000)}`],
    ['a chain of calls', 'a.js', `function g() { return x${'.f()'.repeat(DEEP)}; }`],
    ['a chain of calls in PHP', 'a.php', `<?php function g() { return $x${'->f()'.repeat(DEEP)}; }`],
    ['a chain of calls in C#', 'a.cs', `class A { int G() { return x${'.F()'.repeat(DEEP)}; } }`],
    ['a chain of calls in Java', 'A.java', `class A { int g() { return x${'.f()'.repeat(DEEP)}; } }`],
    [
      'nested blocks in Python',
      'a.py',
      Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}def f():\n`).join(''),
    ],
    ['nested methods in Ruby', 'a.rb', `${'def f; '.repeat(3000)}${'end;'.repeat(3000)}`],
    ['an unterminated string', 'a.js', `function f() { return "abc\n}\nfunction g() {}`],
    ['an unterminated template', 'a.js', `function f() { return \`${'${`'.repeat(2000)}`],
    ['an unterminated comment', 'a.js', `function f() {} /* ${'x\n'.repeat(DEEP)}`],
    ['many comments on a line', 'a.js', `function f() { ${'/**/'.repeat(DEEP)} }`],
    ['many comments above', 'a.js', `${'// x\n'.repeat(DEEP)}function f() {}`],
    ['many strings', 'a.js', `function f() { return [${'`a\nb`,'.repeat(DEEP)}]; }`],
    ['one long line', 'a.js', `function f() { ${'x=1;'.repeat(50_000)} }`],
    ['many functions', 'a.js', 'function f(a, b) { return f(a); }\n'.repeat(5000)],
    [
      'a name of Object.prototype',
      'a.js',
      'function constructor() { __proto__(); } function __proto__() { hasOwnProperty(); } class toString { valueOf() { this.toString(); } }',
    ],
    ['NUL in a string', 'a.js', 'function f() { return "\\0"; }'],
    ['lone surrogates', 'a.js', 'function f() { return "\ud800"; }\nfunction g() {}'],
    [
      'a module that re-exports itself',
      'a.js',
      "export * from './a.js'; import { x } from './a.js'; export { x }; function f() { x(); }",
    ],
    ['a class that extends itself', 'a.js', 'class A extends A { f() { this.g(); super.f(); } }'],
  ];
  it.each(cases)('survives %s', async (_, path, text) => {
    const { files, leftOut } = await analyzeRepository(await folderOf({ [path]: text }), options);
    expect(files + leftOut.length).toBe(1);
  });

  // Seconds, and a gigabyte, until the parser is stopped.
  it.runIf(SCALE > 1)(
    'leaves out what a grammar would take for ever for, and goes on with the next',
    async () => {
      const root = await folderOf({
        'a.cs': `class A { int f() { a<${'b<'.repeat(20_000)}`,
        'b.cs': 'class B { int G() { return H(); } int H() { return 1; } }',
      });
      const { leftOut, functions } = await analyzeRepository(root, options);
      expect(leftOut).toEqual([{ path: 'a.cs', reason: 'unparsable' }]);
      expect(functions.map(({ name }) => name)).toEqual(['G', 'H']);
    },
  );

  it('keeps what stands before and after a syntax error', async () => {
    const root = await folderOf({ 'a.js': 'function a() {}\nfunction (((\nfunction b() { a(); }\n' });
    const { functions, filesWithErrors } = await analyzeRepository(root);
    expect(functions.map(({ name }) => name)).toContain('a');
    expect(filesWithErrors).toEqual(['a.js']);
  });
});

describe('mutated real files', () => {
  const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));
  const mutate = (bytes: Uint8Array, seed: number): Uint8Array => {
    const random = createRandom(seed, 'mutation');
    const copy = [...bytes];
    for (let edits = 1 + random.below(20); edits > 0; edits--) {
      const at = random.below(copy.length + 1);
      const kind = random.below(4);
      if (kind === 0) copy.splice(at, random.below(40));
      else if (kind === 1) copy.splice(at, 0, ...copy.slice(random.below(copy.length + 1)).slice(0, 60));
      else if (kind === 2) copy[at] = random.below(256);
      else
        copy.splice(
          at,
          0,
          ...Buffer.from(['{', '(', '"', '`', '/*', '\n', '\0', '<', "'''"][random.below(9)]!),
        );
    }
    return Uint8Array.from(copy);
  };

  it.each(Object.keys(LANGUAGES))('neither crash nor hang nor lose a file, in %s', async (language) => {
    const folder = language === 'tsx' ? 'typescript' : language;
    const paths = (await readdir(`${fixtures}/${folder}`, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && !/\.(json|mod)$/.test(entry.name))
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .sort();
    const files: Record<string, Uint8Array> = {};
    for (const [number, path] of paths.entries()) {
      const bytes = await readFile(path);
      for (let seed = 0; seed < 12 * SCALE; seed++) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        files[`m${seed}/${number}/${name}`] = mutate(bytes, 1000 * number + seed);
      }
    }
    const { files: read, leftOut, functions } = await analyzeRepository(await folderOf(files), options);
    expect(read + leftOut.length).toBe(Object.keys(files).length);
    expect(leftOut.filter(({ reason }) => reason !== 'binary' && reason !== 'unparsable')).toEqual([]);
    // Kotlin's grammar has to be stopped on a few such files, which costs those files alone.
    const stopped = leftOut.filter(({ reason }) => reason === 'unparsable').length;
    expect(stopped).toBeLessThanOrEqual(language === 'kotlin' ? 0.01 * Object.keys(files).length : 0);
    for (const { startByte, endByte, startLine, endLine, code } of functions) {
      expect(startByte).toBeLessThan(endByte);
      expect(startLine).toBeLessThanOrEqual(endLine);
      expect(code.length).toBeGreaterThan(0);
    }
  });
});
