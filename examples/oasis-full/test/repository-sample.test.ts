import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { seededOrder } from '../corpus/owner-split.js';
import { RepositorySample } from '../corpus/repository-sample.js';
import { retrievalSet } from '../evaluation/retrieval-set.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-sample-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Item {
  readonly id: string;
  readonly repository: string;
}

const itemsOf = (sizes: readonly number[]): Item[] =>
  sizes.flatMap((size, r) =>
    Array.from({ length: size }, (_, i) => ({ id: `r${r}/f${i}`, repository: `r${r}` })),
  );

const drawn = (items: readonly Item[], limit: number, seed: number): Item[] => {
  const sample = new RepositorySample<Item>(limit, seed);
  for (const item of items) sample.add(item.repository, () => item);
  expect(sample.total).toBe(items.length);
  return sample.settle();
};

/** The rule read off with everything in memory. */
const drawnAtOnce = (items: readonly Item[], limit: number, seed: number): Set<string> => {
  const byOrder = (names: readonly string[]) =>
    names.toSorted((a, b) => seededOrder(seed, a) - seededOrder(seed, b) || (a < b ? -1 : 1));
  const ids = (name: string) => items.filter(({ repository }) => repository === name).map(({ id }) => id);
  const taken: string[] = [];
  for (const name of byOrder([...new Set(items.map(({ repository }) => repository))])) {
    const own = ids(name);
    if (taken.length + own.length > limit) {
      if (taken.length === 0) taken.push(...byOrder(own).slice(0, limit));
      break;
    }
    taken.push(...own);
  }
  return new Set(taken);
};

const seedOf = fc.integer({ min: 0, max: 1000 });

describe('RepositorySample', () => {
  it('draws by its rule, whatever the order in which items come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
        fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 3000 })),
        seedOf,
        seedOf,
        (sizes, limit, seed, shuffle) => {
          const items = itemsOf(sizes);
          const shuffled = items.toSorted((a, b) => seededOrder(shuffle, a.id) - seededOrder(shuffle, b.id));
          const wanted = drawnAtOnce(items, limit, seed);
          expect(wanted.size).toBeLessThanOrEqual(limit);
          for (const order of [items, shuffled, items.toReversed()])
            expect(drawn(order, limit, seed)).toEqual(order.filter(({ id }) => wanted.has(id)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('draws all where all fit', () => {
    const items = itemsOf([900, 800, 700, 600]);
    expect(drawn(items, 3000, 5)).toEqual(items);
    expect(drawn(items, 2999, 5).length).toBeLessThan(3000);
  });

  it('lets go of what it cannot draw: few more than N are kept', () => {
    let asked = 0;
    const sample = new RepositorySample<Item>(100, 1);
    for (let r = 0; r < 2000; r++) {
      for (let i = 0; i < 20; i++) {
        sample.add(`r${r}`, () => {
          asked++;
          return { id: `r${r}/f${i}`, repository: `r${r}` };
        });
      }
    }
    expect(sample.settle()).toHaveLength(100);
    expect(sample.total).toBe(40_000);
    expect(asked).toBeLessThan(2000);
  });
});

describe('retrievalSet', () => {
  const write = (name: string, sizes: Readonly<Record<string, number>>) => {
    const rows = Object.entries(sizes).flatMap(([repository, size], r) =>
      Array.from({ length: size }, (_, i) => ({
        id: `${repository}#${i}`,
        repository,
        split: r % 3 === 2 ? 'validation' : 'test',
        documented: i % 4 !== 3,
        language: 'python',
        qualifiedName: `f${i}`,
        code: `def f${i}(): return ${r}`,
        // Two functions share a docstring.
        summary: i % 4 === 3 ? null : `Gives ${r}, for the ${Math.max(i, 1)}th time.`,
      })),
    );
    const path = join(scratch, name);
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return { rows, folder: { path: () => path } };
  };
  const optionsOf = (testFunctions: number, validationFunctions: number) => ({
    seed: 3,
    testFunctions,
    training: { validationFunctions },
  });

  it('holds the documented functions of a split, and the first documents that answer each query', async () => {
    const { rows, folder } = write('all.jsonl', { a: 40, b: 8, c: 12 });
    const lines: string[] = [];
    const progress = { line: (text: string) => lines.push(text) };
    const set = await retrievalSet({ folder, options: optionsOf(36, 9), progress }, 'test');
    const own = rows.filter(({ split, documented }) => split === 'test' && documented);
    expect(set.functions.map(({ id }) => id)).toEqual(own.map(({ id }) => id));
    expect(set.documents).toEqual(own.map(({ code }) => code));
    expect(Array.from(set.relevant.query, (query) => set.queries[query])).toEqual(
      own.map(({ summary }) => summary),
    );
    expect(set.queries).toHaveLength(own.length - 2);
    expect(set.heldOut).toBe(36);
    expect(lines).toEqual([]);
  });

  it('keeps whole repositories up to its option, each split by its own, and says so', async () => {
    const { folder } = write('some.jsonl', { a: 40, b: 8, c: 12, d: 40, e: 16, f: 400 });
    const lines: string[] = [];
    const progress = { line: (text: string) => lines.push(text) };
    const options = optionsOf(47, 5);
    const test = await retrievalSet({ folder, options, progress }, 'test');
    expect(test.heldOut).toBe(78);
    const counts = new Map<string, number>();
    for (const { repository } of test.functions) counts.set(repository, (counts.get(repository) ?? 0) + 1);
    const documented: Readonly<Record<string, number>> = { a: 30, b: 6, d: 30, e: 12 };
    for (const [name, count] of counts) expect(count).toBe(documented[name]);
    expect(test.documents.length).toBeLessThanOrEqual(47);
    const validation = await retrievalSet({ folder, options, progress }, 'validation');
    expect(validation.documents).toHaveLength(5);
    expect(lines).toEqual([
      `${test.documents.length} of 78 held-out documented functions are ranked (--test-functions)`,
      '5 of 309 held-out documented functions are used for validation (--validation-functions)',
    ]);
  });
});
