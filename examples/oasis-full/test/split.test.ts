import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamedSides, OwnerSplit, type SplitItem } from '../corpus/owner-split.js';

const corpus = (sizes: Readonly<Record<string, number>>) =>
  Object.entries(sizes).flatMap(([repository, size]) =>
    Array.from({ length: size }, (_, i) => ({ repository, path: `file-${i % 7}.js` })),
  );

const splitByOwner = (
  items: readonly SplitItem[],
  ownerOf: (repository: string) => string,
  seed: number,
  named?: NamedSides,
) => {
  const split = new OwnerSplit(ownerOf, seed, named);
  for (const item of items) split.add(item);
  const { unit, splitOf } = split.settle();
  return { unit, splits: items.map(splitOf) };
};

describe('OwnerSplit', () => {
  it('keeps everything of one owner on one side', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 12 }),
        fc.nat(),
        (sizes, seed) => {
          const items = corpus(Object.fromEntries(sizes.map((size, i) => [`r${i}`, size])));
          // Two repositories an owner: @a/x and @a/y must not be parted.
          const ownerOf = (name: string) => `o${Math.floor(Number(name.slice(1)) / 2)}`;
          const { splits, unit } = splitByOwner(items, ownerOf, seed);
          const sides = new Map<string, Set<string>>();
          items.forEach((item, i) => {
            const key = unit === 'owner' ? ownerOf(item.repository) : `${item.repository}/${item.path}`;
            sides.set(key, (sides.get(key) ?? new Set()).add(splits[i]!));
          });
          for (const side of sides.values()) expect(side.size).toBe(1);
        },
      ),
    );
  });

  it('gives every side something where there are three owners', () => {
    const { splits } = splitByOwner(corpus({ a: 900, b: 40, c: 60 }), (name) => name, 1);
    expect(new Set(splits)).toEqual(new Set(['train', 'validation', 'test']));
  });

  it('divides a single repository by file', () => {
    const { splits, unit } = splitByOwner(corpus({ a: 700 }), (name) => name, 1);
    expect(unit).toBe('file');
    expect(new Set(splits).size).toBe(3);
  });

  it('depends on the seed and on nothing else', () => {
    const items = corpus({ a: 100, b: 90, c: 80, d: 70, e: 60, f: 50 });
    const sides = (seed: number) => splitByOwner(items, (name) => name, seed).splits.join();
    expect(sides(1)).toBe(sides(1));
    expect(new Set([1, 2, 3, 4, 5, 6].map(sides)).size).toBeGreaterThan(1);
  });

  it('puts named repositories on their side, whatever the seed, and divides the others', () => {
    const items = corpus({ a: 100, b: 90, c: 80, d: 70 });
    for (const seed of [1, 2, 3]) {
      const { splits, unit } = splitByOwner(items, (name) => name, seed, { validation: ['a'], test: ['d'] });
      expect(unit).toBe('owner');
      const sides = Object.fromEntries(items.map(({ repository }, i) => [repository, splits[i]]));
      expect(sides).toEqual({ a: 'validation', b: 'train', c: 'train', d: 'test' });
    }
    const rest = splitByOwner(items, (name) => name, 1, { validation: [], test: ['d'] });
    const validated = items.filter((_, i) => rest.splits[i] === 'validation');
    expect(new Set(validated.map(({ repository }) => repository)).size).toBe(1);
    expect(items.every(({ repository }, i) => (rest.splits[i] === 'test') === (repository === 'd'))).toBe(
      true,
    );
  });

  it('divides by file what is left of two repositories when one is named', () => {
    const items = corpus({ a: 700, b: 100 });
    const { splits, unit } = splitByOwner(items, (name) => name, 1, { validation: [], test: ['b'] });
    expect(unit).toBe('file');
    expect(new Set(splits)).toEqual(new Set(['train', 'validation', 'test']));
    expect(items.every(({ repository }, i) => (splits[i] === 'test') === (repository === 'b'))).toBe(true);
    expect(() => splitByOwner(items, () => 'one', 1, { validation: ['a'], test: ['b'] })).toThrow(
      '--validation-repos and --test-repos must name different owners, received one twice',
    );
  });
});
