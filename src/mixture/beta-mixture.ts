import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { digamma, logGamma, trigamma } from './gamma-functions.js';
import { likeliestFit } from './likeliest-fit.js';
import { mixtureStarts } from './mixture-start.js';
import type { ScoreHistogram } from './score-histogram.js';
import { type WeightedValues, weightedValues } from './weighted-values.js';

/** A fitted mixture of beta distributions over scores in [0, 1], components in order of their means. */
export interface BetaMixture {
  readonly kind: 'beta';
  readonly weights: readonly number[];
  /** First shape of each component. */
  readonly alphas: readonly number[];
  /** Second shape of each component. */
  readonly betas: readonly number[];
  /** α/(α+β). */
  readonly means: readonly number[];
  /** αβ/((α+β)²(α+β+1)). */
  readonly variances: readonly number[];
  readonly logLikelihood: number;
  /** Bayesian information criterion, (3k − 1)·ln n − 2·logLikelihood: lower is better. */
  readonly bic: number;
  readonly count: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly collapsed: boolean;
}

/** Components, starts and convergence of {@link fitBetaMixture}. */
export interface FitBetaMixtureOptions {
  /** @defaultValue 2 */
  readonly components?: number;
  /**
   * The fit ends when the mean log-likelihood changes by less than this in one iteration.
   * @defaultValue 1e-10
   */
  readonly tolerance?: number;
  /** @defaultValue 5000 */
  readonly maxIterations?: number;
  /**
   * Scores are clipped to [clip, 1 − clip], where the density is finite.
   * @defaultValue 1e-4
   */
  readonly clip?: number;
}

const MAXIMUM_SHAPE = 1e7;

/** Beside k-means, the shapes of the likeliest normal mixture are a start: it has looked inside wide components. */
const NORMAL_STARTS = 32;

interface BetaComponent {
  weight: number;
  alpha: number;
  beta: number;
}

/**
 * The shapes whose beta distribution has E ln x = g and E ln(1−x) = h: Newton's method on
 * ψ(α) − ψ(α+β) = g, ψ(β) − ψ(α+β) = h, in ln α and ln β so that both stay positive.
 */
export const betaMaximumLikelihood = (
  g: number,
  h: number,
  alpha: number,
  beta: number,
): [number, number] => {
  let a = alpha;
  let b = beta;
  for (let step = 0; step < 50; step++) {
    const joint = digamma(a + b);
    const first = digamma(a) - joint - g;
    const second = digamma(b) - joint - h;
    const curve = trigamma(a + b);
    const aa = (trigamma(a) - curve) * a;
    const bb = (trigamma(b) - curve) * b;
    const ab = -curve * b;
    const ba = -curve * a;
    const determinant = aa * bb - ab * ba;
    const limit = (move: number) => Math.max(-1, Math.min(1, move));
    const da = limit((first * bb - second * ab) / determinant);
    const db = limit((second * aa - first * ba) / determinant);
    if (!(Number.isFinite(da) && Number.isFinite(db))) break;
    a = Math.min(a * Math.exp(-da), MAXIMUM_SHAPE);
    b = Math.min(b * Math.exp(-db), MAXIMUM_SHAPE);
    if (Math.abs(da) + Math.abs(db) < 1e-13) break;
  }
  return [a, b];
};

const byMoments = (mean: number, variance: number): [number, number] => {
  const spread = Math.min(Math.max(variance, 1e-9), 0.9 * mean * (1 - mean));
  const size = (mean * (1 - mean)) / spread - 1;
  return [mean * size, (1 - mean) * size];
};

const emStep = (
  data: WeightedValues,
  logs: { readonly x: Float64Array; readonly y: Float64Array },
  parts: readonly BetaComponent[],
): { meanLogLikelihood: number; next: BetaComponent[] } => {
  const { values, weights, count } = data;
  const size = parts.length;
  const offsets = parts.map(
    (p) => Math.log(p.weight) + logGamma(p.alpha + p.beta) - logGamma(p.alpha) - logGamma(p.beta),
  );
  const mass = new Float64Array(size);
  const sumX = new Float64Array(size);
  const sumY = new Float64Array(size);
  const terms = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const x = logs.x[i]!;
    const y = logs.y[i]!;
    let top = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < size; j++) {
      const part = parts[j]!;
      terms[j] = offsets[j]! + (part.alpha - 1) * x + (part.beta - 1) * y;
      top = Math.max(top, terms[j]!);
    }
    let sum = 0;
    for (let j = 0; j < size; j++) {
      terms[j] = Math.exp(terms[j]! - top);
      sum += terms[j]!;
    }
    const weight = weights === undefined ? 1 : weights[i]!;
    total += weight * (top + Math.log(sum));
    for (let j = 0; j < size; j++) {
      const share = (terms[j]! * weight) / sum;
      mass[j]! += share;
      sumX[j]! += share * x;
      sumY[j]! += share * y;
    }
  }
  const next = parts.map((part, j) => {
    const m = mass[j]!;
    if (m < 1e-9 * count) return { ...part, weight: Math.max(m / count, Number.MIN_VALUE) };
    const [alpha, beta] = betaMaximumLikelihood(sumX[j]! / m, sumY[j]! / m, part.alpha, part.beta);
    return { weight: m / count, alpha, beta };
  });
  return { meanLogLikelihood: total / count, next };
};

