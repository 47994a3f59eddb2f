import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { expectationMaximization } from './expectation-maximization.js';
import { likeliestFit } from './likeliest-fit.js';
import type { MixtureParameters } from './mixture-start.js';
import type { ScoreHistogram } from './score-histogram.js';
import { weightedValues } from './weighted-values.js';

/** A fitted mixture of normal distributions over scores, components in order of their means. */
export interface GaussianMixture extends MixtureParameters {
  readonly kind: 'gaussian';
  /** The natural log-likelihood of all scores together. */
  readonly logLikelihood: number;
  /** Bayesian information criterion, (3k − 1)·ln n − 2·logLikelihood: lower is better. */
  readonly bic: number;
  /** How many scores were fitted. */
  readonly count: number;
  /** Rounds of EM. */
  readonly iterations: number;
  /** Whether a round of EM gained less than the tolerance before the iterations ran out. */
  readonly converged: boolean;
  /** Whether a component shrank to the variance floor: a spike of equal scores, not a population. */
  readonly collapsed: boolean;
}

/** Components, starts and convergence of {@link fitGaussianMixture}. */
export interface FitGaussianMixtureOptions {
  /**
   * How many normal components.
   * @defaultValue 2
   */
  readonly components?: number;
  /**
   * The fit ends when a round of EM changes the mean log-likelihood by less than this.
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
  /**
   * Extrapolate along the rounds of EM, with about a tenth of the rounds where components overlap; `none` takes
   * the path of plain EM.
   * @defaultValue 'squarem'
   */
  readonly acceleration?: 'squarem' | 'none';
  /**
   * How many starting points are tried: two of k-means, then components inside others, then components of several
   * widths at evenly spread quantiles. The same scores always give the same starts.
   * @defaultValue 32
   */
  readonly starts?: number;
  /** Where to start instead. */
  readonly start?: MixtureParameters;
}

const FIT_GAUSSIAN_MIXTURE_OPTIONS: OptionNames<FitGaussianMixtureOptions> = {
  starts: true,
  components: true,
  tolerance: true,
  maxIterations: true,
  varianceFloor: true,
  acceleration: true,
  start: true,
};

/**
 * Fits a mixture of normal distributions to scores by expectation–maximization, without any randomness.
 *
 * p(x) = Σ_j π_j·N(x; μ_j, σ²_j). From raw scores the fit is exact; from a histogram it runs on the bin centers,
 * and w²/12 (Sheppard's correction, w the width of a bin) is taken off each variance. EM climbs to
 * the nearest maximum only, so several starts are tried, briefly and on grouped scores, and the best of them run to
 * their end: the likeliest is kept. Variances stay above a floor; `collapsed` tells when one reached it.
 *
 * @param scores Raw scores, or a histogram of any number of them.
 * @param options Components, stopping rule, floor, start.
 * @returns Components by ascending mean; weights sum to 1.
 * @throws RangeError when a score is not finite (index and value named), there are fewer scores than components,
 * or an option is out of range.
 *
 * Time O(n log n + iterations·n·k) on raw scores, O(starts·iterations·bins·k) on a histogram; memory O(n) or O(bins).
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
  checkOptions('fitGaussianMixture', options, FIT_GAUSSIAN_MIXTURE_OPTIONS);
  const { components = 2, tolerance = 1e-10, maxIterations = 5000, varianceFloor = 1e-6 } = options;
  const { acceleration = 'squarem', starts = 32 } = options;
  if (!(tolerance > 0)) throw new RangeError(`tolerance must be above 0, received ${tolerance}`);
  checkPositiveInteger('maxIterations', maxIterations);
  checkPositiveInteger('starts', starts);
  if (!(varianceFloor > 0)) throw new RangeError(`varianceFloor must be above 0, received ${varianceFloor}`);
  const data = weightedValues(scores, components);
  if (options.start !== undefined) checkStart(options.start, components);
  const sheppard = data.binWidth ** 2 / 12;
  const floor = Math.max(varianceFloor * data.variance, 2 * sheppard, Number.EPSILON ** 2);
  const control = { varianceFloor: floor, tolerance, maxIterations, acceleration };
  const best =
    options.start === undefined
      ? likeliestFit(data, components, starts, control)
      : expectationMaximization(data, options.start, control);
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
