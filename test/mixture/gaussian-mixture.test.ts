import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectationMaximization } from '../../src/mixture/expectation-maximization.js';
import {
  fitGaussianMixture,
  type GaussianMixture,
  ScoreHistogram,
  scoreHistogram,
} from '../../src/mixture/index.js';
import { groupScores } from '../../src/mixture/mixture-restarts.js';
import { mixtureStarts } from '../../src/mixture/mixture-start.js';
import { weightedValues } from '../../src/mixture/weighted-values.js';
import { createRandom } from '../../src/numerics/index.js';
import { referenceEmStep, referenceLogLikelihood } from '../reference/mixture.js';
import golden from './golden/mixture.golden.json';

const drawTwo = (count: number, seed = 1) => {
  const random = createRandom(seed, 'two normals');
  return Float64Array.from({ length: count }, () =>
    random.uniform() < 0.8 ? 0.32 + 0.08 * random.normal() : 0.62 + 0.06 * random.normal(),
  );
};

const expectSame = (
  fit: Pick<GaussianMixture, 'weights' | 'means' | 'variances'>,
  expected: Pick<GaussianMixture, 'weights' | 'means' | 'variances'>,
  tolerance: number,
) => {
  for (const name of ['weights', 'means', 'variances'] as const) {
    expect(fit[name].length).toBe(expected[name].length);
    fit[name].forEach((value, j) => {
      expect(Math.abs(value - expected[name][j]!), `${name}[${j}]`).toBeLessThan(tolerance);
    });
  }
};

describe('fitGaussianMixture agrees with scikit-learn 1.9', () => {
  test('on the first 50 Old Faithful eruptions, one and two components', () => {
    const { scores, fits } = golden.oldFaithful;
    for (const expected of fits) {
      const fit = fitGaussianMixture(scores, { components: expected.components, tolerance: 1e-13 });
      expectSame(fit, expected, 2e-5);
      expect(fit.logLikelihood / fit.count).toBeCloseTo(expected.meanLogLikelihood, 8);
      expect(fit.bic).toBeCloseTo(expected.bic, 6);
    }
  });

  test.each(['two', 'three'] as const)('at convergence to 1e-6: %s', (name) => {
    for (const expected of golden[name].fits) {
      const options = { components: expected.components, tolerance: expected.tolerance };
      const fit = fitGaussianMixture(golden[name].scores, options);
      expectSame(fit, expected, 1e-6);
      expect(fit.bic).toBeCloseTo(expected.bic, 7);
      expect(fit.converged).toBe(true);
    }
  });

  test('iteration by iteration from the same start at the same tolerance', () => {
    for (const { start, tolerance, iterations, ...expected } of golden.samePath) {
      const fit = fitGaussianMixture(golden.two.scores, { start, tolerance, acceleration: 'none' });
      expect(fit.iterations).toBe(iterations);
      expectSame(fit, expected, 1e-12);
    }
  });
});

