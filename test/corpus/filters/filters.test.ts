import { describe, expect, it } from 'vitest';
import { dropReason, FILTER_PRESETS, filterFunctions, summarizeDoc } from '../../../src/corpus/index.js';
import { functionWith } from '../code-function.js';

const withDoc = (doc: string) => functionWith({ doc, summary: summarizeDoc(doc) });

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
    [withDoc('Copyright 2020 the authors. All rights reserved.'), 'license'],
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
