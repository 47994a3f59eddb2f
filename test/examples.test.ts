import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { outputHolds, recorderOf, recordOutputs } from './support/stated-outputs.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = join(root, 'test', '.examples');

interface Example {
  readonly place: string;
  readonly code: string;
}

/** Files under `folder` whose names end in `ending`, sorted. */
const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .sort()
    .map((path) => join(root, folder, path));

const blocksOf = (file: string, block: RegExp): Example[] => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(block)].map((match) => ({
    place: `${relative(root, file)}:${text.slice(0, match.index).split('\n').length}`,
    code: match[1]!,
  }));
};

/** The ```ts blocks of a page run as they stand; that of the native binding, which is not installed, in its own suite. */
const pageExamples = [join(root, 'README.md'), ...filesUnder('docs', '.md')].flatMap((file) =>
  blocksOf(file, /^```ts\n([\s\S]*?)^```$/gm).filter(({ code }) => !code.includes("require('tree-sitter')")),
);
/** The ```ts block behind each `@example` of a docstring. */
const docstringExamples = filesUnder('src', '.ts')
  .flatMap((file) => blocksOf(file, /^[ \t]*\* @example[\s\S]*?```ts\n([\s\S]*?)^[ \t]*\* ```/gm))
  .map(({ place, code }) => ({ place, code: code.replace(/^[ \t]*\* ?/gm, '') }));
const examples = [...pageExamples, ...docstringExamples];

mkdirSync(scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('every example of the pages and the docstrings runs and gives what it states', () => {
  it('finds examples', () => expect(examples.length).toBeGreaterThan(150));

  it.each(examples)('$place', async ({ place, code }) => {
    const { code: recorded, outputs } = recordOutputs(code, place);
    const file = join(scratch, `${place.replace(/[^a-z0-9]+/gi, '-')}.ts`);
    writeFileSync(file, recorded);
    Object.assign(globalThis, { [place]: recorderOf(outputs) });
    await import(/* @vite-ignore */ file);
    const wrong = outputs.flatMap(({ line, statement, stated, received }) => {
      const came = received.join('\n');
      return received.length > 0 && outputHolds(stated, came) ? [] : [{ line, statement, stated, came }];
    });
    expect(wrong).toEqual([]);
  });
});

describe('a stated output', () => {
  it.each([
    ['2', '2'],
    ['2: delete d, rename e to x', '2'],
    ['1 true', '1 true'],
    ['[1, 0.5]', 'Float32Array(2) [ 1, 0.5 ]'],
    ["['a', 'b']", "[ 'a', 'b' ]"],
    ["{ 'mrr@10': 0.75, depth: 2 }", "{ 'mrr@10': 0.75, depth: 2 }"],
    ['about [2.7, -1.7]', 'Float32Array(2) [ 2.7034, -1.7001 ]'],
    ['near 0: the order is right', 'Tensor\n    0.00091'],
    ['Expected … in the folder', 'Expected a.json and b.json in the folder'],
  ])('%j holds of %j', (stated, received) => {
    expect(outputHolds(stated, received)).toBe(true);
  });

  it.each([
    ['2', '3'],
    ['2', '2.5'],
    ['2: delete d', '3'],
    ['1 true', '1 false'],
    ['[1, 0.5]', '[ 1 ]'],
    ['about [2.7, -1.7]', '[ 2.76, -1.7 ]'],
    ['about 2.7', '2.7 1'],
    ['near 0', '0.02'],
    ['Expected … in the folder', 'Expected a.json in the files'],
  ])('%j does not hold of %j', (stated, received) => {
    expect(outputHolds(stated, received)).toBe(false);
  });

  it('is found behind what prints, behind values, and on the lines below', () => {
    const { outputs } = recordOutputs(
      [
        'const a = 1; // a remark on a',
        'f(a); // a remark',
        "f(a); // 'a value'",
        'for (const b of [1, 2]) console.log(b);',
        '// 1',
        '// 2',
        'tensor.print(); // near 0',
        '',
        '// a remark',
        'console.log(',
        '  a,',
        '); // 1',
      ].join('\n'),
      'key',
    );
    expect(outputs.map(({ line, stated }) => [line, stated])).toEqual([
      [3, "'a value'"],
      [4, '1\n2'],
      [7, 'near 0'],
      [10, '1'],
    ]);
  });
});
