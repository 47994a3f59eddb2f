import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderLabels, pairMass } from '../../src/losses/label-order.js';

/** Counts of partners of every item, by looking at all pairs of one group. */
const partners = (labels: readonly number[], margin: number, groups: readonly number[]) =>
  labels.map((label, k) => {
    const own = labels.filter((_, j) => groups[j] === groups[k]);
    return {
      below: own.filter((other) => other < label - margin).length,
      above: own.filter((other) => label < other - margin).length,
    };
  });

/** The signs and sizes on which a sort by the bits of a float32 can go wrong. */
const float32 = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 2 ** -149, -(2 ** -149), 2 ** 127, -(2 ** 127)),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
/** No float32 value, which takes another sort. */
const float64 = fc.constantFrom(0.1, -0.1, 1 / 3, -1 / 3, 1e-60, -1e-60, 1e300, -1e300);

describe('orderLabels', () => {
  it.each([
    ['float32 labels', float32],
    ['labels of which some are no float32', fc.oneof(float32, float64)],
  ])('sorts %s of either sign within their groups and finds the partners of each', (_, label) => {
    const items = fc.array(fc.record({ label, group: fc.nat(2) }), { maxLength: 20 });
    fc.assert(
      fc.property(items, fc.constantFrom(0, 0.25, 1), fc.boolean(), (rows, margin, grouped) => {
        const labels = rows.map((row) => row.label);
        const groups = rows.map((row) => (grouped ? row.group : 0));
        const found = orderLabels(labels, margin, grouped ? groups : undefined);
        const order = [...found.order];
        expect([...order].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        const expected = partners(labels, margin, groups);
        order.forEach((item, at) => {
          const [start, end] = [found.groupStart[at]!, found.groupEnd[at]!];
          const own = order.slice(start, end);
          expect(own.length).toBe(groups.filter((group) => group === groups[item]).length);
          expect(own.every((other) => groups[other] === groups[item])).toBe(true);
          if (at > start) expect(labels[item]!).toBeGreaterThanOrEqual(labels[order[at - 1]!]!);
          expect(found.below[at]! - start).toBe(expected[item]!.below);
          expect(end - found.above[at]!).toBe(expected[item]!.above);
        });
        expect(pairMass(found)).toBe(expected.reduce((sum, { below }) => sum + below, 0));
        expect(new Set(found.groupStart).size).toBe(new Set(groups).size);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps items with equal labels in the order given', () => {
    for (const labels of [
      [-0.5, 1, -0.5, 1, -0.5],
      [-0.1, 1, -0.1, 1, -0.1],
    ]) {
      expect([...orderLabels(labels, 0).order]).toEqual([0, 2, 4, 1, 3]);
      expect([...orderLabels(labels, 0, ['b', 'a', 'b', 'b', 'a']).order]).toEqual([0, 2, 3, 4, 1]);
    }
  });
});
