import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeHistograms, quantileOf, ScoreHistogram, scoreHistogram } from '../../src/mixture/index.js';

const spread = fc.array(fc.double({ min: -0.5, max: 1.5, noNaN: true }), { maxLength: 200 });
const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('ScoreHistogram', () => {
  test('puts a score on an edge into the bin above, and the maximum into the last', () => {
    expect(Array.from(scoreHistogram([0, 0.25, 0.5, 0.75, 1], { bins: 4 }).counts)).toEqual([1, 1, 1, 2]);
  });

  test('is the same whole or in merged shards', () => {
    fc.assert(
      fc.property(spread, fc.nat(200), (values, cut) => {
        const parts = [scoreHistogram(values.slice(0, cut)), scoreHistogram(values.slice(cut))];
        const merged = mergeHistograms(parts);
        expect(merged.toJSON()).toEqual(scoreHistogram(values).toJSON());
        expect(merged.total).toBe(values.length);
        expect(parts[0]!.total).toBe(Math.min(cut, values.length));
      }),
    );
  });

  test('clips scores outside the range into the end bins and counts them', () => {
    const histogram = scoreHistogram([-0.1, 0.5, 1.2, 7], { bins: 2 });
    expect(Array.from(histogram.counts)).toEqual([1, 3]);
    expect([histogram.below, histogram.above, histogram.total]).toEqual([1, 2, 4]);
  });

  test('survives JSON', () => {
    const histogram = scoreHistogram([-1, 0.2, 0.4, 2], { bins: 8, minimum: -0.5, maximum: 1.5 });
    const copy = ScoreHistogram.fromJSON(JSON.parse(JSON.stringify(histogram)));
    expect(copy.toJSON()).toEqual(histogram.toJSON());
    expect(copy.total).toBe(4);
  });

  test('counts nothing of an array with a score that is not finite', () => {
    const histogram = new ScoreHistogram();
    expect(() => histogram.add([0.5, Number.NaN])).toThrow(
      new RangeError('scores[1] must be finite, received NaN'),
    );
    expect(() => histogram.add([Number.NEGATIVE_INFINITY])).toThrow(
      'scores[0] must be finite, received -Infinity',
    );
    expect(histogram.total).toBe(0);
  });

  test('refuses bins and ranges that make no sense', () => {
    expect(() => new ScoreHistogram({ bins: 0 })).toThrow(
      'bins must be a whole number of at least 1, received 0',
    );
    expect(() => new ScoreHistogram({ minimum: 1 })).toThrow(
      'minimum must be below maximum, received 1 and 1',
    );
    expect(() => mergeHistograms([])).toThrow('histograms must hold at least one histogram, received 0');
    expect(() => mergeHistograms([new ScoreHistogram(), new ScoreHistogram({ bins: 2 })])).toThrow(
      'other must have 4096 bins over [0, 1], received 2 over [0, 1]',
    );
    expect(() =>
      ScoreHistogram.fromJSON({ minimum: 0, maximum: 1, below: 0, above: 0, counts: [1, -1] }),
    ).toThrow('counts[1] must be a whole number of at least 0, received -1');
  });
});

describe('quantileOf', () => {
  test('is within one bin of the quantile of the scores', () => {
    fc.assert(
      fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = values.slice().sort((a, b) => a - b);
        const found = quantileOf(scoreHistogram(values), q);
        const below = sorted[Math.max(0, Math.ceil(q * values.length) - 1)]!;
        expect(Math.abs(found - below)).toBeLessThanOrEqual(1 / 4096 + 1e-12);
      }),
    );
  });

  test('interpolates within a bin', () => {
    const histogram = scoreHistogram([0.1, 0.1, 0.6, 0.6], { bins: 2 });
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantileOf(histogram, q))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test('refuses an empty histogram and shares outside [0, 1]', () => {
    expect(() => quantileOf(new ScoreHistogram(), 0.5)).toThrow(
      'histogram must hold at least one score, received 0',
    );
    expect(() => quantileOf(scoreHistogram([0.5]), 1.5)).toThrow('q must be in [0, 1], received 1.5');
  });
});
