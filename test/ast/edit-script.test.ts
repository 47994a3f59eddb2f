import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  editScript,
  type FlatTree,
  flattenObject,
  flattenTree,
  formatEditScript,
  type TreeEdit,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
  treeEditMoves,
} from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { loadLanguage } from '../../src/syntax/index.js';
import type { OracleTree } from '../reference/tree-edit.js';
import { plantEdits, randomTree, treeArbitrary } from './trees.js';

const expectSameTree = (received: FlatTree, expected: FlatTree) => {
  expect([...received.labels]).toEqual([...expected.labels]);
  expect([...received.sizes]).toEqual([...expected.sizes]);
};

const node = (label: string, ...children: OracleTree[]): OracleTree => ({ label, children });

describe('editScript and applyEdits', () => {
  it('turn one random tree into the other, with as many edits as the distance', () => {
    fc.assert(
      fc.property(treeArbitrary(30), treeArbitrary(30), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const mapping = treeEditMapping(fa, fb);
        const script = editScript(fa, fb, mapping);
        expect(script).toHaveLength(mapping.distance);
        expectSameTree(applyEdits(fa, script), fb);
      }),
      { numRuns: 300 },
    );
  });

  it('need nothing but the script: it survives JSON', () => {
    fc.assert(
      fc.property(treeArbitrary(20), treeArbitrary(20), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const script = JSON.parse(JSON.stringify(editScript(fa, fb, treeEditMapping(fa, fb))));
        expectSameTree(applyEdits(fa, script), fb);
      }),
      { numRuns: 60 },
    );
  });

  it('go to and from the empty tree', () => {
    const empty = flattenObject(null);
    const tree = flattenObject(randomTree(createRandom(3), 20, 3));
    expectSameTree(applyEdits(empty, editScript(empty, tree, treeEditMapping(empty, tree))), tree);
    expectSameTree(applyEdits(tree, editScript(tree, empty, treeEditMapping(tree, empty))), empty);
  });

  it('work on a whole published package', async () => {
    const javascript = await loadLanguage('javascript');
    const source = readFileSync(createRequire(import.meta.url).resolve('fast-check'), 'utf8');
    const read = (text: string) =>
      javascript.withTree(text, (cursor) => flattenTree(cursor, { labels: 'type+leaf' }));
    const lines = source.split('\n');
    const middle = lines.length >> 1;
    // Few lines, so that the trees are tens of edits apart: the work grows with the square of that.
    const edited = [...lines.slice(0, middle), ...lines.slice(middle + 3), 'edited(1);'].join('\n');
    const [a, b] = [read(source), read(edited.replace('function', 'async function'))];
    expect(a.size).toBeGreaterThan(20_000);
    const distance = treeEditDistanceWithin(a, b, 100);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const script = editScript(from, to, treeEditMapping(from, to));
      expect(script).toHaveLength(distance);
      expectSameTree(applyEdits(from, script), to);
    }
  });

  it('tell apart edits that differ in where a node goes or in what it adopts', () => {
    const a = flattenObject(node('f', node('x'), node('y')));
    const results = [
      node('f', node('n', node('x')), node('y')),
      node('f', node('x'), node('n', node('y'))),
      node('f', node('n', node('x'), node('y'))),
      node('f', node('n'), node('x'), node('y')),
      node('n', node('f', node('x'), node('y'))),
      node('f', node('x', node('n')), node('y')),
    ].map((tree) => flattenObject(tree));
    const scripts = results.map((b) => editScript(a, b, treeEditMapping(a, b)));
    for (const script of scripts) expect(script).toHaveLength(1);
    const withoutTo = scripts.map(([edit]) => {
      const { parent, position, adopts } = edit as Extract<TreeEdit, { kind: 'insert' }>;
      return JSON.stringify([parent?.from, position, adopts]);
    });
    expect(new Set(withoutTo).size).toBe(results.length);
  });

  it('name every node of either tree once when those that stay are asked for', () => {
    fc.assert(
      fc.property(treeArbitrary(25), treeArbitrary(25), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const all = editScript(fa, fb, treeEditMapping(fa, fb), { keep: true });
        const before = all.filter(({ kind }) => kind !== 'insert').map(({ from }) => from);
        const after = all.filter(({ kind }) => kind !== 'delete').map(({ to }) => to);
        expect(before).toEqual([...fa.labels.keys()]);
        expect(after.sort((i, j) => i - j)).toEqual([...fb.labels.keys()]);
        expectSameTree(applyEdits(fa, all), fb);
      }),
      { numRuns: 60 },
    );
  });

  it('read as text', () => {
    const a = flattenObject(node('f', node('x'), node('y'), node('w')));
    const b = flattenObject(node('g', node('y'), node('w'), node('z')));
    expect(formatEditScript(editScript(a, b, treeEditMapping(a, b)))).toBe(
      'delete x (0)\nrename f (3) to g (3)\ninsert z (2) under g (3) at 2',
    );
    const c = flattenObject(node('h', node('f', node('x'), node('y'), node('w'))));
    expect(formatEditScript(editScript(a, c, treeEditMapping(a, c)))).toBe(
      'insert h (4) as the root, adopting 1',
    );
    expect(formatEditScript(editScript(a, a, treeEditMapping(a, a), { keep: true }))).toBe(
      'keep x (0) as x (0)\nkeep y (1) as y (1)\nkeep w (2) as w (2)\nkeep f (3) as f (3)',
    );
  });

  it('refuse a mapping of other trees', () => {
    const a = flattenObject(node('f'));
    const b = flattenObject(node('f', node('x')));
    expect(() => editScript(b, b, treeEditMapping(a, b))).toThrow(
      'mapping must be of trees of 2 and 2 nodes, received 1 and 2',
    );
  });

  it('refuse edits that do not fit the tree', () => {
    const a = flattenObject(node('f', node('x')));
    const parent = { from: 1, to: 1, label: 'f' };
    const insert = { kind: 'insert', from: -1, to: 0, label: null, newLabel: 'n', parent } as const;
    const remove = { kind: 'delete', from: 0, to: -1, label: 'x', newLabel: null } as const;
    expect(() => applyEdits(a, [{ ...insert, position: 2, adopts: 0 }])).toThrow(
      'edits[0] must stay within the 1 children of its parent, received position 2 adopting 0',
    );
    expect(() => applyEdits(a, [remove, remove])).toThrow(
      'edits[1] must name nodes that are there, received node 0',
    );
    expect(() => applyEdits(a, [{ ...insert, parent: null, position: 1, adopts: 0 }])).toThrow(
      'edits must leave a single tree, received a forest of 2 trees',
    );
    const move = { kind: 'move', from: 1, to: 1, label: 'f', newLabel: 'f', size: 2, position: 0 } as const;
    expect(() => applyEdits(a, [{ ...move, parent: { from: 0, to: 0, label: 'x' } }])).toThrow(
      'edits[0] must not move node 1 to a place below itself',
    );
    expect(() => applyEdits(a, [{ ...remove, kind: 'drop' } as unknown as TreeEdit])).toThrow(
      'edits[0].kind must be one of keep, rename, delete, insert, move',
    );
  });
});

