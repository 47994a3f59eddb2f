import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createVocabulary,
  type FlatTree,
  flattenObject,
  type LabeledNode,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
  treeEditRatio,
} from '../../src/ast/index.js';
import { maximumTreeSize } from '../../src/ast/tree/flat-tree.js';
import { classifySubtrees } from '../../src/ast/tree/subtree-classes.js';
import { createRandom } from '../../src/numerics/index.js';
import { bruteForceDistance, countNodes, mirrorTree, type OracleTree } from '../reference/tree-edit.js';
import { textbookZhangShasha } from '../reference/tree-edit-zhang-shasha.js';
import { chain, plantEdits, randomTree, treeArbitrary } from './trees.js';

const small = treeArbitrary(8);
const large = treeArbitrary(80, 4);
const distance = (a: OracleTree, b: OracleTree) => treeEditDistance(flattenObject(a), flattenObject(b));
const textbook = (a: FlatTree, b: FlatTree) => textbookZhangShasha(a.labels, a.sizes, b.labels, b.sizes);

describe('treeEditDistance', () => {
  it('equals the recursion on forests for small trees', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(distance(a, b)).toBe(bruteForceDistance(a, b));
      }),
      { numRuns: 300 },
    );
  });

  it('equals the textbook algorithm for larger trees of every shape', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        const fa = flattenObject(a);
        const fb = flattenObject(b);
        expect(treeEditDistance(fa, fb)).toBe(textbook(fa, fb));
      }),
      { numRuns: 400 },
    );
  });

  it('equals the textbook algorithm where whole subtrees repeat', () => {
    const random = createRandom(21);
    for (let run = 0; run < 60; run++) {
      const parts = Array.from({ length: 4 }, () => randomTree(random, 1 + random.below(9), 2));
      const assemble = (): OracleTree => ({
        label: `l${random.below(2)}`,
        children: Array.from({ length: random.below(8) }, () => ({
          label: `l${random.below(2)}`,
          children: Array.from({ length: random.below(4) }, () => parts[random.below(4)]!),
        })),
      });
      const a = flattenObject(assemble());
      const b = flattenObject(assemble());
      expect(treeEditDistance(a, b)).toBe(textbook(a, b));
    }
  });

  it('is a metric', () => {
    fc.assert(
      fc.property(large, large, large, (a, b, c) => {
        const ab = distance(a, b);
        expect(distance(a, a)).toBe(0);
        expect(distance(b, a)).toBe(ab);
        expect(ab === 0).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(distance(a, c)).toBeLessThanOrEqual(ab + distance(b, c));
      }),
      { numRuns: 150 },
    );
  });

  it('is the same for mirrored trees', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        expect(distance(mirrorTree(a), mirrorTree(b))).toBe(distance(a, b));
      }),
      { numRuns: 200 },
    );
  });

  it('is at most the number of edits planted, and their exact number when they cannot cancel', () => {
    const random = createRandom(5);
    for (let run = 0; run < 200; run++) {
      const a = randomTree(random, 40, 5, random.uniform());
      const edits = random.below(12);
      expect(distance(a, plantEdits(a, edits, random, 5))).toBeLessThanOrEqual(edits);
    }
    const a = randomTree(random, 40, 5);
    let fresh = 0;
    const rename = (node: OracleTree): OracleTree => ({
      label: random.uniform() < 0.3 ? `fresh${fresh++}` : node.label,
      children: node.children.map(rename),
    });
    const renamed = rename(a);
    expect(distance(a, renamed)).toBe(fresh);
  });

  it('lets a node move under another only at the cost of two edits, unlike a top-down alignment', () => {
    const leaf = (label: string) => ({ label, children: [] });
    const wrapped = { label: 'f', children: [{ label: 'try', children: [leaf('a'), leaf('b')] }] };
    const plain = { label: 'f', children: [leaf('a'), leaf('b')] };
    expect(distance(wrapped, plain)).toBe(1);
    expect(distance({ label: 'try', children: [plain] }, plain)).toBe(1);
  });

  it('counts all nodes against the empty tree, and nothing between two', () => {
    const empty = flattenObject(null);
    const tree = flattenObject(randomTree(createRandom(1), 17, 3));
    expect(treeEditDistance(empty, tree)).toBe(17);
    expect(treeEditDistance(tree, empty)).toBe(17);
    expect(treeEditDistance(empty, flattenObject(null))).toBe(0);
    expect(treeEditDistance(empty, tree, { insert: 2 })).toBe(34);
    expect(treeEditDistance(tree, empty, { delete: 3 })).toBe(51);
    expect(treeEditDistance(empty, flattenObject(null), { insert: 2 })).toBe(0);
  });

  it('is 0 or 1 between single nodes', () => {
    expect(distance({ label: 'a', children: [] }, { label: 'a', children: [] })).toBe(0);
    expect(distance({ label: 'a', children: [] }, { label: 'b', children: [] })).toBe(1);
  });

  it('takes trees 200,000 deep when what differs is small', () => {
    const a = flattenObject(chain(200_000, 'x'));
    const b = flattenObject(chain(200_001, 'x'));
    expect(treeEditDistance(a, flattenObject(chain(200_000, 'x')))).toBe(0);
    expect(treeEditDistance(a, b)).toBe(1);
  });

  it('refuses tables beyond its limit before filling any', () => {
    const star = (label: string): LabeledNode => ({
      label,
      children: Array.from({ length: 20_000 }, () => ({ label })),
    });
    expect(() => treeEditDistance(flattenObject(star('a')), flattenObject(star('b')))).toThrow(
      'a and b, of 20001 and 20001 nodes, must be at most 20000 edits apart for tables of at most 268435456 cells',
    );
  });

  it('refuses trees beyond the node limit before allocating anything', () => {
    const tree = flattenObject({ label: 'r' });
    // Too large to make: only its size says so.
    const size = maximumTreeSize + 1;
    const vast: FlatTree = { ...tree, size, labels: new Int32Array(0), sizes: new Int32Array(0) };
    const message = `a tree must have at most ${maximumTreeSize} nodes, received ${size}`;
    expect(() => treeEditDistance(vast, tree)).toThrow(message);
    expect(() => treeEditDistance(tree, vast)).toThrow(message);
    expect(() => treeEditDistance(vast, tree, { rename: 2 })).toThrow(RangeError);
    expect(() => treeEditDistanceWithin(vast, tree, size)).toThrow(message);
    expect(() => treeEditMapping(vast, tree)).toThrow(message);
  });

  it('refuses trees that are not comparable', () => {
    const a = flattenObject({ label: 'a' });
    const b = flattenObject({ label: 'a' }, { vocabulary: createVocabulary() });
    expect(() => treeEditDistance(a, b)).toThrow('a and b must be flattened with the same vocabulary');
    expect(() => treeEditDistance(a, { ...a, labelMode: 'type' })).toThrow(
      "a and b must have the same labels, received 'custom' and 'type'",
    );
    expect(() => treeEditDistance(a, { ...a, nodes: 'named' })).toThrow('must keep the same nodes');
  });

  it.each([
    ['an object without labels', { label: 'a', children: [] }],
    ['undefined', undefined],
    ['f(x)', 'f(x)'],
  ])('refuses %s where a flat tree is expected', (shown, value) => {
    const tree = flattenObject({ label: 'a' });
    const other = value as unknown as typeof tree;
    const message = (name: string) =>
      `${name} must be a flat tree, as flattenTree, flattenObject or treeFromJson make it, received ${shown}`;
    expect(() => treeEditDistance(other, tree)).toThrow(message('a'));
    expect(() => treeEditDistance(tree, other)).toThrow(message('b'));
  });

  it('does not take subtrees for equal because their hashes are', () => {
    const random = createRandom(77);
    const sizes = Int32Array.from([1, 1, 3]);
    const seen = new Map<number, Int32Array>();
    let collision: [Int32Array, Int32Array] | null = null;
    while (collision === null) {
      const labels = Int32Array.from([random.below(2 ** 20), random.below(2 ** 20), 1]);
      const hash = classifySubtrees(labels, sizes).hashes[2]!;
      const other = seen.get(hash);
      if (other !== undefined && String(other) !== String(labels)) collision = [other, labels];
      seen.set(hash, labels);
    }
    // The colliding subtrees stand below an equal root, where equal ones would be set aside.
    const [a, b] = collision.map(
      (labels): FlatTree => ({
        ...flattenObject(chain(4, 'x')),
        labels: Int32Array.from([...labels, 2]),
        sizes: Int32Array.from([1, 1, 3, 4]),
      }),
    ) as [FlatTree, FlatTree];
    const differing = a.labels.filter((label, i) => label !== b.labels[i]).length;
    expect(differing).toBeGreaterThan(0);
    expect(treeEditDistance(a, b)).toBe(textbook(a, b));
  });

  it('does not depend on which trees were compared before', () => {
    const random = createRandom(31);
    const trees = Array.from({ length: 12 }, () =>
      flattenObject(randomTree(random, 1 + random.below(90), 3, random.uniform())),
    );
    const all = () => trees.map((a) => trees.map((b) => treeEditDistance(a, b)));
    const first = all();
    expect(all()).toEqual(first);
    expect(trees.toReversed().map((a) => trees.toReversed().map((b) => treeEditDistance(a, b)))).toEqual(
      first.map((row) => row.toReversed()).toReversed(),
    );
  });
});

