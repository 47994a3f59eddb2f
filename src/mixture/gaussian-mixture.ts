import { type MixtureParameters, mixtureStarts } from './mixture-start.js';
import type { ScoreHistogram } from './score-histogram.js';
import { type WeightedValues, weightedValues } from './weighted-values.js';

/** A fitted mixture of normal distributions over scores, components in order of their means. */
export interface GaussianMixture extends MixtureParameters {
  readonly kind: 'gaussian';
  /** The natural log-likelihood of all scores together. */
  readonly logLikelihood: number;
  /** Bayesian information criterion, (3k − 1)·ln n − 2·logLikelihood: lower is better. */
  readonly bic: number;
  /** How many scores were fitted. */
  readonly count: number;
  readonly iterations: number;
  /** Whether the mean log-likelihood changed by less than the tolerance before the iterations ran out. */
  readonly converged: boolean;
  /** Whether a component shrank to the variance floor: a spike of equal scores, not a population. */
  readonly collapsed: boolean;
}

export interface FitGaussianMixtureOptions {
  /**
   * How many normal components.
   * @defaultValue 2
   */
  readonly components?: number;
  /**
   * The fit ends when the mean log-likelihood changes by less than this in one iteration.
   * @defaultValue 1e-10
   */
  readonly tolerance?: number;
  /** @defaultValue 5000 */
  readonly maxIterations?: number;
  /**
   * The least variance of a component, as a share of the variance of all scores.
   * @defaultValue 1e-6
   */
  readonly varianceFloor?: number;
  /** Where to start; without it, the better of two deterministic starts. */
  readonly start?: MixtureParameters;
}

interface Fit extends MixtureParameters {
  readonly meanLogLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const LOG_TWO_PI = Math.log(2 * Math.PI);

const expectationMaximization = (
  data: WeightedValues,
  start: MixtureParameters,
  floor: number,
  tolerance: number,
  maxIterations: number,
): Fit => {
  const { values, weights: counts, count } = data;
  const size = start.means.length;
  const weights = Float64Array.from(start.weights);
  const means = Float64Array.from(start.means);
  const variances = Float64Array.from(start.variances, (variance) => Math.max(variance, floor));
  const offsets = new Float64Array(size);
  const halfPrecisions = new Float64Array(size);
  const mass = new Float64Array(size);
  const firsts = new Float64Array(size);
  const seconds = new Float64Array(size);
  const terms = new Float64Array(size);
  // Moments are taken about the means of the last round, which keeps them small and the variances exact.
  const expectation = (): number => {
    for (let j = 0; j < size; j++) {
      offsets[j] = Math.log(weights[j]!) - 0.5 * (LOG_TWO_PI + Math.log(variances[j]!));
      halfPrecisions[j] = 0.5 / variances[j]!;
    }
    mass.fill(0);
    firsts.fill(0);
    seconds.fill(0);
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const weight = counts === undefined ? 1 : counts[i]!;
      let top = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < size; j++) {
        const difference = value - means[j]!;
        const term = offsets[j]! - difference * difference * halfPrecisions[j]!;
        terms[j] = term;
        if (term > top) top = term;
      }
      let sum = 0;
      for (let j = 0; j < size; j++) {
        const share = Math.exp(terms[j]! - top);
        terms[j] = share;
        sum += share;
      }
      total += weight * (top + Math.log(sum));
      const scale = weight / sum;
      for (let j = 0; j < size; j++) {
        const share = terms[j]! * scale;
        const difference = value - means[j]!;
        mass[j]! += share;
        firsts[j]! += share * difference;
        seconds[j]! += share * difference * difference;
      }
    }
    return total / count;
  };
  const maximization = () => {
    for (let j = 0; j < size; j++) {
      // A component that lost all its scores stays where it is with no weight.
      const share = Math.max(mass[j]!, Number.MIN_VALUE);
      const shift = firsts[j]! / share;
      weights[j] = Math.max(mass[j]! / count, Number.MIN_VALUE);
      means[j]! += shift;
      variances[j] = Math.max(seconds[j]! / share - shift * shift, floor);
    }
  };
  let previous = Number.NEGATIVE_INFINITY;
  let converged = false;
  let iterations = 0;
  while (!converged && iterations < maxIterations) {
    const current = expectation();
    maximization();
    iterations += 1;
    converged = Math.abs(current - previous) < tolerance;
    previous = current;
  }
  const meanLogLikelihood = expectation();
  return {
    weights: Array.from(weights),
    means: Array.from(means),
    variances: Array.from(variances),
    meanLogLikelihood,
    iterations,
    converged,
  };
};

