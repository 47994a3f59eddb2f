import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fillWeightedByPaths } from '../../src/ast/distance/decomposed-distance.js';
import { fillDecomposed } from '../../src/ast/distance/decomposed-similarity.js';
import { resolveCosts } from '../../src/ast/distance/edit-costs.js';
import { planPaths } from '../../src/ast/distance/path-strategy.js';
import { fillSimilarity, forestScore } from '../../src/ast/distance/similarity-kernel.js';
import { fillWeighted, prepareWeighted } from '../../src/ast/distance/weighted-kernel.js';
import { type FlatTree, flattenObject, treeEditDistance, treeEditMapping } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { mirrorTree, type OracleTree } from '../reference/tree-edit.js';
import { textbookZhangShasha } from '../reference/tree-edit-zhang-shasha.js';
import { fullBinary, spine, star, treeArbitrary } from './trees.js';

/** OASIS_FUZZ=20 looks at twenty times as many trees. */
const scale = Number(process.env.OASIS_FUZZ ?? 1);

const zigzag = (depth: number, label = 'a') => spine(depth, label, (level) => level % 2 === 0);
const leftComb = (depth: number, label = 'a') => spine(depth, label, () => true);
const rightComb = (depth: number, label = 'a') => spine(depth, label, () => false);
const under = (label: string, ...children: OracleTree[]): OracleTree => ({ label, children });

const shape = fc.oneof(
  treeArbitrary(30, 2),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(zigzag, leftComb, rightComb))
    .map(([d, f]) => f(d)),
  fc.integer({ min: 1, max: 4 }).map((depth) => fullBinary(depth)),
  fc.integer({ min: 1, max: 12 }).map((leaves) => star(leaves)),
);
/** Up to three of them under one root, so that different paths meet. */
const shapes = fc
  .array(shape, { minLength: 1, maxLength: 3 })
  .map((parts) => (parts.length === 1 ? parts[0]! : under('r', ...parts)));
/** From nothing but inner paths to nothing but left and right ones. */
const innerCost = fc.constantFrom(1e-6, 0.05, 0.25, 2, 1e6);

