import { afterEach, describe, expect, it, vi } from 'vitest';
import { mirrorLo } from '../../src/ast/distance/node-range.js';
import { simdSimilarity } from '../../src/ast/distance/simd-kernel.js';
import { similarity } from '../../src/ast/distance/similarity-kernel.js';
import { createTrimmedPair, trimEqualParts } from '../../src/ast/distance/trim-equal-parts.js';
import { flattenObject } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { createRandom } from '../../src/numerics/index.js';
import { chain, plantEdits, randomTree } from './trees.js';

const trimmed = createTrimmedPair();
const whole = (size: number) => ({ lo: 0, hi: size - 1 });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('the SIMD kernel', () => {
  it('scores as the JavaScript kernel does, on trees and on what trimming leaves', () => {
    const random = createRandom(41);
    for (let run = 0; run < 1500; run++) {
      const labels = 1 + random.below(5);
      const a = randomTree(random, 1 + random.below(120), labels, random.uniform());
      const b =
        random.uniform() < 0.5
          ? plantEdits(a, random.below(12), random, labels)
          : randomTree(random, 1 + random.below(120), labels, random.uniform());
      const [fa, fb] = [flattenObject(a), flattenObject(b)];
      const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
      const expected = similarity(pa, whole(fa.size), pb, whole(fb.size));
      expect(simdSimilarity(pa, whole(fa.size), pb, whole(fb.size))).toBe(expected);
      const { a: ra, b: rb } = trimEqualParts(fa, fb, trimmed);
      if (ra.hi < ra.lo || rb.hi < rb.lo) continue;
      expect(mirrorLo(pa, ra)).toBeGreaterThanOrEqual(0);
      expect(simdSimilarity(pa, ra, pb, rb)).toBe(similarity(pa, ra, pb, rb));
    }
  });

  it.each([
    ['chains', chain(700, 'a'), chain(650, 'a')],
    [
      'stars',
      { label: 'r', children: Array.from({ length: 900 }, (_, k) => ({ label: `${k % 7}` })) },
      chain(9, 'r'),
    ],
  ])('scores %s as the JavaScript kernel does', (_name, a, b) => {
    const [fa, fb] = [flattenObject(a), flattenObject(b)];
    const [pa, pb] = [prepareTree(fa), prepareTree(fb)];
    const expected = similarity(pa, whole(fa.size), pb, whole(fb.size));
    expect(simdSimilarity(pa, whole(fa.size), pb, whole(fb.size))).toBe(expected);
    expect(simdSimilarity(pb, whole(fb.size), pa, whole(fa.size))).toBe(expected);
  });

  it('leaves trees to the JavaScript kernel where WebAssembly is missing', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const ast = await import('../../src/ast/index.js');
    const { simdSimilarity: absent } = await import('../../src/ast/distance/simd-kernel.js');
    const [a, b] = [ast.flattenObject(chain(5, 'a')), ast.flattenObject(chain(3, 'b'))];
    expect(absent(prepareTree(a), whole(5), prepareTree(b), whole(3))).toBeNull();
    expect(ast.treeEditDistance(a, b)).toBe(5);
  });

  it('leaves labels beyond 16 bits to the JavaScript kernel', () => {
    const many = { label: 'r', children: Array.from({ length: 33_000 }, (_, k) => ({ label: `x${k}` })) };
    const wide = prepareTree(flattenObject(many));
    const small = prepareTree(flattenObject({ label: 'r' }));
    expect(simdSimilarity(wide, whole(33_001), small, whole(1))).toBeNull();
  });
});
