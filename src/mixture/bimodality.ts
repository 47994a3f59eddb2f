import { checkOptions, checkWholeNumber, type OptionNames } from '../numerics/index.js';
import { type BetaMixture, fitBetaMixture } from './beta-mixture.js';
import {
  type FitGaussianMixtureOptions,
  fitGaussianMixture,
  type GaussianMixture,
} from './gaussian-mixture.js';
import type { ScoreHistogram } from './score-histogram.js';
import { ashmansD, separationWarnings, valleyToPeak } from './separation.js';

/** Evidence for and against two populations behind a set of scores. */
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
  /** Readable sentences; empty if all is well. */
  readonly warnings: readonly string[];
}

/** How many components {@link bimodality} compares, and how it fits them. */
export interface BimodalityOptions extends Omit<FitGaussianMixtureOptions, 'components' | 'start'> {
  /**
   * Fits with 1 to this many components.
   * @defaultValue 4
   */
  readonly maxComponents?: number;
  /** @defaultValue 'gaussian' */
  readonly family?: 'gaussian' | 'beta';
}

const BIMODALITY_OPTIONS: OptionNames<BimodalityOptions> = {
  starts: true,
  maxComponents: true,
  family: true,
  tolerance: true,
  maxIterations: true,
  varianceFloor: true,
  acceleration: true,
};

/**
 * Assesses whether scores come from two populations: fits with 1 to 4 components, ΔBIC, Ashman's D, the depth of the
 * valley, and readable warnings.
 *
 * ΔBIC alone prefers two components for any skewed population once there are enough scores, so it is never
 * the only evidence.
 *
 * @param scores Raw scores, or a histogram if there are many.
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
  const { maxComponents = 4, family = 'gaussian', varianceFloor, acceleration, starts, ...rest } = options;
  checkWholeNumber('maxComponents', maxComponents, 2);
  const fits = Array.from({ length: maxComponents }, (_, i) =>
    family === 'beta'
      ? fitBetaMixture(scores, { ...rest, components: i + 1 })
      : fitGaussianMixture(scores, {
          ...rest,
          components: i + 1,
          ...(varianceFloor === undefined ? {} : { varianceFloor }),
          ...(acceleration === undefined ? {} : { acceleration }),
          ...(starts === undefined ? {} : { starts }),
        }),
  );
  const one = fits[0]!;
  const two = fits[1]!;
  const deltaBic = one.bic - two.bic;
  const best = fits.reduce((a, b) => (b.bic < a.bic ? b : a));
  const warnings: string[] = [];
  if (deltaBic <= 0)
    warnings.push(`one component explains the scores as well as two (ΔBIC ${deltaBic.toFixed(1)})`);
  warnings.push(...separationWarnings(two));
  if (!two.converged) warnings.push(`the fit did not converge in ${two.iterations} iterations`);
  if (two.collapsed) warnings.push('a component collapsed to a spike of equal scores');
  return {
    fits,
    deltaBic,
    bestComponents: best.weights.length,
    ashmansD: ashmansD(two),
    valleyToPeak: valleyToPeak(two),
    warnings,
  };
};
