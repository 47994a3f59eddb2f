import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decontaminate, dropNearDuplicates } from '../../../src/corpus/index.js';
import { functionWith } from '../code-function.js';

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
