import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldSplit, sideIn } from '../corpus/fold-split.js';
import { summarizeFolds } from '../pipeline/refit/summarize-folds.js';

const ownerOf = (repository: string) => repository;
const filesOf = (sizes: readonly number[], repository = 'r') =>
  sizes.flatMap((size, file) =>
    Array.from({ length: Math.max(1, size) }, () => ({
      repository,
      path: `${file}.js`,
      documented: size > 0,
    })),
  );

describe('foldSplit', () => {
  it('holds out every function once, and never divides a file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 4, maxLength: 20 }),
        fc.integer({ min: 3, max: 5 }),
        fc.nat(),
        (sizes, folds, seed) => {
          const items = filesOf(sizes);
          const asked = sizes.filter((size) => size > 0).length;
          if (asked < folds) {
            expect(() => foldSplit(items, { folds, seed, ownerOf })).toThrow(
              `--folds must be at most the number of files with documented functions, ${asked}, received ${folds}`,
            );
            return;
          }
          const rule = foldSplit(items, { folds, seed, ownerOf });
          expect(rule.unit).toBe('file');
          const sidesOf = (item: (typeof items)[number]) =>
            Array.from({ length: folds }, (_, fold) => sideIn(fold, rule, item))
              .sort()
              .join();
          const expected = ['test', ...Array<string>(folds - 2).fill('train'), 'validation'].join();
          expect(new Set(items.map(sidesOf))).toEqual(new Set([expected]));
          const parts = new Map(items.map((item) => [item.path, new Set<number>()]));
          for (const item of items) parts.get(item.path)!.add(rule.foldOf(item));
          expect([...parts.values()].every((part) => part.size === 1)).toBe(true);
          // No part is without a question.
          const held = items.filter(({ documented }) => documented).map(rule.foldOf);
          expect(new Set(held).size).toBe(folds);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('makes parts that differ by no more than the largest file', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 5, maxLength: 20 }), (sizes) => {
        const items = filesOf(sizes);
        const { foldOf } = foldSplit(items, { folds: 4, seed: 1, ownerOf });
        const counts = [0, 0, 0, 0];
        for (const item of items) counts[foldOf(item)]!++;
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(Math.max(...sizes));
      }),
    );
  });

  it('divides by repository where there are enough', () => {
    const items = ['a', 'b', 'c'].flatMap((name) => filesOf([3, 4], name));
    const { unit, foldOf } = foldSplit(items, { folds: 3, seed: 1, ownerOf });
    expect(unit).toBe('owner');
    expect(new Set(items.map((item) => `${item.repository} ${foldOf(item)}`)).size).toBe(3);
  });
});

describe('summarizeFolds', () => {
  it('has the mean over all questions, the spread of the parts, and a test against the last system', () => {
    const rising = [[0.2, 0.4], [0.6]];
    const [first, last] = summarizeFolds(
      ['first', 'last'],
      rising.map((part) => [part, part.map((value) => value + 0.1)]),
      1,
    );
    expect(first!.mean).toBeCloseTo(0.4);
    expect(first!.values.map((value) => value.toFixed(2))).toEqual(['0.30', '0.60']);
    // statistics.stdev([0.3, 0.6]) of Python.
    expect(first!.deviation).toBeCloseTo(0.21213203435596426);
    expect(first!.pValue).toBeGreaterThan(0.2);
    expect(last!.pValue).toBeUndefined();
  });
});
