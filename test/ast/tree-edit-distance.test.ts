import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenObject, treeEditDistance, treeEditDistanceWithin } from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { bruteForceDistance, countNodes, mirrorTree } from '../reference/tree-edit.js';
import { textbookZhangShasha } from '../reference/tree-edit-zhang-shasha.js';
import { plantEdits, randomTree, treeArbitrary } from './trees.js';

const small = treeArbitrary(7);
const large = treeArbitrary(60, 4);

describe('treeEditDistance', () => {
  it('equals the recursion on forests', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(treeEditDistance(flattenObject(a), flattenObject(b))).toBe(bruteForceDistance(a, b));
      }),
      { numRuns: 400 },
    );
  });

  it('equals the textbook algorithm on larger trees', () => {
    fc.assert(
      fc.property(large, large, (a, b) => {
        const fa = flattenObject(a);
        const fb = flattenObject(b);
        const expected = textbookZhangShasha(fa.labels, fa.sizes, fb.labels, fb.sizes);
        expect(treeEditDistance(fa, fb)).toBe(expected);
      }),
      { numRuns: 400 },
    );
  });
});

describe('treeEditDistanceWithin', () => {
  it('is the distance from the limit d on, and Infinity below', () => {
    const random = createRandom(7);
    for (let k = 0; k < 400; k++) {
      const a = randomTree(random, 1 + random.below(60), 3, random.uniform());
      const b =
        random.uniform() < 0.7 ? plantEdits(a, random.below(10), random, 3) : randomTree(random, 30, 3);
      const fa = flattenObject(a);
      const fb = flattenObject(b);
      const d = treeEditDistance(fa, fb);
      expect(treeEditDistanceWithin(fa, fb, d)).toBe(d);
      expect(treeEditDistanceWithin(fa, fb, d + 1)).toBe(d);
      if (d > 0) expect(treeEditDistanceWithin(fa, fb, d - 1)).toBe(Number.POSITIVE_INFINITY);
    }
    expect(countNodes(mirrorTree(randomTree(random, 9, 2)))).toBe(9);
  });
});