describe('fitGaussianMixture', () => {
  test('takes the same step as the definition of EM', () => {
    const scores = golden.two.scores;
    const start = { weights: [0.3, 0.7], means: [0.3, 0.5], variances: [0.02, 0.03] };
    const fit = fitGaussianMixture(scores, { start, maxIterations: 1 });
    const expected = referenceEmStep(scores, start);
    expectSame(fit, expected, 1e-13);
    expect(fit.logLikelihood / scores.length).toBeCloseTo(referenceLogLikelihood(scores, expected), 12);
    expect(fit.converged).toBe(false);
  });

  test('gives the same from a histogram as from the scores, variances corrected for the bins', () => {
    const scores = drawTwo(100_000);
    const raw = fitGaussianMixture(scores, { tolerance: 1e-12 });
    for (const bins of [256, 1024, 4096]) {
      const histogram = scoreHistogram(scores, { bins, minimum: -0.5, maximum: 1.5 });
      const fit = fitGaussianMixture(histogram, { tolerance: 1e-12 });
      // A score known to within w moves the weights by about w/σ/√n.
      expectSame(fit, raw, 0.1 / bins);
    }
  });

  test('takes the variance of the bins off a histogram', () => {
    const histogram = new ScoreHistogram({ bins: 10 });
    histogram.add([0.15, 0.25]);
    const { variances } = fitGaussianMixture(histogram, { components: 1 });
    expect(variances[0]).toBeCloseTo(0.0025 - 0.01 / 12, 12);
  });

  test('finds the parameters that the scores were drawn from', () => {
    const fit = fitGaussianMixture(scoreHistogram(drawTwo(200_000), { minimum: -1, maximum: 2 }));
    expectSame(fit, { weights: [0.8, 0.2], means: [0.32, 0.62], variances: [0.0064, 0.0036] }, 3e-3);
  });

  test('finds a small component far away', () => {
    const random = createRandom(3);
    const scores = Float64Array.from(
      { length: 20_000 },
      (_, i) => (i % 50 === 0 ? 0.9 : 0.2) + 0.04 * random.normal(),
    );
    const { weights, means } = fitGaussianMixture(scores);
    expect(weights[1]).toBeCloseTo(0.02, 3);
    expect(means[1]).toBeCloseTo(0.9, 2);
  });

  test('finds a narrow component inside a wide one', () => {
    // 1,000 of N(.45, .02) in 1,000 of N(.5, .2): k-means splits them side by side, 687 nats below.
    const random = createRandom(1);
    const scores = Float64Array.from({ length: 2000 }, (_, i) =>
      i % 2 === 0 ? 0.45 + 0.02 * random.normal() : 0.5 + 0.2 * random.normal(),
    );
    const fit = fitGaussianMixture(scores);
    expectSame(fit, { weights: [0.5, 0.5], means: [0.45, 0.5], variances: [0.0004, 0.04] }, 0.03);
    expect(fit.logLikelihood - fitGaussianMixture(scores, { starts: 1 }).logLikelihood).toBeGreaterThan(600);
  });

  test('ends at least as high as either k-means start, which end in different places', () => {
    const ends = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed);
      const normals = Array.from({ length: 3 }, () => ({
        mean: random.uniform(),
        deviation: 0.01 + 0.1 * random.uniform(),
        weight: random.uniform() ** 3,
      }));
      const total = normals.reduce((sum, { weight }) => sum + weight, 0);
      const scores = Float64Array.from({ length: 2000 }, () => {
        let rest = random.uniform() * total;
        let j = 0;
        while (j < 2 && rest > normals[j]!.weight) rest -= normals[j++]!.weight;
        const { mean, deviation } = normals[j]!;
        return mean + deviation * random.normal();
      });
      const histogram = scoreHistogram(scores, { bins: 256 });
      const best = fitGaussianMixture(histogram, { components: 3 });
      const starts = mixtureStarts(weightedValues(histogram, 3), 3);
      const found = starts.map(
        (start) => fitGaussianMixture(histogram, { components: 3, start }).logLikelihood,
      );
      expect(best.logLikelihood).toBeGreaterThan(Math.max(...found) - 1e-6);
      if (found[0]! - found[1]! > 1) ends.add(0);
      if (found[1]! - found[0]! > 1) ends.add(1);
    }
    // Each of the two wins somewhere.
    expect(ends.size).toBe(2);
  });

  test('is a pure function of the scores and of neither their order nor their sharding', () => {
    const scores = drawTwo(5_000);
    const shuffled = scores.slice().reverse();
    expect(fitGaussianMixture(scoreHistogram(scores))).toEqual(fitGaussianMixture(scoreHistogram(shuffled)));
    const shards = new ScoreHistogram();
    for (let i = 0; i < scores.length; i += 700) shards.add(scores.subarray(i, i + 700));
    expect(fitGaussianMixture(shards)).toEqual(fitGaussianMixture(scoreHistogram(scores)));
  });

  test('reaches by its curvature what plain EM reaches, in fewer rounds', () => {
    const random = createRandom(4);
    const scores = Float64Array.from(
      { length: 20_000 },
      (_, i) => 0.4 + (i % 2) * 0.12 + 0.06 * random.normal(),
    );
    const histogram = scoreHistogram(scores, { bins: 256 });
    const options = { tolerance: 1e-12, maxIterations: 50_000 };
    const plain = fitGaussianMixture(histogram, { ...options, acceleration: 'none' });
    const fast = fitGaussianMixture(histogram, options);
    expectSame(fast, plain, 1e-3);
    expect(fast.logLikelihood).toBeGreaterThan(plain.logLikelihood - 1e-6);
    expect(fast.iterations).toBeLessThan(plain.iterations / 10);
    expect(fast.converged).toBe(true);
  });

  test('spends few rounds on many scores where groups of them taught it the curvature', () => {
    const random = createRandom(6);
    const scores = Float64Array.from({ length: 20_000 }, (_, i) => (i % 3) * 0.13 + 0.08 * random.normal());
    const data = weightedValues(scores, 3);
    const control = {
      varianceFloor: 1e-9,
      tolerance: 1e-10,
      maxIterations: 5000,
      acceleration: 'quasi-newton',
    } as const;
    const grouped = groupScores(data, 512);
    const found = expectationMaximization(grouped, mixtureStarts(grouped, 3)[0]!, control);
    const alone = expectationMaximization(data, found, control);
    const taught = expectationMaximization(data, found, control, found.curvature);
    expect(taught.meanLogLikelihood).toBeGreaterThan(alone.meanLogLikelihood - 1e-8);
    expect(taught.iterations).toBeLessThan(alone.iterations / 2);
  });

  test('settles three components where two explain the scores', () => {
    // The likelihood is all but flat around the best fit: extrapolated EM gave up 5,000 rounds later, and lower.
    const random = createRandom(5);
    const scores = Float64Array.from({ length: 4000 }, (_, i) =>
      i % 2 === 0 ? 0.45 + 0.02 * random.normal() : 0.5 + 0.2 * random.normal(),
    );
    for (const start of mixtureStarts(weightedValues(scores, 3), 3)) {
      const fit = fitGaussianMixture(scores, { components: 3, start });
      expect(fit.converged).toBe(true);
      expect(fit.iterations).toBeLessThan(500);
      const plain = fitGaussianMixture(scores, {
        components: 3,
        start,
        acceleration: 'none',
        maxIterations: 500,
      });
      expect(fit.logLikelihood).toBeGreaterThan(plain.logLikelihood);
    }
  });

  test('moves and scales with the scores', () => {
    const scores = golden.two.scores;
    const fit = fitGaussianMixture(scores, { tolerance: 1e-13 });
    const moved = fitGaussianMixture(
      scores.map((x) => 1000 + 50 * x),
      { tolerance: 1e-13 },
    );
    expectSame(
      {
        weights: moved.weights,
        means: moved.means.map((m) => (m - 1000) / 50),
        variances: moved.variances.map((v) => v / 2500),
      },
      fit,
      1e-6,
    );
  });

  test('never lowers the likelihood as iterations grow', () => {
    fc.assert(
      fc.property(
        // Scores that differ by their last bit alone leave a sum of squares that is nothing but rounding.
        fc.array(
          fc.double({ min: 0, max: 1, noNaN: true }).map((score) => Math.round(score * 1e9) / 1e9),
          { minLength: 5, maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 4 }),
        (scores, components) => {
          let last = Number.NEGATIVE_INFINITY;
          const mid = { weights: [], means: [], variances: [] } as {
            [K in 'weights' | 'means' | 'variances']: number[];
          };
          for (let j = 0; j < components; j++) {
            mid.weights.push(1 / components);
            mid.means.push((j + 0.5) / components);
            mid.variances.push(0.1);
          }
          for (const maxIterations of [1, 2, 3, 5, 10]) {
            const fit = fitGaussianMixture(scores, {
              components,
              start: mid,
              maxIterations,
              varianceFloor: 1e-3,
            });
            expect(fit.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
            expect(fit.logLikelihood).toBeGreaterThanOrEqual(last - 1e-9 * Math.abs(last) - 1e-9);
            last = fit.logLikelihood;
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('survives scores that are all equal, and says that it collapsed', () => {
    const fit = fitGaussianMixture([0.5, 0.5, 0.5, 0.5]);
    expect(fit.collapsed).toBe(true);
    expect(fit.weights.every(Number.isFinite)).toBe(true);
    expect(fit.means.every((mean) => Math.abs(mean - 0.5) < 1e-12)).toBe(true);
  });

  test('tells a spike of equal scores from a population', () => {
    const random = createRandom(5);
    const scores = Float64Array.from({ length: 4000 }, (_, i) =>
      i % 4 === 0 ? 1 : 0.4 + 0.1 * random.normal(),
    );
    expect(fitGaussianMixture(scores).collapsed).toBe(true);
    expect(fitGaussianMixture(drawTwo(4000)).collapsed).toBe(false);
  });

  test('reports that it ran out of iterations', () => {
    expect(fitGaussianMixture(drawTwo(500), { maxIterations: 2 }).converged).toBe(false);
  });

  test.each([
    [() => fitGaussianMixture([0.1, Number.NaN, 0.3]), 'scores[1] must be finite, received NaN'],
    [
      () => fitGaussianMixture([0.1, 0.2, Number.POSITIVE_INFINITY]),
      'scores[2] must be finite, received Infinity',
    ],
    [
      () => fitGaussianMixture([0.1, null, 0.3] as unknown as number[]),
      'scores[1] must be finite, received null',
    ],
    [
      () => fitGaussianMixture([0.1, 0.2, '0.3'] as unknown as number[]),
      'scores[2] must be finite, received "0.3"',
    ],
    [
      () => fitGaussianMixture([0.1, 1e200, 0.3]),
      'scores[1] must be at most 1e100 in magnitude, received 1e+200',
    ],
    [
      () => fitGaussianMixture([0.1, 0.2], { starts: 0 }),
      'starts must be a whole number of at least 1, received 0',
    ],
    [() => fitGaussianMixture([0.1]), 'scores must hold at least 2 (one per component), received 1'],
    [
      () => fitGaussianMixture(new ScoreHistogram()),
      'scores must hold at least 2 (one per component), received 0',
    ],
    [
      () => fitGaussianMixture([0.1, 0.2], { components: 0 }),
      'components must be a whole number of at least 1, received 0',
    ],
    [() => fitGaussianMixture([0.1, 0.2], { tolerance: 0 }), 'tolerance must be above 0, received 0'],
    [
      () => fitGaussianMixture([0.1, 0.2], { start: { weights: [1], means: [0, 1], variances: [1, 1] } }),
      'start.weights must have length 2, received 1',
    ],
    [
      () =>
        fitGaussianMixture([0.1, 0.2], { start: { weights: [0.5, 0.5], means: [0, 1], variances: [1, 0] } }),
      'start.variances[1] must be above 0, received 0',
    ],
  ])('refuses bad input by name: %#', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
