import type { AnchorSide } from '../anchor-side.js';
import type { InfoNceProblem } from './info-nce-problem.js';

/** log(1 + eˣ) without the loss of digits of the naive form at either end. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Its derivative, 1/(1 + e⁻ˣ). */
export const sigmoid = (x: number): number => {
  const tail = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : tail) / (1 + tail);
};

export const logAddExp = (a: number, b: number): number => {
  const largest = Math.max(a, b);
  return largest === -Infinity ? largest : largest + Math.log1p(Math.exp(-Math.abs(a - b)));
};

/** [R + 1], where the positives of each anchor begin. */
export const positiveBounds = ({ rows, positiveAnchor }: AnchorSide): Int32Array => {
  const bounds = new Int32Array(rows.length + 1);
  for (const anchor of positiveAnchor) bounds[anchor + 1]!++;
  for (let r = 0; r < rows.length; r++) bounds[r + 1]! += bounds[r]!;
  return bounds;
};

/**
 * The loss of one anchor from its negatives' total n = log Σ exp and its positives' logits; adds pull · ∂ℓ/∂z to
 * `toPositives`.
 *
 * @returns ℓ and pull · ∂ℓ/∂n.
 */
export const anchorTerm = (
  total: number,
  positives: Float64Array,
  multiplePositives: InfoNceProblem['multiplePositives'],
  pull: number,
  toPositives: Float64Array,
): readonly [loss: number, toTotal: number] => {
  const count = positives.length;
  let loss = 0;
  let toTotal = 0;
  if (multiplePositives === 'separate' || count === 1) {
    for (let p = 0; p < count; p++) {
      const excess = total - positives[p]!;
      loss += softplus(excess) / count;
      const slope = (pull * sigmoid(excess)) / count;
      toTotal += slope;
      toPositives[p]! -= slope;
    }
    return [loss, toTotal];
  }
  const together = positives.reduce(logAddExp, -Infinity);
  // log(eⁿ + eᵖ) − s⁺ = softplus(n − p) + p − s⁺, of which the part that grows with the scores cancels.
  loss = softplus(total - together);
  const slope = sigmoid(total - together);
  const outside = multiplePositives === 'outside';
  for (let p = 0; p < count; p++) {
    const share = Math.exp(positives[p]! - together);
    if (outside) loss += (together - positives[p]!) / count;
    toPositives[p]! += pull * (outside ? (1 - slope) * share - 1 / count : -slope * share);
  }
  return [loss, pull * slope];
};
