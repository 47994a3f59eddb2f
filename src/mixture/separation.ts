import { type Mixture, mixtureDensity } from './mixture-density.js';

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

/** Why a mixture of two may not be two populations, in sentences for people. */
export const separationWarnings = (mixture: Mixture): string[] => {
  const distance = ashmansD(mixture);
  const warnings: string[] = [];
  if (!(distance > 2)) {
    warnings.push(`the two components overlap (Ashman's D ${distance.toFixed(2)}, at most 2)`);
  }
  if (valleyToPeak(mixture) > 0.99) warnings.push('the fitted density has a single mode');
  if (Math.min(...mixture.weights) < 0.01) warnings.push('a component holds less than 1% of the scores');
  return warnings;
};
