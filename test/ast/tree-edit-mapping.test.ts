import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  editScript,
  type FlatTree,
  flattenObject,
  type TreeMapping,
  treeEditDistance,
  treeEditMapping,
} from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { plantEdits, randomTree, treeArbitrary } from './trees.js';

const costs = { insert: 1.25, delete: (label: string) => (label === 'l0' ? 0.5 : 2), rename: 2.75 };

/** Order is kept when postorder places rise together, ancestry when subtrees hold each other alike. */
const expectValid = (a: FlatTree, b: FlatTree, { targets, sources }: TreeMapping) => {
  const pairs = Array.from(targets, (j, i) => [i, j] as const).filter(([, j]) => j !== -1);
  for (const [i, j] of pairs) expect(sources[j]).toBe(i);
  expect(Array.from(sources).filter((i) => i !== -1)).toHaveLength(pairs.length);
  const within = (tree: FlatTree, node: number, root: number) =>
    node > root - tree.sizes[root]! && node <= root;
  const broken = pairs.filter(([i, j]) =>
    pairs.some(([k, l]) => i < k !== j < l || within(a, i, k) !== within(b, j, l)),
  );
  expect(broken).toEqual([]);
};

const unitCost = (a: FlatTree, b: FlatTree, { targets, sources }: TreeMapping) => {
  const deleted = targets.filter((j) => j === -1).length;
  const inserted = sources.filter((i) => i === -1).length;
  const renamed = targets.filter((j, i) => j !== -1 && a.labels[i] !== b.labels[j]).length;
  return deleted + inserted + renamed;
};

describe('treeEditMapping', () => {
  const trees = treeArbitrary(35, 3);

  it('keeps order and ancestry, and costs what the distance is', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const mapping = treeEditMapping(fa, fb);
        expectValid(fa, fb, mapping);
        expect(mapping.distance).toBe(treeEditDistance(fa, fb));
        expect(unitCost(fa, fb, mapping)).toBe(mapping.distance);
      }),
      { numRuns: 250 },
    );
  });

  it('does so on edited trees, where most is set aside first', () => {
    const random = createRandom(4);
    for (let run = 0; run < 150; run++) {
      const a = randomTree(random, 5 + random.below(70), 3, random.uniform());
      const [fa, fb] = [flattenObject(a), flattenObject(plantEdits(a, random.below(9), random, 3))];
      const mapping = treeEditMapping(fa, fb);
      expectValid(fa, fb, mapping);
      expect(unitCost(fa, fb, mapping)).toBe(treeEditDistance(fa, fb));
    }
  });

  it('does so under costs', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const mapping = treeEditMapping(fa, fb, costs);
        expectValid(fa, fb, mapping);
        let total = 0;
        for (const edit of editScript(fa, fb, mapping)) {
          if (edit.kind === 'insert') total += costs.insert;
          else if (edit.kind === 'delete') total += costs.delete(edit.label!);
          else total += costs.rename;
        }
        expect(total).toBeCloseTo(mapping.distance, 10);
        expect(mapping.distance).toBe(treeEditDistance(fa, fb, costs));
      }),
      { numRuns: 150 },
    );
  });

  it('maps large trees that are near each other through a band, at the cost of the distance', () => {
    const random = createRandom(12);
    for (const [bushiness, count] of [
      [0.2, 3],
      [0.8, 25],
      [1, 40],
    ] as const) {
      const a = randomTree(random, 1500, 6, bushiness);
      const [fa, fb] = [flattenObject(a), flattenObject(plantEdits(a, count, random, 6))];
      const mapping = treeEditMapping(fa, fb);
      expect(mapping.distance).toBeLessThanOrEqual(count);
      expect(mapping.distance).toBe(treeEditDistance(fa, fb));
      expect(unitCost(fa, fb, mapping)).toBe(mapping.distance);
      expect(treeEditDistance(applyEdits(fa, editScript(fa, fb, mapping)), fb)).toBe(0);
    }
  });

  it('maps equal trees node by node, and nothing to the empty tree', () => {
    const tree = flattenObject(randomTree(createRandom(8), 25, 4));
    const copy = flattenObject(randomTree(createRandom(8), 25, 4));
    expect([...treeEditMapping(tree, copy).targets]).toEqual([...tree.labels.keys()]);
    const empty = flattenObject(null);
    expect(treeEditMapping(tree, empty)).toEqual({
      distance: 25,
      targets: new Int32Array(25).fill(-1),
      sources: new Int32Array(0),
    });
    expect(treeEditMapping(empty, tree, costs).distance).toBe(25 * 1.25);
    expect(treeEditMapping(tree, tree).distance).toBe(0);
  });
});
