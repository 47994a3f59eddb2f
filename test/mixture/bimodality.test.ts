import { describe, expect, test } from 'vitest';
import { digamma, logGamma, trigamma } from '../../src/mixture/gamma-functions.js';
import {
  ashmansD,
  bimodality,
  fitBetaMixture,
  scoreHistogram,
  valleyToPeak,
} from '../../src/mixture/index.js';
import { createRandom } from '../../src/numerics/index.js';
import golden from './golden/mixture.golden.json';

const closeTo = (actual: number, expected: number, relative: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(expected)));

describe('gamma functions agree with scipy', () => {
  test.each(golden.gamma.x.map((x, i) => [x, i]))('at %s', (x, i) => {
    closeTo(logGamma(x), golden.gamma.logGamma[i]!, 1e-13);
    closeTo(digamma(x), golden.gamma.digamma[i]!, 1e-13);
    closeTo(trigamma(x), golden.gamma.trigamma[i]!, 1e-12);
  });
});

describe('fitBetaMixture', () => {
  test('agrees with EM by scipy', () => {
    const { scores, fit: expected } = golden.beta;
    const fit = fitBetaMixture(scores, { tolerance: 1e-14 });
    for (const name of ['weights', 'alphas', 'betas'] as const) {
      fit[name].forEach((value, j) => {
        closeTo(value, expected[name][j]!, 1e-4);
      });
    }
    expect(fit.logLikelihood / scores.length).toBeCloseTo(expected.meanLogLikelihood, 9);
  });

  test('needs one component where a normal mixture needs two', () => {
    const random = createRandom(11);
    // Beta(2, 6) as the second smallest of seven uniforms.
    const scores = Float64Array.from(
      { length: 20_000 },
      () => Array.from({ length: 7 }, () => random.uniform()).sort((a, b) => a - b)[1]!,
    );
    const histogram = scoreHistogram(scores);
    const options = { maxComponents: 2, tolerance: 1e-8 };
    expect(bimodality(histogram, options).deltaBic).toBeGreaterThan(1000);
    expect(bimodality(histogram, { ...options, family: 'beta' }).deltaBic).toBeLessThan(20);
    const { alphas, betas } = fitBetaMixture(histogram, { components: 1 });
    expect(alphas[0]).toBeCloseTo(2, 1);
    expect(betas[0]).toBeCloseTo(6, 0);
  });

  test('refuses scores outside [0, 1]', () => {
    expect(() => fitBetaMixture([0.1, 1.5])).toThrow(
      new RangeError('scores[1] must be in [0, 1], received 1.5'),
    );
  });
});

describe('bimodality', () => {
  test('takes every option with either family', () => {
    const scores = [0.1, 0.2, 0.15, 0.7, 0.8, 0.9, 0.75];
    const options = { acceleration: 'none', starts: 4, varianceFloor: 1e-5, maxIterations: 100 } as const;
    for (const family of ['gaussian', 'beta'] as const)
      expect(bimodality(scores, { ...options, family, maxComponents: 2 }).ashmansD).toBeGreaterThan(2);
  });

  const random = createRandom(2);
  const mixed = Float64Array.from({ length: 50_000 }, (_, i) =>
    i % 5 === 0 ? 0.62 + 0.06 * random.normal() : 0.32 + 0.08 * random.normal(),
  );
  const skewed = Float64Array.from(
    { length: 200_000 },
    () => Array.from({ length: 7 }, () => random.uniform()).sort((a, b) => a - b)[1]!,
  );

  test('is not misled by ΔBIC on one skewed population', () => {
    const found = bimodality(scoreHistogram(skewed), { maxComponents: 2, tolerance: 1e-8 });
    // Other draws of the same size gave ΔBIC 22,751 and D 1.70.
    expect(found.deltaBic).toBeGreaterThan(20_000);
    expect(found.ashmansD).toBeCloseTo(1.7, 1);
    expect(found.valleyToPeak).toBe(1);
    expect(found.warnings.join(' ')).toMatch(/overlap.*single mode/);
  });

  test('has no complaint about two populations', () => {
    const found = bimodality(scoreHistogram(mixed, { bins: 512 }));
    expect(found.warnings).toEqual([]);
    expect(found.ashmansD).toBeCloseTo((Math.SQRT2 * 0.3) / Math.sqrt(0.0064 + 0.0036), 1);
    expect(found.valleyToPeak).toBeLessThan(0.5);
    expect(found.bestComponents).toBe(2);
    expect(found.fits.map((fit) => fit.means.length)).toEqual([1, 2, 3, 4]);
  });

  test('measures only mixtures of two', () => {
    const { fits } = bimodality(scoreHistogram(mixed), { maxComponents: 3, tolerance: 1e-6 });
    for (const measure of [ashmansD, valleyToPeak]) {
      expect(() => measure(fits[2]!)).toThrow('mixture must have 2 components, received 3');
    }
    expect(() => bimodality([0.1, 0.2], { maxComponents: 1 })).toThrow(
      'maxComponents must be a whole number of at least 2, received 1',
    );
  });
});