/**
 * Fits a mixture of normal distributions to scores by expectation–maximisation, without any randomness.
 *
 * p(x) = Σ_j π_j·N(x; μ_j, σ²_j). From raw scores the fit is exact; from a histogram it runs on the bin centres,
 * and w²/12 (Sheppard's correction, w the width of a bin) is taken off each variance. Two deterministic starts
 * are tried and the likelier end is kept. Variances stay above a floor; `collapsed` tells when one reached it.
 *
 * @param scores Raw scores, or a histogram of any number of them.
 * @param options Components, stopping rule, floor, start.
 * @returns Components by ascending mean; weights sum to 1.
 * @throws RangeError when a score is not finite (index and value named), there are fewer scores than components,
 * or an option is out of range.
 *
 * Time O(iterations·n·k) on raw scores, O(iterations·bins·k) on a histogram; memory O(bins + k).
 *
 * @example
 * ```ts
 * import { fitGaussianMixture, intersectionThreshold, scoreHistogram } from 'oasis-embed/mixture';
 * const scores = Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 0.7 : 0.3) + 0.1 * Math.sin(i));
 * const mixture = fitGaussianMixture(scoreHistogram(scores));
 * console.log(mixture.means.map((mean) => mean.toFixed(1))); // ['0.3', '0.7']
 * console.log(intersectionThreshold(mixture).kind); // 'threshold'
 * ```
 *
 * @see Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
 */
export const fitGaussianMixture = (
  scores: ArrayLike<number> | ScoreHistogram,
  options: FitGaussianMixtureOptions = {},
): GaussianMixture => {
  const { components = 2, tolerance = 1e-10, maxIterations = 5000, varianceFloor = 1e-6 } = options;
  if (!(tolerance > 0)) throw new RangeError(`tolerance must be above 0, received ${tolerance}`);
  if (!(Number.isSafeInteger(maxIterations) && maxIterations > 0)) {
    throw new RangeError(`maxIterations must be a positive whole number, received ${maxIterations}`);
  }
  if (!(varianceFloor > 0)) throw new RangeError(`varianceFloor must be above 0, received ${varianceFloor}`);
  const data = weightedValues(scores, components);
  if (options.start !== undefined) checkStart(options.start, components);
  const sheppard = data.binWidth ** 2 / 12;
  const floor = Math.max(varianceFloor * data.variance, 2 * sheppard, Number.EPSILON ** 2);
  const starts = options.start === undefined ? mixtureStarts(data, components) : [options.start];
  const fits = starts.map((start) => expectationMaximization(data, start, floor, tolerance, maxIterations));
  const best = fits.reduce((a, b) => (b.meanLogLikelihood > a.meanLogLikelihood ? b : a));
  const order = best.means.map((_, j) => j).sort((a, b) => best.means[a]! - best.means[b]!);
  const logLikelihood = best.meanLogLikelihood * data.count;
  return {
    kind: 'gaussian',
    weights: order.map((j) => best.weights[j]!),
    means: order.map((j) => best.means[j]!),
    variances: order.map((j) => best.variances[j]! - sheppard),
    logLikelihood,
    bic: (3 * components - 1) * Math.log(data.count) - 2 * logLikelihood,
    count: data.count,
    iterations: best.iterations,
    converged: best.converged,
    collapsed: best.variances.some((variance) => variance <= floor),
  };
};

const checkStart = (start: MixtureParameters, components: number) => {
  for (const name of ['weights', 'means', 'variances'] as const) {
    const values = start[name];
    if (values.length !== components) {
      throw new RangeError(`start.${name} must have length ${components}, received ${values.length}`);
    }
    const bad = values.findIndex((v) => !(Number.isFinite(v) && (name === 'means' || v > 0)));
    if (bad >= 0) {
      const wanted = name === 'means' ? 'finite' : 'above 0';
      throw new RangeError(`start.${name}[${bad}] must be ${wanted}, received ${values[bad]}`);
    }
  }
};
