import { describe, expect, it } from 'vitest';
import { settleThreshold } from '../threshold.js';

/** Quantiles of a normal distribution by Box–Muller over an even grid: no luck in it. */
const normals = (count: number, mean: number, deviation: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const u = (i + 0.5) / count;
    const v = (i * 0.618033988749895) % 1;
    return mean + deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });
const inUnit = (values: readonly number[]) =>
  Float32Array.from(values, (value) => Math.min(0.999, Math.max(0, value)));

const separate = inUnit([...normals(8000, 0.32, 0.08), ...normals(2000, 0.62, 0.06)]);
/** One component inside the other: the densities meet on both sides of the means, never between them. */
const nested = inUnit([...normals(7000, 0.3, 0.03), ...normals(3000, 0.305, 0.14)]);

const none = { threshold: null, thresholdQuantile: null };

describe('settleThreshold', () => {
  it('takes the intersection of two populations', () => {
    const record = settleThreshold(separate, none);
    expect(record.origin).toBe('intersection');
    // The closed form for weights .8/.2, means .32/.62, deviations .08/.06 is .509317.
    expect(record.threshold).toBeCloseTo(0.5093, 1);
    expect(record.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(separate.length);
  });

  it('says why there is none, and what to choose', () => {
    expect(() => settleThreshold(nested, none)).toThrow(
      /no threshold s\*: .+ \(crossing-outside-means|no-crossing\).+--threshold S .+--threshold-quantile Q/,
    );
  });

  it('takes what the user chose instead, and still records what the fit said', () => {
    const chosen = settleThreshold(nested, { ...none, threshold: 0.7 });
    expect(chosen).toMatchObject({ threshold: 0.7, origin: 'option', intersection: { kind: 'degenerate' } });
    const quantile = settleThreshold(nested, { ...none, thresholdQuantile: 0.95 });
    expect(quantile.origin).toBe('quantile');
    const above = nested.filter((value) => value > quantile.threshold).length;
    expect(above / nested.length).toBeCloseTo(0.05, 2);
  });

  it('names a similarity that is no number', () => {
    expect(() => settleThreshold(Float32Array.of(0.1, Number.NaN, 0.3), none)).toThrow(/\[1\].*NaN/);
  });
});
