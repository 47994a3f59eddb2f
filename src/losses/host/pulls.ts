import type { Anchors } from '../anchors.js';
import type { Reduction } from '../reduce-losses.js';

/** ∂L/∂ℓ of every anchor, which is also what its loss counts in the value. */
export const pullsOf = (
  { anchorSides, anchorWeights, total }: Anchors,
  reduction: Exclude<Reduction, 'none'>,
): Float64Array => {
  const anchors = anchorSides.reduce((sum, { rows }) => sum + rows.length, 0);
  const divisor = { mean: anchors, sum: 1, weighted: total }[reduction];
  return Float64Array.from({ length: anchors }, (_, i) =>
    total === 0 ? 0 : (anchorWeights?.[i] ?? 1) / divisor,
  );
};

/** Σ pull · ℓ; a pull of 0 removes an anchor, whatever its loss. */
export const weightedSum = (losses: Float64Array, pulls: Float64Array): number =>
  losses.reduce((sum, loss, i) => (pulls[i] === 0 ? sum : sum + pulls[i]! * loss), 0);
