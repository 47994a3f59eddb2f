import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodeFunction,
  callContext,
  decontaminate,
  dropNearDuplicates,
  dropReason,
  FILTER_PRESETS,
  filterFunctions,
  findNearDuplicates,
  summarizeDoc,
  TextFile,
  writeTextFile,
} from '../../src/corpus/index.js';
import { bandsFor, minHashBands } from '../../src/corpus/min-hash.js';
import { createRandom } from '../../src/numerics/index.js';

const functionWith = (changes: Partial<CodeFunction>): CodeFunction => ({
  id: changes.name ?? 'id',
  repository: 'r',
  path: 'src/a.js',
  language: 'javascript',
  kind: 'function',
  name: 'add',
  qualifiedName: changes.name ?? 'add',
  signature: 'function add()',
  parameters: [],
  startByte: 0,
  endByte: 1,
  startLine: 1,
  endLine: 3,
  source: '',
  code: 'function add() {\n  return 1;\n}',
  doc: 'Adds two numbers.',
  summary: 'Adds two numbers.',
  callers: [],
  callees: [],
  ...changes,
});

const withDoc = (doc: string) => functionWith({ doc, summary: summarizeDoc(doc) });

describe('summarizeDoc', () => {
  it.each([
    ['Adds.\n\nMore.', 'Adds.'],
    ['Adds two\n  numbers.\n@param a', 'Adds two numbers.'],
    ['@param a\n@description Adds\nnumbers.\n@returns b', 'Adds numbers.'],
    ['@name add\n@summary Adds.\n\n@description\nMore.', 'Adds.'],
    ['@param a the number', null],
    ['See {@link Foo|the foo} and {@link Bar} and [baz]{@link Baz}.', 'See the foo and Bar and baz.'],
    ['A <b>bold</b> <code>x</code> &lt;T&gt; **word**.', 'A bold x <T> word.'],
    ['Makes a `<div>` and a Promise<void>.', 'Makes a `<div>` and a Promise<void>.'],
    ['See [the page](https://a.b/c).', 'See the page.'],
    ['Adds.\n\nArgs:\n    a: x', 'Adds.'],
    ['Adds numbers.\n:param a: x', 'Adds numbers.'],
    ['Adds numbers.\nArgs:\n  a: x', 'Adds numbers.'],
    ['Uses :class:`~a.b.Foo` and ``x``.', 'Uses `a.b.Foo` and `x`.'],
    ['<summary>Adds <paramref name="a"/>.</summary>\n<param name="a">x</param>', 'Adds a.'],
    ['Adds.\n<p>\nMore.', 'Adds.'],
    ['Adds numbers:\n```js\nadd()\n```', 'Adds numbers:'],
    ['', null],
    ['   \n\n ', null],
  ])('%j', (doc, summary) => {
    expect(summarizeDoc(doc)).toBe(summary);
  });

  it('is one line without blanks at its ends, of any text, quickly', () => {
    const piece = fc.constantFrom(
      '{@link ',
      '}',
      '[',
      '](',
      '`',
      '<b ',
      '>',
      '@x',
      '\n',
      ' ',
      'word',
      '**',
      '&amp;',
      '<',
      ':a:`',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const summary = summarizeDoc(pieces.join(''));
        if (summary !== null) expect(summary).toMatch(/^\S([^\n]*\S)?$/);
      }),
    );
    for (const piece of ['{@link ', '[a](', '<b ', '`', ':a:`', '![', '&', '<!--', '[x]['])
      summarizeDoc(piece.repeat(100_000));
  });
});

