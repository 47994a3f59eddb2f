import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTick, linearScale, niceStep } from '../../src/report/figures/linear-scale.js';

const domain = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-4, max: 1e6, noNaN: true }))
  .map(([low, span]) => [low, low + span] as const);

test('steps are 1, 2 or 5 times a power of ten', () => {
  expect(niceStep(1, 5)).toBeCloseTo(0.2, 12);
  expect(niceStep(1, 4)).toBeCloseTo(0.2, 12);
  expect(niceStep(0.9, 2)).toBeCloseTo(0.5, 12);
  expect(niceStep(1000, 7)).toBeCloseTo(200, 9);
  expect(niceStep(9, 1)).toBeCloseTo(10, 12);
});

test('ticks lie in the domain, evenly, and about as many as asked for', () => {
  fc.assert(
    fc.property(domain, fc.integer({ min: 2, max: 10 }), ([low, high], tickCount) => {
      const { ticks, decimals } = linearScale({ domain: [low, high], range: [0, 100], tickCount });
      const step = niceStep(high - low, tickCount);
      for (const tick of ticks) {
        expect(tick).toBeGreaterThanOrEqual(low - step * 1e-6 - Math.abs(low) * 1e-12);
        expect(tick).toBeLessThanOrEqual(high + step * 1e-6 + Math.abs(high) * 1e-12);
      }
      expect(ticks.length).toBeLessThanOrEqual(2 * tickCount + 1);
      expect(new Set(ticks.map((tick) => formatTick(tick, decimals))).size).toBe(ticks.length);
    }),
  );
});

test('a nice domain holds the data and ends at ticks', () => {
  fc.assert(
    fc.property(domain, ([low, high]) => {
      const scale = linearScale({ domain: [low, high], range: [0, 100], nice: true });
      expect(scale.domain[0]).toBeLessThanOrEqual(low + (high - low) * 1e-6);
      expect(scale.domain[1]).toBeGreaterThanOrEqual(high - (high - low) * 1e-6);
      expect(scale.at(scale.ticks[0] ?? Number.NaN)).toBeCloseTo(0, 3);
      expect(scale.at(scale.ticks.at(-1) ?? Number.NaN)).toBeCloseTo(100, 3);
    }),
    { examples: [[[522.6354470433973, 522.6356000000001]]] },
  );
});

test('the map is linear and inverts with its range', () => {
  const scale = linearScale({ domain: [2, 6], range: [100, 20] });
  expect([2, 3, 6].map(scale.at)).toEqual([100, 80, 20]);
});

test('a domain of one value, or of none, still gives a finite scale', () => {
  for (const domain of [
    [3, 3],
    [0, 0],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ] as const) {
    const scale = linearScale({ domain, range: [0, 10] });
    expect(Number.isFinite(scale.at(3))).toBe(true);
    expect(scale.ticks.length).toBeGreaterThan(0);
  }
});

test('ticks are written with a true minus and grouped thousands', () => {
  expect(formatTick(-1200, 0)).toBe('−1,200');
  expect(formatTick(0.25, 2)).toBe('0.25');
});
