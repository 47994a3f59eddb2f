import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  editScript,
  type FlatTree,
  flattenObject,
  formatEditScript,
  type LabeledNode,
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

describe('editScript', () => {
  it('deletes, renames and inserts exactly what the mapping leaves out or changes', () => {
    fc.assert(
      fc.property(treeArbitrary(30), treeArbitrary(30), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const mapping = treeEditMapping(fa, fb);
        const edits = editScript(fa, fb, mapping);
        expect(edits).toHaveLength(mapping.distance);
        const all = editScript(fa, fb, mapping, { keep: true });
        const after = all.filter(({ kind }) => kind !== 'delete');
        expect(after.map(({ to }) => to)).toEqual([...fb.labels.keys()]);
        expect(after.map(({ newLabel }) => newLabel)).toEqual(
          Array.from(fb.labels, (id) => fb.vocabulary.name(id)),
        );
        const before = all.filter(({ kind }) => kind !== 'insert');
        expect(before.map(({ from }) => from)).toEqual([...fa.labels.keys()]);
      }),
      { numRuns: 60 },
    );
  });

  it('reads as text', () => {
    const [w, x, y, z] = ['w', 'x', 'y', 'z'].map((label) => ({ label })) as [
      LabeledNode,
      LabeledNode,
      LabeledNode,
      LabeledNode,
    ];
    const a = flattenObject({ label: 'f', children: [x, y, w] });
    const b = flattenObject({ label: 'g', children: [y, w, z] });
    expect(formatEditScript(editScript(a, b, treeEditMapping(a, b)))).toBe(
      'delete x (0)\ninsert z (2)\nrename f (3) to g (3)',
    );
    expect(formatEditScript(editScript(a, a, treeEditMapping(a, a), { keep: true }))).toBe(
      'keep x (0) as x (0)\nkeep y (1) as y (1)\nkeep w (2) as w (2)\nkeep f (3) as f (3)',
    );
  });

  it('refuses a mapping of other trees', () => {
    const a = flattenObject({ label: 'f' });
    const b = flattenObject({ label: 'f', children: [{ label: 'x' }] });
    expect(() => editScript(b, b, treeEditMapping(a, b))).toThrow(
      'mapping must be of trees of 2 and 2 nodes, received 1 and 2',
    );
  });
});
