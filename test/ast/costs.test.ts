import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  flattenObject,
  normalizedTreeEditDistance,
  treeEditDistance,
  treeEditMapping,
} from '../../src/ast/index.js';
import { bruteForceDistance, type OracleTree } from '../reference/tree-edit.js';
import { treeArbitrary } from './trees.js';

const tiny = treeArbitrary(6, 2);
const countNodes = (tree: OracleTree): number =>
  1 + tree.children.reduce((sum, child) => sum + countNodes(child), 0);
/** The size of each subtree written into its label, where the oracle can see it. */
const withSizes = (tree: OracleTree): OracleTree => ({
  label: `${tree.label}:${countNodes(tree)}`,
  children: tree.children.map(withSizes),
});
const sizeOf = (label: string) => Number(label.split(':')[1]);
const nameOf = (label: string) => label.split(':')[0];

describe('costs', () => {
  it('charge pairs of equal labels when they have a price', () => {
    const costs = {
      insert: 2,
      delete: 1.5,
      rename: 2.5,
      match: (label: string) => (label === 'l0' ? 0.25 : 0.75),
    };
    const oracle = { insert: () => 2, delete: () => 1.5, rename: () => 2.5, match: costs.match };
    fc.assert(
      fc.property(tiny, tiny, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        expect(treeEditDistance(fa, fb, costs)).toBeCloseTo(bruteForceDistance(a, b, oracle), 10);
        expect(treeEditMapping(fa, fb, costs).distance).toBe(treeEditDistance(fa, fb, costs));
      }),
      { numRuns: 150 },
    );
    const leaf = flattenObject({ label: 'l0' });
    expect(treeEditDistance(leaf, leaf, costs)).toBe(0.25);
  });

  it('may look at the node: what it costs can grow with what stands below it', () => {
    const pairCost = (same: boolean, sizeA: number, sizeB: number) =>
      (same ? 0 : 1) + Math.abs(sizeA - sizeB) / 8;
    fc.assert(
      fc.property(tiny, tiny, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const costs = {
          byNode: true,
          insert: 1,
          delete: ({ tree, index }: { tree: { sizes: Int32Array }; index: number }) =>
            1 + tree.sizes[index]! / 4,
          pair: (from: { tree: typeof fa; index: number; label: string }, to: typeof from) =>
            pairCost(from.label === to.label, from.tree.sizes[from.index]!, to.tree.sizes[to.index]!),
        } as const;
        const expected = bruteForceDistance(withSizes(a), withSizes(b), {
          insert: () => 1,
          delete: (label) => 1 + sizeOf(label) / 4,
          rename: (from, to) => pairCost(nameOf(from) === nameOf(to), sizeOf(from), sizeOf(to)),
        });
        expect(treeEditDistance(fa, fb, costs)).toBeCloseTo(expected, 10);
        expect(treeEditMapping(fa, fb, costs).distance).toBeCloseTo(expected, 10);
      }),
      { numRuns: 150 },
    );
  });

  it('are the unit costs by node when nothing else is said', () => {
    fc.assert(
      fc.property(treeArbitrary(25), treeArbitrary(25), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        expect(treeEditDistance(fa, fb, { byNode: true })).toBe(treeEditDistance(fa, fb));
      }),
      { numRuns: 60 },
    );
  });
});

describe('normalizedTreeEditDistance', () => {
  it('is 2d / (|a| + |b| + d), keeps to [0, 1] and is symmetric', () => {
    fc.assert(
      fc.property(treeArbitrary(20), treeArbitrary(20), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const d = treeEditDistance(fa, fb);
        const value = normalizedTreeEditDistance(fa, fb);
        expect(value).toBe(d === 0 ? 0 : (2 * d) / (fa.size + fb.size + d));
        expect(value).toBeLessThanOrEqual(1);
        expect(normalizedTreeEditDistance(fb, fa)).toBe(value);
      }),
      { numRuns: 80 },
    );
    const empty = flattenObject(null);
    expect(normalizedTreeEditDistance(empty, empty)).toBe(0);
    expect(normalizedTreeEditDistance(empty, flattenObject({ label: 'a' }))).toBe(1);
  });

  it('keeps the triangle inequality, which the ratio breaks', () => {
    const some = treeArbitrary(14, 2);
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        const [fa, fb, fc_] = [flattenObject(a), flattenObject(b), flattenObject(c)];
        for (const costs of [undefined, { insert: 2, delete: 2, rename: 3 }]) {
          const distance = (x: typeof fa, y: typeof fa) =>
            normalizedTreeEditDistance(x, y, costs === undefined ? {} : { costs });
          expect(distance(fa, fc_)).toBeLessThanOrEqual(distance(fa, fb) + distance(fb, fc_) + 1e-12);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('asks for the largest cost where costs are functions', () => {
    const tree = flattenObject({ label: 'a' });
    expect(() => normalizedTreeEditDistance(tree, tree, { costs: { insert: () => 1 } })).toThrow(
      'largestCost must be given with costs that are functions',
    );
    expect(() => normalizedTreeEditDistance(tree, tree, { costs: { insert: 3 }, largestCost: 2 })).toThrow(
      'largestCost must be at least costs.insert = 3, received 2',
    );
  });
});
