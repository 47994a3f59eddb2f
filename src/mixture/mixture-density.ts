import type { BetaMixture } from './beta-mixture.js';
import { logGamma } from './gamma-functions.js';
import type { GaussianMixture } from './gaussian-mixture.js';

/** A fitted mixture of either family. */
export type Mixture = GaussianMixture | BetaMixture;

/** What a density depends on, without how it was fitted. */
export type MixtureShape =
  | Pick<GaussianMixture, 'kind' | 'weights' | 'means' | 'variances'>
  | Pick<BetaMixture, 'kind' | 'weights' | 'alphas' | 'betas'>;

/** ln(π_j·p_j(x)); −∞ outside the support. */
export const logComponentDensity = (mixture: MixtureShape, component: number, x: number): number => {
  const weight = mixture.weights[component];
  if (weight === undefined) {
    const size = mixture.weights.length;
    throw new RangeError(`component must be a whole number in [0, ${size}), received ${component}`);
  }
  if (mixture.kind === 'gaussian') {
    const variance = mixture.variances[component]!;
    const difference = x - mixture.means[component]!;
    return (
      Math.log(weight) - 0.5 * Math.log(2 * Math.PI * variance) - (difference * difference) / (2 * variance)
    );
  }
  if (!(x > 0 && x < 1)) return Number.NEGATIVE_INFINITY;
  const alpha = mixture.alphas[component]!;
  const beta = mixture.betas[component]!;
  const constant = logGamma(alpha + beta) - logGamma(alpha) - logGamma(beta);
  return Math.log(weight) + constant + (alpha - 1) * Math.log(x) + (beta - 1) * Math.log1p(-x);
};

/**
 * The weighted density π_j·p_j(x) of one component: the curve to draw over a histogram.
 *
 * @param component Counts from 0, in order of the means.
 * @throws RangeError when there is no such component.
 *
 * @example
 * ```ts
 * import { componentDensity, fitGaussianMixture } from 'oasis-embed/mixture';
 * const mixture = fitGaussianMixture([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]);
 * console.log(componentDensity(mixture, 0, 0.2) > componentDensity(mixture, 1, 0.2)); // true
 * ```
 */
export const componentDensity = (mixture: MixtureShape, component: number, x: number): number =>
  Math.exp(logComponentDensity(mixture, component, x));

/**
 * The density p(x) = Σ_j π_j·p_j(x) of a mixture.
 *
 * @example
 * ```ts
 * import { fitGaussianMixture, mixtureDensity } from 'oasis-embed/mixture';
 * const mixture = fitGaussianMixture([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]);
 * console.log(mixtureDensity(mixture, 0.2) > mixtureDensity(mixture, 0.5)); // true
 * ```
 */
export const mixtureDensity = (mixture: MixtureShape, x: number): number =>
  Array.from(mixture.weights).reduce((sum, _, j) => sum + componentDensity(mixture, j, x), 0);
