import { checkOptions } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { treeEditDistance } from './tree-edit-distance.js';

/** What a distance is divided by: the two sizes together, or the larger of them. */
export type RatioNorm = 'sum' | 'max';

/** What {@link treeEditRatio} divides the distance by, and what edits cost. */
export interface TreeEditRatioOptions {
  /**
   * `sum` divides by |a| + |b|: two unrelated functions come out near 0.5. `max` divides by the larger size and
   * comes out up to twice as large.
   *
   * @defaultValue 'sum'
   */
  readonly norm?: RatioNorm;
}

/** What the distance of two trees of these sizes is divided by. */
export const ratioDivisor = (sizeA: number, sizeB: number, norm: RatioNorm): number => {
  if (norm !== 'sum' && norm !== 'max') throw new TypeError(`norm must be 'sum' or 'max', received ${norm}`);
  return norm === 'sum' ? sizeA + sizeB : Math.max(sizeA, sizeB);
};

/**
 * The unit tree edit distance as a share of the trees' size:
 *
 * d(a, b) / (|a| + |b|), or with `norm: 'max'` d(a, b) / max(|a|, |b|).
 *
 * 0 for equal trees, two empty trees included. The sum form is below 1 unless one tree alone is empty, when it is
 * 1; the max form can exceed 1, where little can be paired and both trees are large. Neither is a metric.
 *
 * @throws TypeError when the trees are not comparable or `norm` is unknown.
 * Time and memory as `treeEditDistance`.
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditRatio } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'f', children: [{ label: 'x' }] });
 * console.log(treeEditRatio(a, b)); // 0.2
 * console.log(treeEditRatio(a, b, { norm: 'max' })); // 0.3333333333333333
 * ```
 * @see Gao et al., "OASIS: Order-Augmented Strategy for Improved Code Search", ACL 2025.
 */
export const treeEditRatio = (a: FlatTree, b: FlatTree, options: TreeEditRatioOptions = {}): number => {
  checkOptions('treeEditRatio', options, { norm: true });
  const divisor = ratioDivisor(a.size, b.size, options.norm ?? 'sum');
  const distance = treeEditDistance(a, b);
  return distance === 0 ? 0 : distance / divisor;
};

/** The largest distance whose ratio is at most `ratio`, in the very arithmetic of `treeEditRatio`. */
export const distanceLimit = (ratio: number, divisor: number): number => {
  let limit = Math.floor(ratio * divisor);
  while ((limit + 1) / divisor <= ratio) limit++;
  while (limit > 0 && limit / divisor > ratio) limit--;
  return limit;
};
