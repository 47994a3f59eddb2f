import { checkOptions, checkWholeNumber, type OptionNames } from '../numerics/index.js';
import { type BetaMixture, fitBetaMixture } from './beta-mixture.js';
import {
  type FitGaussianMixtureOptions,
  fitGaussianMixture,
  type GaussianMixture,
} from './gaussian-mixture.js';
import { type Mixture, mixtureDensity } from './mixture-density.js';
import type { ScoreHistogram } from './score-histogram.js';

/** What speaks for and against two populations behind a set of scores. */
export interface Bimodality {
  /** The fits with 1, 2, … components. */
  readonly fits: readonly (GaussianMixture | BetaMixture)[];
  /** BIC of one component less BIC of two: positive favours two. Misleading alone at scale. */
  readonly deltaBic: number;
  /** The number of components with the lowest BIC. */
  readonly bestComponents: number;
  /** Ashman's D of the fit with two components: above 2 they are cleanly apart. */
  readonly ashmansD: number;
  /** Lowest density between the modes over the lower mode: 1 when there is one mode, near 0 when cleanly apart. */
  readonly valleyToPeak: number;
  /** Sentences for people, empty where nothing is amiss. */
  readonly warnings: readonly string[];
}

export interface BimodalityOptions extends Omit<FitGaussianMixtureOptions, 'components' | 'start'> {
  /**
   * Fits with 1 to this many components.
   * @defaultValue 4
   */
  readonly maxComponents?: number;
  /** @defaultValue 'gaussian' */
  readonly family?: 'gaussian' | 'beta';
}

const requireTwo = (mixture: Mixture) => {
  if (mixture.means.length !== 2) {
    throw new RangeError(`mixture must have 2 components, received ${mixture.means.length}`);
  }
};

/**
 * Ashman's D = √2·|μ₁ − μ₂|/√(σ²₁ + σ²₂) of a mixture of two; above 2 its components are cleanly apart.
 *
 * @throws RangeError when the mixture does not have two components.
 * @example
 * ```ts
 * import { ashmansD, fitGaussianMixture } from 'oasis-embed/mixture';
 * console.log(ashmansD(fitGaussianMixture([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])) > 2); // true
 * ```
 * @see Ashman, Bird and Zepf (1994), Detecting bimodality in astronomical datasets, eq. 4.
 */
export const ashmansD = (mixture: Mixture): number => {
  requireTwo(mixture);
  const [m1, m2] = mixture.means as [number, number];
  const [v1, v2] = mixture.variances as [number, number];
  return (Math.SQRT2 * Math.abs(m2 - m1)) / Math.sqrt(v1 + v2);
};

/**
 * The lowest density between the two modes of a mixture over the density at the lower mode; 1 for one mode.
 *
 * @throws RangeError when the mixture does not have two components. Time: 4,096 densities.
 * @example
 * ```ts
 * import { fitGaussianMixture, valleyToPeak } from 'oasis-embed/mixture';
 * console.log(valleyToPeak(fitGaussianMixture([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])) < 0.5); // true
 * ```
 */
export const valleyToPeak = (mixture: Mixture): number => {
  requireTwo(mixture);
  const [low, high] = mixture.means as [number, number];
  const [v1, v2] = mixture.variances as [number, number];
  const from = low - Math.sqrt(v1);
  const to = high + Math.sqrt(v2);
  const points = 4096;
  const densities = Float64Array.from({ length: points }, (_, i) =>
    mixtureDensity(mixture, from + ((to - from) * i) / (points - 1)),
  );
  // The deepest valley: each point against the lower of the highest peaks on its two sides.
  const right = new Float64Array(points);
  for (let i = points - 1, peak = 0; i >= 0; i--) {
    peak = Math.max(peak, densities[i]!);
    right[i] = peak;
  }
  let ratio = 1;
  for (let i = 0, left = 0; i < points; i++) {
    left = Math.max(left, densities[i]!);
    const lower = Math.min(left, right[i]!);
    if (lower > 0) ratio = Math.min(ratio, densities[i]! / lower);
  }
  return ratio;
};

const BIMODALITY_OPTIONS: OptionNames<BimodalityOptions> = {
  maxComponents: true,
  family: true,
  tolerance: true,
  maxIterations: true,
  varianceFloor: true,
  acceleration: true,
};

/**
 * Tells whether two populations stand behind a set of scores: fits over 1 to 4 components, ΔBIC, Ashman's D, the
 * depth of the valley, and warnings in words.
 *
 * ΔBIC alone prefers two components for any skewed population once there are enough scores, so it is never
 * the only evidence.
 *
 * @param scores Raw scores or a histogram; a histogram where there are many.
 * @throws RangeError as {@link fitGaussianMixture} does, or when `maxComponents` is below 2.
 *
 * @example
 * ```ts
 * import { bimodality } from 'oasis-embed/mixture';
 * const scores = Array.from({ length: 500 }, (_, i) => 0.5 + 0.2 * Math.sin(i) ** 3);
 * const { ashmansD, warnings } = bimodality(scores);
 * console.log(ashmansD.toFixed(1), warnings);
 * ```
 */
export const bimodality = (
  scores: ArrayLike<number> | ScoreHistogram,
  options: BimodalityOptions = {},
): Bimodality => {
  checkOptions('bimodality', options, BIMODALITY_OPTIONS);
  const { maxComponents = 4, family = 'gaussian', varianceFloor, acceleration, ...rest } = options;
  checkWholeNumber('maxComponents', maxComponents, 2);
  const fits = Array.from({ length: maxComponents }, (_, i) =>
    family === 'beta'
      ? fitBetaMixture(scores, { ...rest, components: i + 1 })
      : fitGaussianMixture(scores, {
          ...rest,
          components: i + 1,
          ...(varianceFloor === undefined ? {} : { varianceFloor }),
          ...(acceleration === undefined ? {} : { acceleration }),
        }),
  );
  const one = fits[0]!;
  const two = fits[1]!;
  const deltaBic = one.bic - two.bic;
  const best = fits.reduce((a, b) => (b.bic < a.bic ? b : a));
  const distance = ashmansD(two);
  const valley = valleyToPeak(two);
  const warnings: string[] = [];
  if (deltaBic <= 0)
    warnings.push(`one component explains the scores as well as two (ΔBIC ${deltaBic.toFixed(1)})`);
  if (!(distance > 2))
    warnings.push(`the two components overlap (Ashman's D ${distance.toFixed(2)}, at most 2)`);
  if (valley > 0.99) warnings.push('the fitted density has a single mode');
  if (!two.converged) warnings.push(`the fit did not converge in ${two.iterations} iterations`);
  if (two.collapsed) warnings.push('a component collapsed to a spike of equal scores');
  if (Math.min(...two.weights) < 0.01) warnings.push('a component holds less than 1% of the scores');
  return {
    fits,
    deltaBic,
    bestComponents: best.weights.length,
    ashmansD: distance,
    valleyToPeak: valley,
    warnings,
  };
};
