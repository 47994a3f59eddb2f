import { checkOptions } from '../numerics/index.js';
import type { BetaMixture } from './beta-mixture.js';
import type { GaussianMixture } from './gaussian-mixture.js';
import { logComponentDensity, type Mixture } from './mixture-density.js';
import { separationWarnings } from './separation.js';

/** Why a mixture has no threshold between its components. */
export type DegenerateReason =
  /** The mixture does not have exactly two components. */
  | 'not-two-components'
  /** A component shrank to a spike of equal scores, such as scores clipped to 0: not a population of its own. */
  | 'collapsed-component'
  /** The fit stopped before it had settled, so its densities are not those of the scores. */
  | 'not-converged'
  /** Both components have the same mean. */
  | 'equal-means'
  /** The weighted densities never meet: one component lies under the other everywhere. */
  | 'no-crossing'
  /** The weighted densities meet, but not between the means: one component covers the other's mean. */
  | 'crossing-outside-means';

/** A threshold, or the reason why there is none. */
export type IntersectionThreshold =
  | {
      readonly kind: 'threshold';
      readonly value: number;
      /** Every score at which the densities meet, ascending; `value` is one of them. */
      readonly crossings: readonly number[];
      /** Why the threshold may mean little, as readable sentences; empty if all is well. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'degenerate';
      readonly reason: DegenerateReason;
      readonly detail: string;
      /** Every score at which the densities meet, ascending; none of them lies between the means. */
      readonly crossings: readonly number[];
    };

/** Options of {@link intersectionThreshold}. */
export interface IntersectionThresholdOptions {
  /**
   * Whether the densities are weighted by their components' shares. Unweighted, π₁ = π₂: where one component holds
   * nearly all scores, as with many negatives to a positive, its weight can push the crossing past a mean.
   * @defaultValue true
   */
  readonly weighted?: boolean;
}

/** The real roots of a·x² + b·x + c, ascending; one root where a is negligible. */
const quadraticRoots = (a: number, b: number, c: number): readonly number[] => {
  const discriminant = b * b - 4 * a * c;
  if (discriminant < 0) return [];
  // q has no cancellation; the root c/q stays exact as a goes to 0, where the other runs to infinity.
  const q = -0.5 * (b + (b < 0 ? -1 : 1) * Math.sqrt(discriminant));
  const roots = [c / q, q / a].filter((root) => Number.isFinite(root));
  return roots.sort((x, y) => x - y);
};

const gaussianRoots = (mixture: GaussianMixture): readonly number[] => {
  const [m1, m2] = mixture.means as [number, number];
  const [v1, v2] = mixture.variances as [number, number];
  const [w1, w2] = mixture.weights as [number, number];
  if (!(v1 > 0 && v2 > 0)) return [];
  // With x measured from the first mean, the equation keeps its digits where the means lie far from 0.
  const d = m2 - m1;
  const a = 0.5 / v2 - 0.5 / v1;
  const b = -d / v2;
  const c = (0.5 * d * d) / v2 + Math.log(w1 / w2) + 0.5 * Math.log(v2 / v1);
  return quadraticRoots(a, b, c).map((root) => root + m1);
};

const betaRoots = (mixture: BetaMixture): readonly number[] => {
  const difference = (x: number) => logComponentDensity(mixture, 0, x) - logComponentDensity(mixture, 1, x);
  // The difference of the logs has at most one turning point, so each side of it holds at most one root.
  const rise = mixture.alphas[0]! - mixture.alphas[1]!;
  const fall = mixture.betas[0]! - mixture.betas[1]!;
  const turn = rise / (rise + fall);
  const edges = [Number.MIN_VALUE, ...(turn > 0 && turn < 1 ? [turn] : []), 1 - Number.EPSILON / 2];
  const roots: number[] = [];
  for (let i = 1; i < edges.length; i++) {
    let low = edges[i - 1]!;
    let high = edges[i]!;
    const sign = Math.sign(difference(low));
    if (sign === Math.sign(difference(high))) continue;
    for (let step = 0; step < 1100; step++) {
      const middle = low / 2 + high / 2;
      if (middle <= low || middle >= high) break;
      if (Math.sign(difference(middle)) === sign) low = middle;
      else high = middle;
    }
    roots.push(high);
  }
  return roots;
};

/**
 * The score s* at which the two weighted densities of a mixture meet, strictly between their means:
 * π₁·p₁(s*) = π₂·p₂(s*). Above it a score belongs more to the upper component than to the lower.
 *
 * A threshold is never invented: if there is none between the means, or the fit did not converge, the result says
 * why. A threshold between components that hardly differ comes with warnings, those of {@link bimodality} that a
 * mixture alone can give.
 *
 * @param mixture Two components, Gaussian or beta.
 * @param options Whether the components' weights count.
 * @returns `{ kind: 'threshold', value, crossings, warnings }` or `{ kind: 'degenerate', reason, detail, crossings }`.
 * Time O(1) and the 4,096 densities behind the warnings.
 *
 * @example
 * ```ts
 * import { fitGaussianMixture, intersectionThreshold } from 'oasis-embed/mixture';
 * const found = intersectionThreshold(fitGaussianMixture([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]));
 * if (found.kind === 'threshold') console.log(found.value.toFixed(2)); // 0.50
 * else console.log(found.detail);
 * ```
 *
 * @see OASIS, arXiv 2503.08161, the similarity threshold of the refinement step.
 */
export const intersectionThreshold = (
  mixture: Mixture,
  options: IntersectionThresholdOptions = {},
): IntersectionThreshold => {
  checkOptions('intersectionThreshold', options, { weighted: true });
  const { weighted = true } = options;
  if (typeof weighted !== 'boolean') {
    throw new TypeError(`weighted must be true or false, received ${String(weighted)}`);
  }
  const size = mixture.means.length;
  const degenerate = (
    reason: DegenerateReason,
    detail: string,
    crossings: readonly number[] = [],
  ): IntersectionThreshold => ({ kind: 'degenerate', reason, detail, crossings });
  if (size !== 2) {
    return degenerate('not-two-components', `a threshold needs two components, the mixture has ${size}`);
  }
  const [low, high] = mixture.means as [number, number];
  const shown = (value: number) => value.toPrecision(6);
  const compared: Mixture = weighted ? mixture : { ...mixture, weights: [0.5, 0.5] };
  const crossings =
    low < high ? (compared.kind === 'gaussian' ? gaussianRoots(compared) : betaRoots(compared)) : [];
  if (!mixture.converged) {
    return degenerate(
      'not-converged',
      `the fit did not converge in ${mixture.iterations} iterations; raise maxIterations or tolerance`,
      crossings,
    );
  }
  if (!(low < high)) return degenerate('equal-means', `both components have the mean ${shown(low)}`);
  if (mixture.collapsed) {
    const spike = mixture.variances[0]! < mixture.variances[1]! ? low : high;
    const detail = `one component is a spike of equal scores near ${shown(spike)}`;
    return degenerate('collapsed-component', detail, crossings);
  }
  const value = crossings.find((root) => root > low && root < high);
  if (value !== undefined) {
    return { kind: 'threshold', value, crossings, warnings: separationWarnings(mixture) };
  }
  if (crossings.length === 0) {
    const heavier =
      logComponentDensity(compared, 0, low) > logComponentDensity(compared, 1, low) ? 'upper' : 'lower';
    return degenerate('no-crossing', `the ${heavier} component lies under the other everywhere`);
  }
  return degenerate(
    'crossing-outside-means',
    `the densities meet at ${crossings.map(shown).join(' and ')}, not between the means ${shown(low)} and ${shown(high)}`,
    crossings,
  );
};
