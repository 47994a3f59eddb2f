import { fitBetaMixture, fitGaussianMixture, intersectionThreshold } from 'oasis-embed/mixture';
import { describe, expect, it } from 'vitest';
import { settleThreshold } from '../refinement/threshold.js';

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

const none = {
  threshold: null,
  thresholdQuantile: null,
  mixture: 'gaussian',
  mixtureOver: 'negatives',
} as const;
/** Negatives without a positive. */
const only = (negatives: Float32Array) => ({ negatives, positives: new Float32Array(0) });

describe('settleThreshold', () => {
  it('takes the intersection of two populations', () => {
    const record = settleThreshold(only(separate), none);
    expect(record.origin).toBe('intersection');
    // The closed form for weights .8/.2, means .32/.62, deviations .08/.06 is .509317.
    expect(record.threshold).toBeCloseTo(0.5093, 1);
    expect(record.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(separate.length);
  });

  it('fits all pairs where asked, but a quantile is always one of the negatives', () => {
    const negatives = inUnit(normals(8000, 0.32, 0.08));
    const positives = inUnit(normals(2000, 0.62, 0.06));
    const pairs = settleThreshold({ negatives, positives }, { ...none, mixtureOver: 'pairs' });
    expect(pairs).toMatchObject({ over: 'pairs', origin: 'intersection' });
    // As above: the same two populations.
    expect(pairs.threshold).toBeCloseTo(0.5093, 1);
    const total = pairs.histogram.counts.reduce((sum, count) => sum + count, 0);
    expect(total).toBe(negatives.length + positives.length);
    const quantile = settleThreshold(
      { negatives, positives },
      { ...none, mixtureOver: 'pairs', thresholdQuantile: 0.95 },
    );
    const above = negatives.filter((value) => value > quantile.threshold).length;
    expect(above / negatives.length).toBeCloseTo(0.05, 2);
  });

  it('records the fits with 1 to 4 components, of which the two decide', () => {
    const record = settleThreshold(only(separate), none);
    expect(record.fits.map(({ weights }) => weights.length)).toEqual([1, 2, 3, 4]);
    expect(record.mixture).toEqual(record.fits[1]);
    expect(record.deltaBic).toBeCloseTo(record.fits[0]!.bic - record.fits[1]!.bic, 6);
    const lowest = record.fits.reduce((a, b) => (b.bic < a.bic ? b : a));
    expect(record.bestComponents).toBe(lowest.weights.length);
    // Raw scores are an oracle of their own: the histogram is fine enough for the same line.
    const raw = intersectionThreshold(fitGaussianMixture(separate));
    expect(record.threshold).toBeCloseTo((raw as { value: number }).value, 3);
  });

  it('fits no more components than there are similarities', () => {
    const few = settleThreshold(only(Float32Array.of(0.2, 0.5, 0.8)), { ...none, threshold: 0.6 });
    expect(few.fits).toHaveLength(3);
  });

  it('fits beta distributions where asked', () => {
    const record = settleThreshold(only(separate), { ...none, mixture: 'beta' });
    const fit = fitBetaMixture(separate, { tolerance: 1e-7 });
    expect(record.mixture).toMatchObject({ kind: 'beta', alphas: expect.any(Array) });
    expect(record.fits.map(({ kind }) => kind)).toEqual(['beta', 'beta', 'beta', 'beta']);
    expect(record.threshold).toBeCloseTo((intersectionThreshold(fit) as { value: number }).value, 2);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    // Scores crowded at 0 are no normal population: the beta line stands elsewhere than the normal one.
    const skewed = inUnit([
      ...normals(800, 0, 0.12).map((value) => value * value * 4),
      ...normals(200, 0.6, 0.08),
    ]);
    const [normal, beta] = (['gaussian', 'beta'] as const).map((mixture) =>
      settleThreshold(only(skewed), { ...none, mixture }),
    );
    expect(beta!.mixture.bic).toBeLessThan(normal!.mixture.bic);
    expect(Math.abs(beta!.threshold - normal!.threshold)).toBeGreaterThan(0.05);
  });

  it('says why there is none, and what to choose', () => {
    expect(() => settleThreshold(only(nested), none)).toThrow(
      /no threshold s\*: .+ \(crossing-outside-means|no-crossing\).+--threshold S .+--threshold-quantile Q/,
    );
  });

  it('takes what the user chose instead, and still records what the fit said', () => {
    const chosen = settleThreshold(only(nested), { ...none, threshold: 0.7 });
    expect(chosen).toMatchObject({ threshold: 0.7, origin: 'option', intersection: { kind: 'degenerate' } });
    const quantile = settleThreshold(only(nested), { ...none, thresholdQuantile: 0.95 });
    expect(quantile.origin).toBe('quantile');
    const above = nested.filter((value) => value > quantile.threshold).length;
    expect(above / nested.length).toBeCloseTo(0.05, 2);
  });

  it('names a similarity that is no number', () => {
    expect(() => settleThreshold(only(Float32Array.of(0.1, Number.NaN, 0.3)), none)).toThrow(/\[1\].*NaN/);
  });
});