describe('dropReason', () => {
  it('keeps a described function', () => {
    expect(dropReason(functionWith({}))).toBeNull();
  });

  it.each([
    [functionWith({ doc: null, summary: null }), 'no-docstring'],
    [withDoc('@param a'), 'no-docstring'],
    [withDoc('@inheritDoc'), 'inherited-docstring'],
    [withDoc('{@inheritDoc}'), 'inherited-docstring'],
    [withDoc('Adds it.'), 'short-docstring'],
    [withDoc('eslint-disable no-var, no-eval'), 'directive'],
    [withDoc('Copyright 2020 the authors. All rights reserved.'), 'licence'],
    [withDoc('https://example.com/a/b'), 'url'],
    [withDoc('See https://example.com/a'), 'url'],
    [withDoc('packages/engine/Source/Core/Box.js'), 'url'],
    [withDoc('TODO write this down properly'), 'unfinished'],
    [withDoc('Why does this have to be here?'), 'question'],
    [withDoc('----- 1 2 3 -----'), 'not-prose'],
    [withDoc('return a === b && c();'), 'not-prose'],
    [withDoc('计算两个数字的和 并返回 结果 给 调用者'), 'not-english'],
    [functionWith({ path: 'test/a.js' }), 'test'],
    [functionWith({ path: 'src/a.spec.js' }), 'test'],
    [functionWith({ name: 'testAdd' }), 'test'],
    [functionWith({ name: 'constructor', qualifiedName: 'A.constructor' }), 'constructor'],
    [functionWith({ name: 'A', qualifiedName: 'p.A.A', language: 'java' }), 'constructor'],
    [functionWith({ name: '__str__', language: 'python' }), 'dunder'],
    [functionWith({ name: 'toString' }), 'ordinary-method'],
    [functionWith({ code: 'const add = () => 1;' }), 'short-body'],
    [functionWith({ code: 'x\n'.repeat(600) }), 'long-body'],
  ] as const)('drops case %#', (found, reason) => {
    expect(dropReason(found)).toBe(reason);
  });

  it.each([
    ['8 letters of 32', 'Adds γδεζηθικ to each of these numbers', null],
    ['8 letters of 31', 'Adds γδεζηθικ to each of these number', 'not-english'],
    ['digits are no letters', 'Adds γδεζ to num 1234 56 789', 'not-english'],
  ] as const)('lets a quarter of the letters be of another script: %s', (_, doc, reason) => {
    expect(dropReason(withDoc(doc))).toBe(reason);
  });

  it.each([
    'Is the given date valid?',
    'Tests whether it holds.',
    'Returns the URL http://a.b of it.',
    'Ajoute les éléments donnés.',
  ])('keeps %s', (doc) => {
    expect(dropReason(withDoc(doc))).toBeNull();
  });

  it.each([
    [functionWith({ doc: null, summary: null, path: 'test/a.js' }), 'no-docstring'],
    [withDoc('TODO this'), 'unfinished'],
    [withDoc('计算两个'), 'short-docstring'],
    [{ ...withDoc('Adds it.'), path: 'test/a.js' }, 'short-docstring'],
    [functionWith({ path: 'test/a.js', name: 'constructor' }), 'test'],
    [functionWith({ name: '__init__', code: '1' }), 'constructor'],
    [functionWith({ name: '__str__', code: '1' }), 'dunder'],
    [functionWith({ name: 'toString', code: '1' }), 'ordinary-method'],
  ] as const)(
    'names the first rule broken: the doc, then path and name, then length, case %#',
    (found, reason) => {
      expect(dropReason(found)).toBe(reason);
    },
  );

  it('keeps what just reaches a limit', () => {
    const words = (count: number) => withDoc(Array(count).fill('word').join(' '));
    const lines = (count: number) => functionWith({ code: Array(count).fill('x').join('\n') });
    expect([2, 3, 500, 501].map((count) => dropReason(words(count)))).toEqual([
      'short-docstring',
      null,
      null,
      'long-docstring',
    ]);
    expect([2, 3, 500, 501].map((count) => dropReason(lines(count)))).toEqual([
      'short-body',
      null,
      null,
      'long-body',
    ]);
  });

  it('keeps names that only look like tests', () => {
    for (const name of ['testimony', 'latest', 'attest', 'contestant'])
      expect(dropReason(functionWith({ name }))).toBeNull();
  });

  it('turns each rule off by its option', () => {
    const off = {
      requireDocstring: false,
      minDocstringTokens: 0,
      minCodeLines: 1,
      removeTests: false,
      removeConstructors: false,
      removeDunders: false,
      removeOrdinaryMethods: false,
      removeNonProse: false,
      removeNonEnglish: false,
    };
    const cases = [
      functionWith({ doc: null, summary: null }),
      withDoc('@inheritDoc'),
      withDoc('Adds it.'),
      withDoc('TODO x y z'),
      functionWith({ path: 'test/a.js' }),
      functionWith({ name: 'constructor' }),
      functionWith({ name: '__a__' }),
      functionWith({ name: 'toString' }),
      functionWith({ code: '1' }),
    ];
    expect(cases.map((found) => dropReason(found, off))).toEqual(cases.map(() => null));
  });

  it('counts reasons, also those with names of Object.prototype', () => {
    const { kept, dropped, droppedByReason } = filterFunctions([
      functionWith({}),
      functionWith({ name: 'constructor' }),
      functionWith({ name: 'constructor' }),
    ]);
    expect(kept).toHaveLength(1);
    expect(dropped.map(({ reason }) => reason)).toEqual(['constructor', 'constructor']);
    expect(droppedByReason).toEqual({ constructor: 2 });
  });
});

