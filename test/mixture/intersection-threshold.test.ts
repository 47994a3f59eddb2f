import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BetaMixture,
  componentDensity,
  fitBetaMixture,
  fitGaussianMixture,
  type GaussianMixture,
  intersectionThreshold,
  mixtureDensity,
  scoreHistogram,
} from '../../src/mixture/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { referenceCrossing } from '../reference/mixture.js';
import golden from './golden/mixture.golden.json';

const gaussian = (weights: number[], means: number[], variances: number[]): GaussianMixture => ({
  kind: 'gaussian',
  weights,
  means,
  variances,
  logLikelihood: 0,
  bic: 0,
  count: 1,
  iterations: 1,
  converged: true,
  collapsed: false,
});

const beta = (weights: number[], alphas: number[], betas: number[]): BetaMixture => ({
  ...gaussian(weights, [], []),
  kind: 'beta',
  alphas,
  betas,
  means: alphas.map((a, j) => a / (a + betas[j]!)),
  variances: alphas.map((a, j) => (a * betas[j]!) / ((a + betas[j]!) ** 2 * (a + betas[j]! + 1))),
});

describe('intersectionThreshold', () => {
  test.each([
    [[0.8, 0.2], [0.32, 0.62], [0.0064, 0.0036], 0.509317],
    [[0.8, 0.2], [0.3, 0.6], [0.01, 0.01], 0.49621],
  ])('solves π₁N₁ = π₂N₂ for %j %j %j', (weights, means, variances, expected) => {
    const found = intersectionThreshold(gaussian(weights, means, variances));
    expect(found.kind === 'threshold' && found.value).toBeCloseTo(expected, 6);
  });

  test.each([
    // The densities meet at 1.269024; at .22852 and .36937; nowhere.
    [[0.99, 0.01], [0.3, 0.4], [0.02, 0.02], 'crossing-outside-means', '1.26902'],
    [[0.7, 0.3], [0.3, 0.32], [0.001, 0.02], 'crossing-outside-means', '0.228525 and 0.369370'],
    [[0.9, 0.1], [0.3, 0.45], [0.02, 0.002], 'no-crossing', 'the upper component lies under the other'],
    [[0.5, 0.5], [0.3, 0.3], [0.02, 0.002], 'equal-means', '0.300000'],
    [[1], [0.3], [0.02], 'not-two-components', 'the mixture has 1'],
    [[0.3, 0.3, 0.4], [0.3, 0.5, 0.7], [0.02, 0.02, 0.02], 'not-two-components', 'the mixture has 3'],
  ])('gives a reason and never a number for %j %j %j', (weights, means, variances, reason, detail) => {
    const found = intersectionThreshold(gaussian(weights, means, variances));
    expect(found).toMatchObject({ kind: 'degenerate', reason });
    expect(found.kind === 'degenerate' && found.detail).toContain(detail);
  });

  test('carries every crossing, whether or not it is a threshold', () => {
    const nested = intersectionThreshold(gaussian([0.7, 0.3], [0.3, 0.32], [0.001, 0.02]));
    expect(nested.crossings.map((x) => x.toFixed(5))).toEqual(['0.22852', '0.36937']);
    const apart = intersectionThreshold(gaussian([0.8, 0.2], [0.32, 0.62], [0.0064, 0.0036]));
    expect(apart.crossings).toContain(apart.kind === 'threshold' ? apart.value : Number.NaN);
    expect(intersectionThreshold(gaussian([0.9, 0.1], [0.3, 0.45], [0.02, 0.002])).crossings).toEqual([]);
  });

  test('refuses a fit that did not settle, with its crossings', () => {
    const unsettled = { ...gaussian([0.8, 0.2], [0.32, 0.62], [0.0064, 0.0036]), converged: false };
    const found = intersectionThreshold(unsettled);
    expect(found).toMatchObject({ kind: 'degenerate', reason: 'not-converged' });
    expect(found.crossings.some((x) => x.toFixed(4) === '0.5093')).toBe(true);
  });

  test('warns where the components hardly differ, and not where they do', () => {
    const apart = intersectionThreshold(gaussian([0.8, 0.2], [0.32, 0.62], [0.0064, 0.0036]));
    expect(apart.kind === 'threshold' && apart.warnings).toEqual([]);
    const blurred = intersectionThreshold(gaussian([0.5, 0.5], [0.4, 0.5], [0.01, 0.01]));
    expect(blurred.kind === 'threshold' && blurred.warnings).toEqual([
      "the two components overlap (Ashman's D 1.00, at most 2)",
      'the fitted density has a single mode',
    ]);
  });

  test('finds the unweighted crossing where the weights push theirs past a mean', () => {
    const rare = gaussian([16 / 17, 1 / 17], [0.3, 0.4], [0.01, 0.01]);
    expect(intersectionThreshold(rare)).toMatchObject({ reason: 'crossing-outside-means' });
    // Equal variances and equal weights meet half-way.
    const found = intersectionThreshold(rare, { weighted: false });
    expect(found.kind === 'threshold' && found.value).toBeCloseTo(0.35, 12);
    expect(() => intersectionThreshold(rare, { weighted: 'no' as unknown as boolean })).toThrow(
      'weighted must be true or false, received no',
    );
  });

  test('takes no spike of equal scores for a population', () => {
    const random = createRandom(6);
    // Half of the scores were clipped to 0.
    const scores = Float64Array.from({ length: 4000 }, () => Math.max(0, 0.3 * random.normal()));
    for (const given of [scores, scoreHistogram(scores, { maximum: 2 })]) {
      expect(intersectionThreshold(fitGaussianMixture(given))).toMatchObject({
        kind: 'degenerate',
        reason: 'collapsed-component',
      });
    }
  });

  test('says where the spike of equal scores is', () => {
    for (const [variances, place] of [
      [[1e-9, 0.01], '0.200000'],
      [[0.01, 1e-9], '0.700000'],
    ] as const) {
      const mixture = { ...gaussian([0.5, 0.5], [0.2, 0.7], [...variances]), collapsed: true };
      expect(intersectionThreshold(mixture)).toMatchObject({ detail: expect.stringContaining(place) });
    }
  });

  test('agrees with a walk from one mean to the other', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
        fc.oneof(fc.double({ min: 1e-4, max: 0.05, noNaN: true }), fc.constant(null)),
        (weight, low, gap, v1, v2) => {
          const normals = {
            weights: [weight, 1 - weight],
            means: [low, low + gap],
            variances: [v1, v2 ?? v1],
          };
          const found = intersectionThreshold(gaussian(normals.weights, normals.means, normals.variances));
          const expected = referenceCrossing(normals);
          if (expected === null) {
            // The walk starts one step inside the means.
            if (found.kind === 'threshold') {
              const edge = Math.min(found.value - low, low + gap - found.value);
              expect(edge).toBeLessThan(gap / 10000);
            }
          } else {
            expect(found.kind).toBe('threshold');
            expect(found.kind === 'threshold' && found.value).toBeCloseTo(expected, 9);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('keeps its digits where the variances are all but equal', () => {
    const exact = intersectionThreshold(gaussian([0.8, 0.2], [0.3, 0.6], [0.01, 0.01]));
    const near = intersectionThreshold(gaussian([0.8, 0.2], [0.3, 0.6], [0.01, 0.01 + 1e-15]));
    expect(near.kind === 'threshold' && exact.kind === 'threshold' && near.value - exact.value).toBeCloseTo(
      0,
      11,
    );
  });

  test('is where a score belongs to both components alike, for both families', () => {
    for (const mixture of [fitGaussianMixture(golden.beta.scores), fitBetaMixture(golden.beta.scores)]) {
      const found = intersectionThreshold(mixture);
      if (found.kind !== 'threshold') throw new Error(found.detail);
      const [a, b] = [0, 1].map((j) => componentDensity(mixture, j, found.value));
      expect(a! / b!).toBeCloseTo(1, 9);
      expect(mixtureDensity(mixture, found.value)).toBeCloseTo(a! + b!, 12);
      expect(found.value).toBeGreaterThan(mixture.means[0]!);
      expect(found.value).toBeLessThan(mixture.means[1]!);
    }
  });

  test('finds no threshold in a nested beta mixture', () => {
    expect(intersectionThreshold(beta([0.95, 0.05], [2, 20], [2, 18]))).toMatchObject({ kind: 'degenerate' });
  });
});

describe('componentDensity', () => {
  test('integrates to the weight of the component', () => {
    for (const mixture of [
      gaussian([0.3, 0.7], [0.3, 0.6], [0.01, 0.02]),
      beta([0.3, 0.7], [2, 8], [5, 3]),
    ]) {
      for (const j of [0, 1]) {
        let sum = 0;
        for (let i = 0; i < 40_000; i++) sum += componentDensity(mixture, j, -1 + (3 * (i + 0.5)) / 40_000);
        expect((sum * 3) / 40_000).toBeCloseTo(mixture.weights[j]!, 6);
      }
    }
  });

  test('refuses a component that is not there', () => {
    expect(() => componentDensity(gaussian([1], [0], [1]), 1, 0)).toThrow(
      new RangeError('component must be a whole number in [0, 1), received 1'),
    );
  });
});
