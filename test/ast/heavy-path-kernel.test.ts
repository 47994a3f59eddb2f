import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillByHeavyPaths } from '../../src/ast/distance/heavy-path-kernel.js';
import { fillSimilarity } from '../../src/ast/distance/similarity-kernel.js';
import { flattenObject, treeEditDistance, treeEditMapping } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import type { OracleTree } from '../reference/tree-edit.js';
import { textbookZhangShasha } from '../reference/tree-edit-zhang-shasha.js';
import { treeArbitrary } from './trees.js';

/** A spine of `depth` nodes with a leaf beside each; `side` says on which side the spine goes on. */
const spine = (depth: number, side: (level: number) => 'left' | 'right', label = 'a'): OracleTree => {
  let node: OracleTree = { label, children: [] };
  for (let level = depth; level > 0; level--) {
    const leaf = { label: `l${level % 3}`, children: [] };
    node = { label, children: side(level) === 'left' ? [node, leaf] : [leaf, node] };
  }
  return node;
};
const zigzag = (depth: number, label?: string) =>
  spine(depth, (level) => (level % 2 === 0 ? 'left' : 'right'), label);

describe('the kernel of heavy paths', () => {
  it('scores every pair of subtrees as left and right paths do, by the paths of either tree', () => {
    fc.assert(
      fc.property(treeArbitrary(30, 2), treeArbitrary(30, 3), (a, b) => {
        const [pa, pb] = [prepareTree(flattenObject(a)), prepareTree(flattenObject(b))];
        const [ra, rb] = [pa, pb].map(({ left }) => ({ lo: 0, hi: left.size - 1 })) as [
          { lo: number; hi: number },
          { lo: number; hi: number },
        ];
        const expected = fillSimilarity(pa, ra, pb, rb).trees.slice(
          0,
          pa.left.classCount * pb.left.classCount,
        );
        const step = pb.left.classCount;
        // Leaves are filled by the caller: they start as they must end.
        const start = () => {
          const scores = new Int32Array(expected.length);
          for (let i = 0; i < pa.left.size; i++) {
            if (pa.left.first[i] !== i) continue;
            for (let j = 0; j < pb.left.size; j++) {
              const at = pa.left.classes[i]! * step + pb.left.classes[j]!;
              scores[at] = expected[at]!;
            }
          }
          for (let j = 0; j < pb.left.size; j++) {
            if (pb.left.first[j] !== j) continue;
            for (let i = 0; i < pa.left.size; i++) {
              const at = pa.left.classes[i]! * step + pb.left.classes[j]!;
              scores[at] = expected[at]!;
            }
          }
          return scores;
        };
        const byA = start();
        fillByHeavyPaths(pa.left, ra, pb, rb, byA, step, 1, null);
        expect(byA).toEqual(expected);
        const byB = start();
        fillByHeavyPaths(pb.left, rb, pa, ra, byB, 1, step, null);
        expect(byB).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['zigzags', zigzag(110), zigzag(107, 'b')],
    ['a left comb and a right comb', spine(110, () => 'left'), spine(105, () => 'right')],
    ['zigzags of one label', zigzag(110), zigzag(100, 'a')],
    [
      'zigzags side by side',
      { label: 'r', children: [zigzag(30), zigzag(31, 'b')] },
      { label: 's', children: [zigzag(30, 'b'), zigzag(28)] },
    ],
  ])('measures %s as Zhang and Shasha do', (_name, a, b) => {
    const [fa, fb] = [flattenObject(a), flattenObject(b)];
    const expected = textbookZhangShasha(fa.labels, fa.sizes, fb.labels, fb.sizes);
    expect(treeEditDistance(fa, fb)).toBe(expected);
    expect(treeEditDistance(fb, fa)).toBe(expected);
    expect(treeEditMapping(fa, fb).distance).toBe(expected);
  });
});
