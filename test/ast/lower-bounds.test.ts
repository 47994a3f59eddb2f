import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringEditDistance } from '../../src/ast/distance/string-edit-distance.js';
import {
  flattenObject,
  labelLowerBound,
  postorderLowerBound,
  preorderLowerBound,
  sizeLowerBound,
  treeEditDistance,
} from '../../src/ast/index.js';
import { levenshtein, type OracleTree } from '../reference/tree-edit.js';
import { treeArbitrary } from './trees.js';

const inf = Number.POSITIVE_INFINITY;

describe('lower bounds', () => {
  const trees = treeArbitrary(60, 4);

  it('rise from sizes over labels to sequences and never pass the distance', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const bySize = sizeLowerBound(fa, fb);
        const byLabel = labelLowerBound(fa, fb);
        expect(bySize).toBeLessThanOrEqual(byLabel);
        for (const bound of [preorderLowerBound, postorderLowerBound]) {
          expect(byLabel).toBeLessThanOrEqual(bound(fa, fb));
          expect(bound(fa, fb)).toBeLessThanOrEqual(treeEditDistance(fa, fb));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are what they say: differences of sizes, of label counts, of preorder and of postorder', () => {
    const preorder = (tree: OracleTree): string[] => [tree.label, ...tree.children.flatMap(preorder)];
    const postorder = (tree: OracleTree): string[] => [...tree.children.flatMap(postorder), tree.label];
    const ids = (labels: string[]) => labels.map((label) => Number(label.slice(1)));
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [fa, fb] = [flattenObject(a), flattenObject(b)];
        const [la, lb] = [postorder(a), postorder(b)];
        expect(sizeLowerBound(fa, fb)).toBe(Math.abs(la.length - lb.length));
        let common = 0;
        for (const label of new Set(la)) {
          common += Math.min(la.filter((x) => x === label).length, lb.filter((x) => x === label).length);
        }
        expect(labelLowerBound(fa, fb)).toBe(Math.max(la.length, lb.length) - common);
        expect(preorderLowerBound(fa, fb)).toBe(levenshtein(ids(preorder(a)), ids(preorder(b))));
        expect(postorderLowerBound(fa, fb)).toBe(levenshtein(ids(la), ids(lb)));
      }),
      { numRuns: 100 },
    );
  });

  it('reach the distance where all labels were renamed', () => {
    const a = flattenObject({ label: 'a', children: [{ label: 'b' }, { label: 'c' }] });
    const b = flattenObject({ label: 'x', children: [{ label: 'y' }, { label: 'z' }] });
    for (const bound of [labelLowerBound, preorderLowerBound, postorderLowerBound])
      expect(bound(a, b)).toBe(3);
    expect(sizeLowerBound(a, b)).toBe(0);
  });
});

describe('stringEditDistance', () => {
  const sequences = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 150 });

  it('equals the table at every length around the word size, and is cut off at the limit', () => {
    fc.assert(
      fc.property(sequences, sequences, fc.integer({ min: 0, max: 12 }), (a, b, slack) => {
        const [x, y] = [Int32Array.from(a), Int32Array.from(b)];
        const d = levenshtein(a, b);
        expect(stringEditDistance(x, y)).toBe(d);
        expect(stringEditDistance(x, y, d + slack)).toBe(d);
        if (d > slack) expect(stringEditDistance(x, y, d - 1 - slack)).toBe(inf);
      }),
      { numRuns: 400 },
    );
    for (const length of [31, 32, 33, 63, 64, 65, 96]) {
      const x = Int32Array.from({ length }, (_, i) => i % 3);
      const y = x.slice(1);
      y[5] = 9;
      expect(stringEditDistance(x, y)).toBe(levenshtein(x, y));
      expect(stringEditDistance(x, x, 0)).toBe(0);
    }
  });

  it('agrees on edited sequences at tight limits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 100, maxLength: 250 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 2 }), fc.nat({ max: 2 })), { maxLength: 10 }),
        (a, edits) => {
          const b = [...a];
          for (const [at, symbol, kind] of edits) {
            if (kind === 0) b.splice(at % b.length, 1);
            else if (kind === 1) b.splice(at % b.length, 0, symbol);
            else b[at % b.length] = symbol;
          }
          const [x, y] = [Int32Array.from(a), Int32Array.from(b)];
          const d = levenshtein(a, b);
          expect(stringEditDistance(x, y, d)).toBe(d);
          if (d > 0) expect(stringEditDistance(x, y, d - 1)).toBe(inf);
        },
      ),
      { numRuns: 150 },
    );
  });
});
