import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fillDecomposed } from '../../src/ast/distance/decomposed-similarity.js';
import { planPaths } from '../../src/ast/distance/path-strategy.js';
import { fillSimilarity, forestScore } from '../../src/ast/distance/similarity-kernel.js';
import { type FlatTree, flattenObject, treeEditDistance, treeEditMapping } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { mirrorTree, type OracleTree } from '../reference/tree-edit.js';
import { textbookZhangShasha } from '../reference/tree-edit-zhang-shasha.js';
import { fullBinary, spine, star, treeArbitrary } from './trees.js';

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
      { numRuns: 400 },
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
      { numRuns: 150 },
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
    ['zigzags', zigzag(110), zigzag(107, 'b')],
    ['a left comb and a right comb', leftComb(110), rightComb(105)],
    ['zigzags of one label', zigzag(110), zigzag(100)],
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