const FIT_BETA_MIXTURE_OPTIONS: OptionNames<FitBetaMixtureOptions> = {
  components: true,
  tolerance: true,
  maxIterations: true,
  clip: true,
};

/**
 * Fits a mixture of beta distributions to scores in [0, 1]: for skewed scores, where a normal mixture spends a
 * component on the skew of one population.
 *
 * p(x) = Σ_j π_j·x^(α_j−1)·(1−x)^(β_j−1)/B(α_j, β_j), by expectation–maximization with exact maximum-likelihood
 * shapes in each step. Scores are clipped to [clip, 1 − clip]. Deterministic; histograms are read at bin centers.
 *
 * @param scores Raw scores in [0, 1], or a histogram of them.
 * @returns Components by ascending mean; weights sum to 1.
 * @throws RangeError when a score is outside [0, 1] or not finite (index and value named), there are fewer
 * scores than components, or an option is out of range.
 *
 * Time O(iterations·n·k) on raw scores, O(iterations·bins·k) on a histogram; memory O(n) or O(bins).
 *
 * @example
 * ```ts
 * import { fitBetaMixture, scoreHistogram } from 'oasis-embed/mixture';
 * const scores = Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 0.7 : 0.2) + 0.1 * Math.sin(i));
 * const mixture = fitBetaMixture(scoreHistogram(scores));
 * console.log(mixture.means.map((mean) => mean.toFixed(1))); // ['0.2', '0.7']
 * ```
 *
 * @see Ji, Wu, Liu, Wang and Coombes (2005), Applications of beta-mixture models in bioinformatics.
 */
export const fitBetaMixture = (
  scores: ArrayLike<number> | ScoreHistogram,
  options: FitBetaMixtureOptions = {},
): BetaMixture => {
  checkOptions('fitBetaMixture', options, FIT_BETA_MIXTURE_OPTIONS);
  const { components = 2, tolerance = 1e-10, maxIterations = 5000, clip = 1e-4 } = options;
  if (!(tolerance > 0)) throw new RangeError(`tolerance must be above 0, received ${tolerance}`);
  checkPositiveInteger('maxIterations', maxIterations);
  if (!(clip > 0 && clip < 0.5)) throw new RangeError(`clip must be in (0, 0.5), received ${clip}`);
  const given = weightedValues(scores, components);
  const values = Float64Array.from(given.values, (score, i) => {
    if (score < 0 || score > 1) throw new RangeError(`scores[${i}] must be in [0, 1], received ${score}`);
    return Math.min(Math.max(score, clip), 1 - clip);
  });
  const data = { ...given, values };
  const logs = { x: values.map(Math.log), y: values.map((value) => Math.log1p(-value)) };
  const normal = likeliestFit(data, components, NORMAL_STARTS, {
    varianceFloor: Math.max(1e-6 * data.variance, Number.EPSILON),
    tolerance: 1e-8,
    maxIterations: 500,
    acceleration: 'squarem',
  });
  const runs = [...mixtureStarts(data, components), normal].map((start) => {
    let parts: BetaComponent[] = start.means.map((mean, j) => {
      const [alpha, beta] = byMoments(Math.min(Math.max(mean, clip), 1 - clip), start.variances[j]!);
      return { weight: start.weights[j]!, alpha, beta };
    });
    let previous = Number.NEGATIVE_INFINITY;
    let converged = false;
    let iterations = 0;
    while (!converged && iterations < maxIterations) {
      const { meanLogLikelihood, next } = emStep(data, logs, parts);
      parts = next;
      iterations += 1;
      converged = Math.abs(meanLogLikelihood - previous) < tolerance;
      previous = meanLogLikelihood;
    }
    return { parts, iterations, converged, meanLogLikelihood: emStep(data, logs, parts).meanLogLikelihood };
  });
  const best = runs.reduce((a, b) => (b.meanLogLikelihood > a.meanLogLikelihood ? b : a));
  const meanOf = (part: BetaComponent) => part.alpha / (part.alpha + part.beta);
  const parts = [...best.parts].sort((a, b) => meanOf(a) - meanOf(b));
  const logLikelihood = best.meanLogLikelihood * data.count;
  return {
    kind: 'beta',
    weights: parts.map((part) => part.weight),
    alphas: parts.map((part) => part.alpha),
    betas: parts.map((part) => part.beta),
    means: parts.map(meanOf),
    variances: parts.map((p) => (meanOf(p) * (1 - meanOf(p))) / (p.alpha + p.beta + 1)),
    logLikelihood,
    bic: (3 * components - 1) * Math.log(data.count) - 2 * logLikelihood,
    count: data.count,
    iterations: best.iterations,
    converged: best.converged,
    collapsed: parts.some((part) => Math.max(part.alpha, part.beta) >= MAXIMUM_SHAPE),
  };
};
