import { describe, expect, it } from 'vitest';
import {
  cloneJudge,
  detectionRates,
  type PlantedFunction,
  plantedKinds,
  plantNegatives,
} from '../../src/refinement/index.js';
import { loadLanguage } from '../../src/syntax/index.js';

const of = (language: PlantedFunction['language'], codes: readonly (readonly [string, string])[]) =>
  codes.map(([docstring, code]): PlantedFunction => ({ docstring, code, language, repository: language }));

const functions: readonly PlantedFunction[] = [
  ...of('javascript', [
    [
      'adds all numbers of a list up',
      'function sum(list) { let total = 0; for (const x of list) total += x; return total; }',
    ],
    [
      'joins path segments by slashes',
      'function joinPath(...segments) { const parts = segments.filter(Boolean); return parts.join("/"); }',
    ],
    [
      'keeps the options as they are',
      'function keep(options) { const { depth } = options; return { depth, size: depth + 1 }; }',
    ],
    ['gets the value at a key of a map', 'function getLeft(map, key) { return map.left.get(key); }'],
    [
      'Gets the value  at a key of a map',
      'function getRight(map, key) { const side = map.right; return side.get(key); }',
    ],
  ]),
  ...of('python', [
    [
      'counts vowels in some text',
      'def vowels(text):\n    count = 0\n    for c in text:\n        if c in "aeiou" and count >= 0:\n            count = count + 1\n    return count',
    ],
    [
      'opens the archive for reading',
      'def open_archive(path, mode):\n    handle = open(path, mode=mode)\n    return handle',
    ],
  ]),
];

describe('plantNegatives', () => {
  it('plants each kind, with a truth that another reading of the codes confirms', async () => {
    const planted = await plantNegatives(functions, { perKind: 10, seed: 1 });
    const places = planted.kind.map((kind, i) => ({ kind, i, fn: functions[planted.query[i]!]! }));
    expect(new Set(planted.kind)).toEqual(new Set(plantedKinds.filter((kind) => kind !== 'other-version')));
    const judge = cloneJudge({ minNodes: 1 });
    for (const { kind, i, fn } of places) {
      const code = planted.code[i]!;
      expect(code).not.toBe(fn.code);
      const parser = await loadLanguage(fn.language);
      expect(parser.withSnippet(code, (_, { hasError, isFunction }) => isFunction && !hasError)).toBe(true);
      const { outcome } = await judge.decide(
        {
          query: fn.docstring,
          positive: fn.code,
          candidate: code,
          positiveLanguage: fn.language,
          candidateLanguage: planted.language[i]!,
          treeRatio: Number.NaN,
        },
        { seed: 0 },
      );
      if (kind === 'renamed-clone') expect(outcome, code).toBe('raise');
      if (kind === 'turned-operator') expect(outcome, code).toBe('keep');
    }
    const same = places.filter(({ kind }) => kind === 'same-docstring');
    expect(same.map(({ i, fn }) => [fn.code, planted.code[i]])).toEqual([
      [functions[3]!.code, functions[4]!.code],
    ]);
  });

  it('renames a clone’s own names alone: what it calls and what others see of it stays', async () => {
    const planted = await plantNegatives(functions, { perKind: 10 });
    const cloneOf = (name: string) =>
      planted.code.find(
        (_, i) => planted.kind[i] === 'renamed-clone' && functions[planted.query[i]!]!.code.includes(name),
      )!;
    const join = cloneOf('joinPath');
    expect(join).not.toMatch(/joinPath|segments|parts/);
    expect(join).toMatch(/\.filter\(Boolean\).*\.join\("\/"\)/);
    // `depth` is a property of what comes in and goes out.
    expect(cloneOf('keep(')).toMatch(/\{ depth \} = .*\{ depth, size: depth \+ 1 \}/);
    // `mode` names an argument of a function that is not ours.
    expect(cloneOf('open_archive')).toMatch(/open\(\w+, mode=mode\)/);
  });

  it('plants functions as other versions have them, where more than the layout differs', async () => {
    const sum = functions[0]!.code;
    const otherVersions = [
      { function: 0, code: sum.replace('let total', 'var total') },
      { function: 1, code: functions[1]!.code.replaceAll('; ', ';\n  ') },
    ];
    const planted = await plantNegatives(functions, { otherVersions });
    const places = planted.kind.flatMap((kind, i) => (kind === 'other-version' ? [i] : []));
    expect(places.map((i) => [planted.query[i], planted.code[i]])).toEqual([[0, otherVersions[0]!.code]]);
    await expect(plantNegatives(functions, { otherVersions: [{ function: 9, code: sum }] })).rejects.toThrow(
      'otherVersions[0].function must be a row of 7 functions, received 9',
    );
  });

  it('is the same for a seed, and another for another', async () => {
    const [one, again, other] = await Promise.all([
      plantNegatives(functions, { perKind: 2, seed: 1 }),
      plantNegatives(functions, { perKind: 2, seed: 1 }),
      plantNegatives(functions, { perKind: 2, seed: 2 }),
    ]);
    expect(again).toEqual(one);
    expect(other!.code).not.toEqual(one!.code);
  });

  it('leaves docstrings aside that are too short, or shared by too many', async () => {
    const kinds = async (options: object) => (await plantNegatives(functions, options)).kind;
    expect(await kinds({ minWords: 30 })).not.toContain('same-docstring');
    expect(await kinds({ maxSharing: 1 })).not.toContain('same-docstring');
    await expect(plantNegatives(functions, { perKind: 0 })).rejects.toThrow(/perKind/);
  });
});

describe('detectionRates', () => {
  it('counts by kind; precision and recall follow', () => {
    const kinds = ['renamed-clone', 'same-docstring', 'turned-operator', 'unrelated', 'unrelated'] as const;
    const { precision, recall, byKind } = detectionRates(kinds, [1, 0, 1, 0, 1]);
    expect(precision).toBeCloseTo(1 / 3, 12);
    expect(recall).toBe(0.5);
    expect(byKind.unrelated).toEqual({ planted: 2, found: 1 });
    expect(detectionRates(kinds, [0, 0, 0, 0, 0]).precision).toBeNaN();
    expect(() => detectionRates(kinds, [1])).toThrow('found must have shape [S] = [5], received [1]');
  });
});