const scores = (a: FlatTree, b: FlatTree, cost: number) => {
  const [pa, pb] = [prepareTree(a), prepareTree(b)];
  const [ra, rb] = [a, b].map(({ size }) => ({ lo: 0, hi: size - 1 })) as [
    { lo: number; hi: number },
    { lo: number; hi: number },
  ];
  const cells = pa.left.classCount * pb.left.classCount;
  const plain = fillSimilarity(pa, ra, pb, rb);
  const expected = { all: plain.trees.slice(0, cells), whole: forestScore(plain) };
  const strategy = planPaths(pa, ra, pb, rb, cost, Number.POSITIVE_INFINITY)!;
  const decomposed = fillDecomposed(pa, ra, pb, rb, strategy, null);
  const received = {
    all: Int32Array.from(decomposed.trees.subarray(0, cells)),
    whole: forestScore(decomposed),
  };
  return { expected, received };
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('a decomposition by the cheapest paths', () => {
  it('scores every pair of subtrees as left and right paths do, whatever an inner path costs', () => {
    fc.assert(
      fc.property(shapes, shapes, innerCost, (a, b, cost) => {
        const { expected, received } = scores(flattenObject(a), flattenObject(b), cost);
        expect(received).toEqual(expected);
      }),
      { numRuns: 200 * scale },
    );
  });

  it('does so without SIMD', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const plain = await import('../../src/ast/distance/decomposed-similarity.js');
    fc.assert(
      fc.property(shapes, shapes, innerCost, (a, b, cost) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
        const [ra, rb] = [
          { lo: 0, hi: fa.size - 1 },
          { lo: 0, hi: fb.size - 1 },
        ];
        const strategy = planPaths(pa, ra, pb, rb, cost, Number.POSITIVE_INFINITY)!;
        const score = forestScore(plain.fillDecomposed(pa, ra, pb, rb, strategy, null));
        expect(fa.size + fb.size - score).toBe(textbookZhangShasha(fa.labels, fa.sizes, fb.labels, fb.sizes));
      }),
      { numRuns: 60 * scale },
    );
  });

  it('measures every pair of subtrees as left and right paths do under any costs, by label and by node', () => {
    const amount = fc.integer({ min: 0, max: 40 }).map((eighths) => eighths / 8);
    const costsOf = fc.tuple(amount, amount, amount, amount, fc.boolean());
    fc.assert(
      fc.property(
        shapes,
        shapes,
        innerCost,
        costsOf,
        (a, b, cost, [insert, remove, rename, match, byNode]) => {
          const [fa, fb] = [flattenObject(a), flattenObject(b)];
          const byLabel = {
            insert: (label: string) => insert + label.length / 4,
            delete: remove,
            rename: (from: string, to: string) => rename + Math.abs(from.length - to.length),
            match,
          };
          const own = {
            byNode: true as const,
            insert: ({ index }: { index: number }) => insert + (index % 3) / 2,
            delete: ({ index }: { index: number }) => remove + (index % 5) / 4,
            pair: (from: { index: number }, to: { index: number }) =>
              ((from.index * 7 + to.index * 3) % 11) / 8,
          };
          const costs = resolveCosts(byNode ? own : byLabel, fa, fb);
          if (costs === null) return;
          const [pa, pb] = prepareWeighted(fa, fb, costs);
          const [ra, rb] = [pa, pb].map(({ left }) => ({ lo: 0, hi: left.size - 1 })) as [
            { lo: number; hi: number },
            { lo: number; hi: number },
          ];
          const cells = pa.left.classCount * pb.left.classCount;
          const plain = fillWeighted(pa, pb, costs, null);
          const expected = plain.trees.slice(0, cells);
          const strategy = planPaths(pa, ra, pb, rb, cost, Number.POSITIVE_INFINITY)!;
          const received = fillWeightedByPaths(pa, pb, costs, strategy, null)!;
          // Eighths add up without rounding.
          expect(Float64Array.from(received.trees.subarray(0, cells))).toEqual(expected);
          const last = fa.size * received.stride + fb.size;
          expect(received.forest[last]).toBe(
            expected[pa.left.classes[ra.hi]! * pb.left.classCount + pb.left.classes[rb.hi]!],
          );
          expect(treeEditMapping(fa, fb, byNode ? own : byLabel).distance).toBe(received.forest[last]);
        },
      ),
      { numRuns: 100 * scale },
    );
  });

  it('takes an inner path through a zigzag and a left or right one through a comb', () => {
    const choiceAtRoots = (a: OracleTree, b: OracleTree) => {
      const [pa, pb] = [a, b].map((tree) => prepareTree(flattenObject(tree))) as [
        ReturnType<typeof prepareTree>,
        ReturnType<typeof prepareTree>,
      ];
      const [ra, rb] = [pa, pb].map(({ left }) => ({ lo: 0, hi: left.size - 1 })) as [
        { lo: number; hi: number },
        { lo: number; hi: number },
      ];
      const strategy = planPaths(pa, ra, pb, rb, 0.25, Number.POSITIVE_INFINITY)!;
      return strategy.choice(ra.hi, rb.hi) % 3;
    };
    expect(choiceAtRoots(zigzag(120), zigzag(100, 'b'))).toBe(2);
    expect(choiceAtRoots(leftComb(120), leftComb(100, 'b'))).toBe(0);
    expect(choiceAtRoots(rightComb(120), rightComb(100, 'b'))).toBe(1);
  });

  it.each([
    ['zigzags', zigzag(80), zigzag(77, 'b')],
    ['a left comb and a right comb', leftComb(80), rightComb(78)],
    ['zigzags of one label', zigzag(80), zigzag(70)],
    [
      'two combs side by side',
      under('r', leftComb(50), rightComb(50)),
      under('s', leftComb(46, 'b'), rightComb(47, 'b')),
    ],
    [
      'two combs side by side, against their mirror image',
      under('r', leftComb(50), rightComb(50)),
      mirrorTree(under('s', rightComb(46, 'b'), rightComb(47, 'b'))),
    ],
    [
      'zigzags side by side',
      under('r', zigzag(40), zigzag(31, 'b')),
      under('s', zigzag(30, 'b'), zigzag(48)),
    ],
    [
      'a zigzag whose leaves are stars',
      zigzag(60),
      spine(
        40,
        'b',
        (level) => level % 2 === 0,
        () => star(4),
      ),
    ],
  ])('measures %s as Zhang and Shasha do', (_name, a, b) => {
    const [fa, fb] = [flattenObject(a), flattenObject(b)];
    const expected = textbookZhangShasha(fa.labels, fa.sizes, fb.labels, fb.sizes);
    expect(treeEditDistance(fa, fb)).toBe(expected);
    expect(treeEditDistance(fb, fa)).toBe(expected);
    expect(treeEditMapping(fa, fb).distance).toBe(expected);
  });

  it('ends at a limit of time', () => {
    const [a, b] = [zigzag(900), zigzag(880, 'b')].map((tree) => flattenObject(tree)) as [FlatTree, FlatTree];
    const start = performance.now();
    expect(() => treeEditDistance(a, b, undefined, { timeLimit: 20 })).toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
