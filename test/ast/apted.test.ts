import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  labelLowerBound,
  postorderLowerBound,
  preorderLowerBound,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
} from '../../src/ast/index.js';
import { parseBrackets } from './bracket-notation.js';

// Written by golden/apted.py: random trees, deep and flat, with the distances of APTED's command line.
const { cases } = JSON.parse(
  readFileSync(new URL('./golden/apted.golden.json', import.meta.url), 'utf8'),
) as {
  cases: [string, string, number][];
};

describe('APTED on random trees', () => {
  it('has the same distances, and mappings and bounds that fit them', () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const [first, second, distance] of cases) {
      const a = parseBrackets(first);
      const b = parseBrackets(second);
      expect(treeEditDistance(a, b), `${first} ${second}`).toBe(distance);
      expect(treeEditMapping(a, b).distance).toBe(distance);
      for (const bound of [labelLowerBound, preorderLowerBound, postorderLowerBound]) {
        expect(bound(a, b)).toBeLessThanOrEqual(distance);
      }
    }
  });

  it('agrees with the bounded distance at one less, the distance and one more', () => {
    for (const [first, second, distance] of cases) {
      const [a, b] = [parseBrackets(first), parseBrackets(second)];
      if (distance > 0) expect(treeEditDistanceWithin(a, b, distance - 1)).toBe(Number.POSITIVE_INFINITY);
      expect(treeEditDistanceWithin(a, b, distance)).toBe(distance);
      expect(treeEditDistanceWithin(a, b, distance + 1)).toBe(distance);
    }
  });
});
