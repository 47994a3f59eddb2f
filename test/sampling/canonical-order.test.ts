import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, hashString, shuffleInPlace } from '../../src/numerics/index.js';
import { canonicalOrder } from '../../src/sampling/canonical-order.js';

// Two of these have one hash.
const words = fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('costarring', 'liquid')), {
  maxLength: 30,
});

describe('canonicalOrder', () => {
  test('is the same for every order of the members, by buckets and by comparison', () => {
    fc.assert(
      fc.property(words, fc.integer(), (ids, seed) => {
        const members = Uint32Array.from(ids, (_, i) => i);
        const order = (from: Uint32Array, largestBucket?: number) => {
          const { members, hashes } = canonicalOrder(from, (index) => ids[index]!, largestBucket);
          expect(Array.from(hashes)).toEqual(Array.from(members, (index) => hashString(ids[index]!)));
          return Array.from(members, (index) => ids[index]!);
        };
        const expected = order(members);
        const byHash = (a: string, b: string) => hashString(a) - hashString(b) || (a < b ? -1 : 1);
        expect(expected).toEqual([...ids].sort(byHash));
        expect(order(shuffleInPlace(members.slice(), createRandom(seed)))).toEqual(expected);
        expect(order(shuffleInPlace(members.slice(), createRandom(seed, 'again')), 0)).toEqual(expected);
      }),
    );
  });

  test('refuses equal ids either way', () => {
    const ids = ['a', 'b', 'c', 'b'];
    for (const limit of [undefined, 0]) {
      expect(() => canonicalOrder(Uint32Array.of(0, 1, 2, 3), (index) => ids[index]!, limit)).toThrow(
        'functions[1] and functions[3] are both "b"',
      );
    }
  });
});
