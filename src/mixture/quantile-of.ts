import type { ScoreHistogram } from './score-histogram.js';

/**
 * The score below which a share q of a histogram lies, interpolated within its bin.
 *
 * q = 0 is the lower edge of the first bin that holds a score, q = 1 the upper edge of the last.
 *
 * @param histogram At least one score.
 * @param q In [0, 1].
 * @returns A score, off by less than one bin from the quantile of the raw scores.
 * @throws RangeError when q is outside [0, 1] or the histogram is empty. Time O(bins).
 *
 * @example
 * ```ts
 * import { quantileOf, scoreHistogram } from 'oasis-embed/mixture';
 * console.log(quantileOf(scoreHistogram([0.1, 0.2, 0.3, 0.4]), 0.5).toFixed(2)); // 0.20
 * ```
 */
export const quantileOf = (histogram: ScoreHistogram, q: number): number => {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q must be in [0, 1], received ${q}`);
  if (histogram.total === 0) throw new RangeError('histogram must hold at least one score, received 0');
  const { counts, minimum, binWidth } = histogram;
  const target = q * histogram.total;
  let seen = 0;
  let lastUsed = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    lastUsed = i;
    if (seen + count >= target) return minimum + (i + (target - seen) / count) * binWidth;
    seen += count;
  }
  return minimum + (lastUsed + 1) * binWidth;
};