describe('treeEditMoves', () => {
  const block = (seed: number, size: number) => randomTree(createRandom(seed), size, 5);

  it('sees two functions that swapped places as one move', () => {
    const [f, g] = [block(1, 31), block(2, 33)];
    const a = flattenObject(node('program', node('x'), f, g));
    const b = flattenObject(node('program', node('x'), g, f));
    const mapping = treeEditMoves(a, b);
    const script = editScript(a, b, mapping);
    expect(script.map(({ kind }) => kind)).toEqual(['move']);
    expect(mapping.distance).toBe(1);
    expect(treeEditDistance(a, b)).toBeGreaterThan(20);
    expectSameTree(applyEdits(a, script), b);
  });

  it('moves as few of several equal subtrees as it can', () => {
    const blocks = Array.from({ length: 6 }, (_, k) => block(k + 10, 12));
    const a = flattenObject(node('program', ...blocks));
    const b = flattenObject(node('program', ...blocks.slice(1), blocks[0]!));
    expect(treeEditMoves(a, b).distance).toBe(1);
  });

  it('follows code into a new place at another depth', () => {
    const inner = block(5, 20);
    const a = flattenObject(node('program', node('f', inner), node('g', node('x'))));
    const b = flattenObject(node('program', node('f'), node('g', node('x'), inner)));
    const mapping = treeEditMoves(a, b);
    expect(mapping.distance).toBe(1);
    expectSameTree(applyEdits(a, editScript(a, b, mapping)), b);
  });

  it('never takes more edits than the distance, and its script gives the tree', () => {
    const random = createRandom(21);
    const shuffled = (tree: OracleTree): OracleTree => {
      const children = tree.children.map(shuffled);
      if (children.length > 1 && random.uniform() < 0.3) children.push(children.shift()!);
      return { label: tree.label, children };
    };
    for (let run = 0; run < 200; run++) {
      const a = randomTree(random, 1 + random.below(60), 3, random.uniform());
      const b = plantEdits(shuffled(a), random.below(5), random, 3);
      const [fa, fb] = [flattenObject(a), flattenObject(b)];
      const mapping = treeEditMoves(fa, fb, { minimumSize: 2 });
      const script = editScript(fa, fb, mapping);
      expect(mapping.distance).toBeLessThanOrEqual(treeEditDistance(fa, fb));
      expect(script).toHaveLength(mapping.distance);
      expectSameTree(applyEdits(fa, script), fb);
    }
  });

  it('refuses a minimumSize that is no whole number', () => {
    const tree = flattenObject(node('f'));
    expect(() => treeEditMoves(tree, tree, { minimumSize: 0 })).toThrow(
      'minimumSize must be a whole number of at least 1, received 0',
    );
  });
});
