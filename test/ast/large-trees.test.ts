import { describe, expect, it } from 'vitest';
import {
  type FlatTree,
  flattenObject,
  nearTwins,
  streamNearTwins,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
  UndecidedDistanceError,
} from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import type { OracleTree } from '../reference/tree-edit.js';
import { plantEdits, randomTree } from './trees.js';

const star = (leaves: number, label: (k: number) => string): OracleTree => ({
  label: 'root',
  children: Array.from({ length: leaves }, (_, k) => ({ label: label(k), children: [] })),
});

describe('trees beyond every table', () => {
  it('bounds a star of 20,000 leaves with 50 renames', () => {
    const a = flattenObject(star(20_000, (k) => `l${k % 7}`));
    const b = flattenObject(star(20_000, (k) => (k % 400 === 13 ? 'other' : `l${k % 7}`)));
    expect(treeEditDistanceWithin(a, b, 50)).toBe(50);
    expect(treeEditDistanceWithin(a, b, 49)).toBe(Number.POSITIVE_INFINITY);
    expect(treeEditDistance(a, b)).toBe(50);
  });

  it('finds planted edits in a tree of 50,000 nodes', () => {
    const random = createRandom(3);
    const tree = randomTree(random, 50_000, 40, 0.8);
    const [a, b] = [flattenObject(tree), flattenObject(plantEdits(tree, 5, random, 40))];
    const distance = treeEditDistanceWithin(a, b, 50);
    expect(distance).toBeGreaterThan(0);
    expect(distance).toBeLessThanOrEqual(5);
    expect(treeEditDistanceWithin(b, a, distance)).toBe(distance);
    expect(treeEditDistanceWithin(a, b, distance - 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('leave no scratch memory behind', () => {
    const a = flattenObject(star(20_000, (k) => `l${k % 7}`));
    const b = flattenObject(star(20_000, (k) => (k % 100 === 13 ? 'other' : `l${k % 7}`)));
    treeEditDistanceWithin(a, b, 0);
    const before = process.memoryUsage().arrayBuffers;
    treeEditDistanceWithin(a, b, 4_000);
    // The tables of this call took some 20 MB or more each; what stays per table is 16 MiB at most.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 27);
  });
});

/** Two large trees near enough to pass the filters of a join and too far apart for any table; and a pair of twins. */
const hardPair = (): FlatTree[] => {
  const random = createRandom(8);
  const deep = (turned: boolean): OracleTree => ({
    label: 'root',
    children: Array.from({ length: 10_000 }, (_, k) => {
      // The same labels in preorder and nearly so in postorder, nested in another way.
      const leaf = { label: `l${k % 5}`, children: [] };
      return turned
        ? { label: 'n', children: [{ label: 'n', children: [] }, leaf] }
        : { label: 'n', children: [{ label: 'n', children: [leaf] }] };
    }),
  });
  const twin = randomTree(random, 40, 5);
  return [deep(false), twin, deep(true), plantEdits(twin, 1, random, 5)].map((tree) => flattenObject(tree));
};

describe('a join with a pair that it cannot decide', () => {
  it('names both trees and keeps what it found', async () => {
    const trees = hardPair();
    const settings = { ratio: 0.3, pairTimeLimit: 50 };
    const twins = nearTwins(trees, settings);
    expect([[...twins.left], [...twins.right]]).toEqual([[1], [3]]);
    expect([[...twins.undecided.left], [...twins.undecided.right]]).toEqual([[0], [2]]);
    expect(twins.undecided.atLeast[0]).toBeGreaterThan(0);
    expect(twins.statistics.undecided).toBe(1);
    const undecided: number[] = [];
    for await (const batch of streamNearTwins(trees, settings)) undecided.push(...batch.undecided.left);
    expect(undecided).toEqual([0]);
  });
});

describe('limits of a single call', () => {
  const random = createRandom(17);
  const [a, b] = [1, 2].map(() => flattenObject(randomTree(random, 4_000, 3, 0.3))) as [FlatTree, FlatTree];

  it('end it with a TimeoutError', () => {
    const start = performance.now();
    expect(() => treeEditDistance(a, b, undefined, { timeLimit: 20 })).toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
    expect(() => treeEditDistance(a, b, { rename: 1.5 }, { timeLimit: 20 })).toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('end it with the reason of a signal, also of one that fires on the way', () => {
    const reason = new Error('enough');
    expect(() => treeEditDistanceWithin(a, b, 9, { signal: AbortSignal.abort(reason) })).toThrow(reason);
    let looks = 0;
    const signal = {
      get aborted() {
        return ++looks > 1;
      },
      reason,
    };
    expect(() => treeEditDistance(a, b, undefined, { signal })).toThrow(reason);
  });

  it('change no result where they are not reached', () => {
    const [c, d] = [1, 2].map(() => flattenObject(randomTree(random, 300, 3, 0.4))) as [FlatTree, FlatTree];
    expect(treeEditDistance(c, d, undefined, { timeLimit: 1e9 })).toBe(treeEditDistance(c, d));
  });

  it('refuse a negative time', () => {
    expect(() => treeEditDistance(a, a, undefined, { timeLimit: -1 })).toThrow(
      'timeLimit must be a number of milliseconds of at least 0, received -1',
    );
  });

  it('refuse a misspelled one, by name', () => {
    const limits = { timelimit: 1 } as object;
    const message = (name: string) => `${name} has no option timelimit: did you mean timeLimit?`;
    expect(() => treeEditDistance(a, b, undefined, limits)).toThrow(message('treeEditDistance'));
    expect(() => treeEditDistanceWithin(a, b, 1, limits)).toThrow(message('treeEditDistanceWithin'));
    expect(() => treeEditMapping(a, b, undefined, limits)).toThrow(message('treeEditMapping'));
  });
});

describe('UndecidedDistanceError', () => {
  it('says how far apart two stars without a common leaf are at least', () => {
    const [a, b] = ['a', 'b'].map((label) => flattenObject(star(20_000, () => label))) as [
      FlatTree,
      FlatTree,
    ];
    expect(() => treeEditDistance(a, b)).toThrow(UndecidedDistanceError);
    try {
      treeEditDistance(a, b);
    } catch (error) {
      expect((error as UndecidedDistanceError).atLeast).toBe(20_000);
    }
  });
});
