import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedDistance } from '../../src/ast/distance/bounded-kernel.js';
import { simdBoundedDistance } from '../../src/ast/distance/bounded-simd.js';
import type { NodeRange } from '../../src/ast/distance/node-range.js';
import { flattenObject, treeEditDistance, treeEditDistanceWithin } from '../../src/ast/index.js';
import { type PreparedTree, prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { createRandom } from '../../src/numerics/index.js';
import { chain, plantEdits, randomTree, treeArbitrary } from './trees.js';

const inf = Number.POSITIVE_INFINITY;

describe('treeEditDistanceWithin', () => {
  it('is the distance from the limit d on, and Infinity below', () => {
    const random = createRandom(7);
    for (let run = 0; run < 300; run++) {
      const a = randomTree(random, 1 + random.below(70), 3, random.uniform());
      const near = random.uniform() < 0.7;
      const b = near ? plantEdits(a, random.below(10), random, 3) : randomTree(random, 30, 3);
      const [fa, fb] = [flattenObject(a), flattenObject(b)];
      const d = treeEditDistance(fa, fb);
      expect(treeEditDistanceWithin(fa, fb, d)).toBe(d);
      expect(treeEditDistanceWithin(fa, fb, d + 1)).toBe(d);
      expect(treeEditDistanceWithin(fa, fb, inf)).toBe(d);
      if (d > 0) expect(treeEditDistanceWithin(fa, fb, d - 1)).toBe(inf);
    }
  });

  it('takes a fraction as the whole number below it', () => {
    const [a, b] = [flattenObject({ label: 'a' }), flattenObject({ label: 'b' })];
    expect(treeEditDistanceWithin(a, b, 0.99)).toBe(inf);
    expect(treeEditDistanceWithin(a, b, 1.5)).toBe(1);
  });

  it('bounds the distance to the empty tree', () => {
    const empty = flattenObject(null);
    const tree = flattenObject(randomTree(createRandom(2), 9, 2));
    expect(treeEditDistanceWithin(empty, tree, 9)).toBe(9);
    expect(treeEditDistanceWithin(tree, empty, 8)).toBe(inf);
    expect(treeEditDistanceWithin(empty, flattenObject(null), 0)).toBe(0);
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('refuses the limit %f', (limit) => {
    const tree = flattenObject({ label: 'a' });
    expect(() => treeEditDistanceWithin(tree, tree, limit)).toThrow(
      `limit must be a number of at least 0, received ${limit}`,
    );
  });
});

const whole = (size: number): NodeRange => ({ lo: 0, hi: size - 1 });

/** By the SIMD kernel, which leaves sizes that differ by more than the limit to its caller. */
const simdDistance: typeof boundedDistance = (a, ra, b, rb, limit, mirrored = true, watch = null) => {
  if (Math.abs(ra.hi - rb.hi) > limit) return inf;
  const distance = simdBoundedDistance(a, ra, b, rb, limit, mirrored, watch, inf);
  expect(distance).not.toBeNull();
  return distance!;
};

describe.each([
  ['plain JavaScript', boundedDistance],
  ['SIMD', simdDistance],
])('the bounded kernel in %s', (_name, boundedDistance) => {
  it('agrees with the full one at every limit, from both sides', () => {
    fc.assert(
      fc.property(treeArbitrary(40, 2), treeArbitrary(40, 2), (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const d = treeEditDistance(fa, fb);
        for (const limit of new Set([0, 1, 2, d - 2, d - 1, d, d + 1, d + 5, 2 * d, 100])) {
          if (limit < 0) continue;
          for (const mirrored of [false, true]) {
            const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
            const value = boundedDistance(pa, whole(fa.size), pb, whole(fb.size), limit, mirrored);
            expect(value).toBe(d <= limit ? d : inf);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('agrees on near-clones, where budgets are tight at every subtree', () => {
    const random = createRandom(99);
    for (let run = 0; run < 400; run++) {
      const a = randomTree(random, 20 + random.below(60), 2, random.uniform());
      const b = plantEdits(a, 1 + random.below(8), random, 2);
      const [fa, fb] = [flattenObject(a), flattenObject(b)];
      const d = treeEditDistance(fa, fb);
      for (const limit of [d, d + 1]) {
        for (const mirrored of [false, true]) {
          const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
          expect(boundedDistance(pa, whole(fa.size), pb, whole(fb.size), limit, mirrored)).toBe(d);
        }
      }
    }
  });

  it('agrees on trees with subtrees and bands of many vectors', () => {
    const random = createRandom(11);
    for (let run = 0; run < 4; run++) {
      const a = randomTree(random, 400, 3, random.uniform());
      const b = plantEdits(a, 8 * run, random, 3);
      const [fa, fb] = [flattenObject(a), flattenObject(b)];
      const d = treeEditDistance(fa, fb);
      const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
      for (const limit of [d, 4 * d + 9, 350]) {
        expect(boundedDistance(pa, whole(fa.size), pb, whole(fb.size), limit, run % 2 === 0)).toBe(d);
      }
    }
  });

  it('reads no cell outside the band, whatever earlier runs left there', () => {
    const random = createRandom(5);
    // An equal pair at limit 0 leaves zeros on its diagonal: together they make the scratch as tempting as can be.
    const chains = Array.from({ length: 10 }, (_, k) => prepareTree(flattenObject(chain(4 * k + 4, 'a'))));
    for (let run = 0; run < 120; run++) {
      const a = randomTree(random, 8 + random.below(25), 2, 0.3 + 0.7 * random.uniform());
      const b = plantEdits(a, 2 + random.below(8), random, 2);
      const c = randomTree(random, 8 + random.below(25), 2, random.uniform());
      const fa = flattenObject(a);
      for (const fb of [flattenObject(b), flattenObject(c)]) {
        const d = treeEditDistance(fa, fb);
        for (const limit of [d - 2, d - 1, d]) {
          if (limit < 0) continue;
          for (const mirrored of [false, true]) {
            for (const equal of chains) {
              boundedDistance(equal, whole(equal.left.size), equal, whole(equal.left.size), 0);
            }
            const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
            const value = boundedDistance(pa, whole(fa.size), pb, whole(fb.size), limit, mirrored);
            expect(value).toBe(d <= limit ? d : inf);
          }
        }
      }
    }
  });
});

describe('the bounded kernel in SIMD', () => {
  const random = createRandom(23);
  const pair = (size: number, edits: number): [PreparedTree, PreparedTree] => {
    const tree = randomTree(random, size, 4, 0.5);
    return [tree, plantEdits(tree, edits, random, 4)].map((each) => prepareTree(flattenObject(each))) as [
      PreparedTree,
      PreparedTree,
    ];
  };

  it('gives up beyond its budget, and stops for a watch', () => {
    const [a, b] = pair(3_000, 20);
    const [ra, rb] = [whole(a.left.size), whole(b.left.size)];
    expect(simdBoundedDistance(a, ra, b, rb, 40, true, null, 1_000)).toBeNaN();
    let spent = 0;
    const watch = {
      spend: (cells: number) => {
        spent += cells;
      },
    };
    const distance = simdBoundedDistance(a, ra, b, rb, 40, true, watch, inf);
    expect(simdBoundedDistance(a, ra, b, rb, 40, true, null, spent)).toBe(distance);
    expect(simdBoundedDistance(a, ra, b, rb, 40, true, null, spent - 1)).toBeNaN();
    const stop = new Error('stop');
    const stopping = {
      spend: () => {
        throw stop;
      },
    };
    expect(() => simdBoundedDistance(a, ra, b, rb, 40, true, stopping, inf)).toThrow(stop);
  });

  it('leaves limits beyond 15 bits to the one in JavaScript', () => {
    const [a, b] = pair(50, 3);
    const [ra, rb] = [whole(a.left.size), whole(b.left.size)];
    expect(simdBoundedDistance(a, ra, b, rb, 8_001, true, null, inf)).toBeNull();
    const distance = boundedDistance(a, ra, b, rb, 8_001);
    expect(simdBoundedDistance(a, ra, b, rb, 8_000, true, null, inf)).toBe(distance);
  });
});