describe('treeEditDistance with costs', () => {
  const weights = fc.record({
    insert: fc.integer({ min: 0, max: 6 }),
    delete: fc.integer({ min: 0, max: 6 }),
    rename: fc.integer({ min: 0, max: 14 }),
    salt: fc.integer({ min: 1, max: 5 }),
  });

  it('equals the recursion on forests, whatever the costs', () => {
    fc.assert(
      fc.property(treeArbitrary(7), treeArbitrary(7), weights, (a, b, w) => {
        const place = (label: string) => Number(label.slice(1));
        const costs = {
          insert: (label: string) => w.insert + ((place(label) * w.salt) % 3) / 4,
          delete: (label: string) => w.delete + ((place(label) + w.salt) % 4) / 8,
          rename: (from: string, to: string) => w.rename / 2 + ((place(from) + 2 * place(to)) % 5) / 4,
        };
        const expected = bruteForceDistance(a, b, costs);
        expect(treeEditDistance(flattenObject(a), flattenObject(b), costs)).toBeCloseTo(expected, 10);
      }),
      { numRuns: 300 },
    );
  });

  it('equals the unit distance at twice the costs, halved', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        const doubled = { insert: 2, delete: 2, rename: 2 };
        expect(treeEditDistance(flattenObject(a), flattenObject(b), doubled)).toBe(2 * distance(a, b));
      }),
      { numRuns: 100 },
    );
  });

  it('never renames where a deletion and an insertion are cheaper', () => {
    const a = flattenObject({ label: 'a' });
    const b = flattenObject({ label: 'b' });
    expect(treeEditDistance(a, b, { rename: 5 })).toBe(2);
    expect(treeEditDistance(a, b, { rename: 1.5 })).toBe(1.5);
    expect(treeEditDistance(a, b, { insert: 0, delete: 0 })).toBe(0);
  });

  it('asks about different labels only, once each', () => {
    const asked: string[] = [];
    const tree = flattenObject({ label: 'a', children: [{ label: 'b' }, { label: 'b' }] });
    const other = flattenObject({ label: 'a', children: [{ label: 'c' }, { label: 'c' }] });
    const rename = (from: string, to: string) => {
      asked.push(`${from}${to}`);
      return 1.5;
    };
    treeEditDistance(tree, other, { rename });
    expect(asked.sort()).toEqual(['ac', 'ba', 'bc']);
  });

  it.each([
    [{ insert: -1 }, 'costs.insert must be a finite number of at least 0, received -1'],
    [{ delete: Number.NaN }, 'costs.delete must be a finite number of at least 0, received NaN'],
    [{ rename: Number.POSITIVE_INFINITY }, 'costs.rename must be a finite number'],
    [{ insert: () => -0.5 }, "costs.insert('b') must be a finite number of at least 0, received -0.5"],
    [{ rename: () => Number.NaN }, "costs.rename('a', 'b') must be a finite number"],
    [{ rename: '1' as unknown as number }, 'costs.rename must be a number or a function, received string'],
  ])('refuses %o', (costs, message) => {
    expect(() =>
      treeEditDistance(flattenObject({ label: 'a' }), flattenObject({ label: 'b' }), costs),
    ).toThrow(message);
  });
});

describe('treeEditRatio', () => {
  it('is the distance over both sizes, or over the larger', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const [n, m] = [countNodes(a), countNodes(b)];
        expect(treeEditRatio(fa, fb)).toBe(distance(a, b) / (n + m));
        expect(treeEditRatio(fa, fb, { norm: 'max' })).toBe(distance(a, b) / Math.max(n, m));
        expect(treeEditRatio(fa, fb)).toBeLessThan(1);
      }),
      { numRuns: 60 },
    );
  });

  it('is 0 between empty trees and refuses unknown norms', () => {
    const empty = flattenObject(null);
    expect(treeEditRatio(empty, empty)).toBe(0);
    expect(() => treeEditRatio(empty, empty, { norm: 'mean' as 'sum' })).toThrow(
      "norm must be 'sum' or 'max'",
    );
  });
});