/** All pairs, sets and maps, as the definition says. */
const naiveNearDuplicates = (
  codes: readonly string[],
  set: number,
  multiset: number,
  minimum: number,
): number[] => {
  const bag = (code: string) => {
    const counts = new Map<string, number>();
    for (const [token] of code.matchAll(/[\p{L}\p{N}_$]+/gu)) counts.set(token, (counts.get(token) ?? 0) + 1);
    return counts;
  };
  const size = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  const kept: number[] = [];
  codes.forEach((code, at) => {
    const a = bag(code);
    const repeated = kept.some((other) => {
      if (codes[other] === code) return true;
      const b = bag(codes[other]!);
      if (size(a) < minimum || size(b) < minimum) return false;
      const shared = [...a.keys()].filter((token) => b.has(token));
      const overlap = shared.reduce((sum, token) => sum + Math.min(a.get(token)!, b.get(token)!), 0);
      return (
        shared.length / (a.size + b.size - shared.length) >= set &&
        overlap / (size(a) + size(b) - overlap) >= multiset
      );
    });
    if (!repeated) kept.push(at);
  });
  return kept;
};

describe('dropNearDuplicates', () => {
  it('keeps what comparing all pairs keeps', () => {
    const token = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const code = fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join(' '));
    const rate = fc.constantFrom(0.3, 0.5, 0.75, 0.8, 1);
    fc.assert(
      fc.property(
        fc.array(code, { maxLength: 25 }),
        rate,
        rate,
        fc.nat(12),
        (codes, setJaccard, multisetJaccard, minimumTokens) => {
          const functions = codes.map((text, at) => functionWith({ id: String(at), code: text }));
          const { kept, duplicates } = dropNearDuplicates(functions, {
            setJaccard,
            multisetJaccard,
            minimumTokens,
          });
          expect(kept.map(({ id }) => Number(id))).toEqual(
            naiveNearDuplicates(codes, setJaccard, multisetJaccard, minimumTokens),
          );
          expect(kept.length + duplicates.length).toBe(codes.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the first and says what each other repeats', () => {
    const code = 'function a(b, c) {\n  const d = b + c;\n  return d * e(f, g, h, i, j);\n}';
    const renamed = code.replace('function a(', 'function z(');
    const functions = [
      functionWith({ id: '1', code }),
      functionWith({ id: '2', code: renamed }),
      functionWith({ id: '3', code }),
    ];
    const { kept, duplicates } = dropNearDuplicates(functions);
    expect(kept.map(({ id }) => id)).toEqual(['1']);
    expect(duplicates.map(({ function: found, duplicateOf }) => [found.id, duplicateOf.id])).toEqual([
      ['2', '1'],
      ['3', '1'],
    ]);
    expect(duplicates[1]).toMatchObject({ setJaccard: 1, multisetJaccard: 1 });
    expect(duplicates[0]!.setJaccard).toBeCloseTo(12 / 14, 12);
  });

  it('takes sets from 0.8, multisets from 0.7 and ten tokens on, by default', () => {
    const keeps = (...codes: readonly string[]) =>
      dropNearDuplicates(codes.map((code) => functionWith({ code }))).kept.length === codes.length;
    // 8 of 10 tokens, then 8 of 11.
    expect(keeps('a b c d e f g h a x', 'a b c d e f g h a y')).toBe(false);
    expect(keeps('a b c d e f g h a x', 'a b c d e f g h a y z')).toBe(true);
    // 10 of 14, then 10 of 15.
    expect(keeps('a b c d e f g h i j', 'a b c d e f g h i j j j j j')).toBe(false);
    expect(keeps('a b c d e f g h i j', 'a b c d e f g h i j j j j j j')).toBe(true);
    expect(keeps('a b c d e f g h i j', 'j a b c d e f g h i')).toBe(false);
    expect(keeps('a b c d e f g h i', 'i a b c d e f g h')).toBe(true);
  });

  it('compares with the kept only, so that a chain of likes does not fall whole', () => {
    const codes = ['a b c d e f g h i j', 'b c d e f g h i j k', 'c d e f g h i j k l'];
    const functions = codes.map((code, at) => functionWith({ id: String(at), code }));
    expect(dropNearDuplicates(functions).kept.map(({ id }) => id)).toEqual(['0', '2']);
    expect(dropNearDuplicates([...functions].reverse()).kept.map(({ id }) => id)).toEqual(['2', '0']);
  });

  it('refuses limits outside (0, 1]', () => {
    expect(() => dropNearDuplicates([], { setJaccard: 0 })).toThrow(
      'setJaccard must be in (0, 1], received 0',
    );
    expect(() => dropNearDuplicates([], { multisetJaccard: Number.NaN })).toThrow(
      'multisetJaccard must be in (0, 1], received NaN',
    );
  });

  it('takes an empty list', () => {
    expect(dropNearDuplicates([])).toEqual({ kept: [], duplicates: [] });
  });
});

describe('decontaminate', () => {
  it('drops what repeats the evaluation set, and nothing for repeating itself', () => {
    const code = 'function a(b, c) {\n  const d = b + c;\n  return d * e(f, g, h, i, j);\n}';
    const functions = ['x(1)', 'x(1)', code.replace('function a', 'function z'), 'y(2)'].map((text, at) =>
      functionWith({ id: String(at), code: text }),
    );
    const { kept, contaminated } = decontaminate(functions, ['other()', code, 'y(2)']);
    expect(kept.map(({ id }) => id)).toEqual(['0', '1']);
    expect(contaminated.map(({ function: found, evaluationIndex }) => [found.id, evaluationIndex])).toEqual([
      ['2', 1],
      ['3', 2],
    ]);
    expect(decontaminate(functions, []).kept).toEqual(functions);
  });
});

describe('callContext', () => {
  const other = (id: string, summary: string) => functionWith({ id, signature: id, summary });
  const reference = (id: string, tier: 'scope' | 'package' | 'unique-name') => ({
    id,
    name: id,
    tier,
    confidence: 0.9,
  });
  const byId = new Map(
    [other('a', 'one two'), other('b', 'one two three four'), other('c', ''), other('d', '')].map((found) => [
      found.id,
      found,
    ]),
  );
  const found = functionWith({
    callees: [
      reference('b', 'scope'),
      reference('gone', 'scope'),
      reference('c', 'package'),
      reference('d', 'unique-name'),
    ],
    callers: [reference('a', 'scope')],
  });
  const idsOf = (options: Parameters<typeof callContext>[2]) => {
    const { callees, callers, tokens } = callContext(found, byId, options);
    return [callees.map(({ id }) => id), callers.map(({ id }) => id), tokens];
  };

  it('takes the trusted ones that are known, callees and callers in turn', () => {
    expect(idsOf({})).toEqual([['b', 'c'], ['a'], 9]);
    expect(idsOf({ leastTier: 'unique-name' })).toEqual([['b', 'c', 'd'], ['a'], 10]);
  });

  it('passes over what no longer fits', () => {
    expect(idsOf({ maxTokens: 4 })).toEqual([['c'], ['a'], 4]);
    expect(idsOf({ maxTokens: 0 })).toEqual([[], [], 0]);
    expect(() => callContext(found, byId, { maxTokens: -1 })).toThrow(
      'maxTokens must be at least 0, received -1',
    );
  });
});

describe('MinHash', () => {
  const random = createRandom(7, 'min-hash');
  const word = () => `w${random.below(5000)}`;
  /** Texts in pairs of every similarity, the second with some of the first's words changed. */
  const planted = Array.from({ length: 600 }, () => {
    const words = Array.from({ length: 20 + random.below(60) }, word);
    const changes = random.below(8);
    const other = words.map((old, at) => (at < changes ? word() : old));
    return [words.join(' '), other.join(' ')];
  }).flat();

  it('finds what the exact search finds, by the same similarities', () => {
    const functions = planted.map((code, at) => functionWith({ id: String(at), code }));
    for (const setJaccard of [0.6, 0.8, 0.95]) {
      const exact = dropNearDuplicates(functions, { setJaccard, multisetJaccard: 0.5, search: 'exact' });
      const banded = dropNearDuplicates(functions, { setJaccard, multisetJaccard: 0.5, search: 'minhash' });
      expect(exact.duplicates.length).toBeGreaterThan(100);
      expect(banded).toEqual(exact);
    }
  });

  it('finds the same in codes that stay on disk', async () => {
    const codes = [...planted, ...planted.slice(0, 50), 'short', 'short', '', ''];
    const functions = codes.map((code, at) => functionWith({ id: String(at), code }));
    const folder = mkdtempSync(join(tmpdir(), 'near-duplicates-'));
    try {
      await writeTextFile(join(folder, 'codes'), codes);
      const file = TextFile.open(join(folder, 'codes'));
      for (const options of [{ setJaccard: 0.6, multisetJaccard: 0.5 }, { minimumTokens: 30 }, {}]) {
        const { duplicates } = dropNearDuplicates(functions, { ...options, search: 'exact' });
        expect(duplicates.length).toBeGreaterThan(52);
        const expected = duplicates.map(({ function: { id }, duplicateOf, ...likeness }) => ({
          row: Number(id),
          duplicateOf: Number(duplicateOf.id),
          ...likeness,
        }));
        const seen: number[] = [];
        expect([...findNearDuplicates(file, { ...options, onProgress: (done) => seen.push(done) })]).toEqual(
          expected,
        );
        expect(seen).toEqual([1000]);
        expect([...findNearDuplicates(codes, options)]).toEqual(expected);
      }
      file.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(() => [...findNearDuplicates([], { setJaccard: 2 })]).toThrow(
      'setJaccard must be in (0, 1], received 2',
    );
  });

  it('misses a pair at the limit once in a million, and compares few by chance', () => {
    for (const limit of [0.3, 0.5, 0.7, 0.8, 0.9, 1]) {
      const { count, rows } = bandsFor(limit);
      expect(count * rows).toBeLessThanOrEqual(256);
      if (limit >= 0.5) expect((1 - limit ** rows) ** count).toBeLessThanOrEqual(1e-6);
    }
    expect(bandsFor(0.8)).toEqual({ count: 35, rows: 5 });
  });

  it('agrees in a band as often as its similarity says', () => {
    let agreements = 0;
    const bands = { count: 200, rows: 2 };
    for (let trial = 0; trial < 20; trial++) {
      // 60 shared of 100: similarity 0.6, so a band of two agrees in 0.36.
      const base = trial * 1000;
      const one = Int32Array.from({ length: 80 }, (_, at) => base + at);
      const two = Int32Array.from({ length: 80 }, (_, at) => base + at + 20);
      const [a, b] = [minHashBands(one, bands), minHashBands(two, bands)];
      agreements += a.filter((key, band) => key === b[band]).length;
    }
    // 4,000 draws: a standard deviation is 0.0076.
    expect(Math.abs(agreements / 4000 - 0.36)).toBeLessThan(0.04);
  });

  it('takes over above 10,000 functions', () => {
    const codes = Array.from({ length: 10_001 }, (_, at) => `f${at} ${planted[at % 1200]}`);
    const functions = codes.map((code, at) => functionWith({ id: String(at), code }));
    const { kept } = dropNearDuplicates(functions);
    expect(kept).toEqual(dropNearDuplicates(functions, { search: 'minhash' }).kept);
    expect(kept.length).toBeLessThan(1201);
    expect(() => dropNearDuplicates([], { search: 'lsh' as 'exact' })).toThrow(
      'search must be exact or minhash, received lsh',
    );
  });
});

describe('presets', () => {
  it('differ where the two corpora do', () => {
    const samples = [
      withDoc('Adds two numbers.'),
      withDoc('Why is this needed?'),
      withDoc('二つの数を足します。これはそうです'),
      { ...withDoc('Returns the width of it.'), name: 'getWidth' },
      { ...withDoc('Adds two numbers.'), name: 'toString' },
      { ...withDoc('Adds two numbers.'), name: 'test_add' },
      withDoc('word '.repeat(501)),
      withDoc('Adds.'),
    ];
    const reasons = (preset: 'CodeSearchNet' | 'TheVault') =>
      samples.map((sample) => filterFunctions([sample], preset).dropped[0]?.reason ?? null);
    expect(reasons('CodeSearchNet')).toEqual([
      null,
      null,
      'short-docstring',
      null,
      'ordinary-method',
      'test',
      null,
      'short-docstring',
    ]);
    expect(reasons('TheVault')).toEqual([
      null,
      'question',
      'short-docstring',
      'getter-or-setter',
      'ordinary-method',
      'test',
      'long-docstring',
      'short-docstring',
    ]);
    expect(filterFunctions(samples, { ...FILTER_PRESETS.TheVault, minDocstringTokens: 1 }).kept).toHaveLength(
      2,
    );
    expect(() => filterFunctions([], 'Vault' as 'TheVault')).toThrow(
      'filters must be options or one of CodeSearchNet, TheVault, received Vault',
    );
  });
});
