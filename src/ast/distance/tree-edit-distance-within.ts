import { checkOptions } from '../../numerics/index.js';
import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { boundedUnitDistance } from './bounded-distance.js';
import { CALL_LIMITS, type CallLimits, startWatch } from './call-limits.js';
import { labelLowerBound, postorderLowerBound, preorderLowerBound } from './lower-bounds.js';
import { releaseLargeTables } from './table-memory.js';

/**
 * The unit tree edit distance if it is at most `limit`, else Infinity: much sooner than the whole distance when the
 * trees are near each other or far apart.
 *
 * Trees of any size can be compared as long as they are near: a limit of 100 takes trees of some millions of nodes.
 *
 * @param limit At least 0; a fraction counts as the whole number below it, Infinity asks for the distance.
 * @param limits A limit of time, or a signal.
 * @throws TypeError when the trees are not comparable; RangeError when `limit` is negative or NaN;
 * `UndecidedDistanceError` when the trees are so large and so far apart that no table fits; a `DOMException` named
 * `TimeoutError` after `limits.timeLimit`.
 * Time O(|a| + |b|) when a lower bound already exceeds the limit, otherwise about O(n · d) for trees that are d edits
 * apart, and at worst that of `treeEditDistance`; memory O(n · min(limit, 2d)).
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditDistanceWithin } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'g', children: [{ label: 'x' }] });
 * console.log(treeEditDistanceWithin(a, b, 2), treeEditDistanceWithin(a, b, 1)); // 2 Infinity
 * ```
 * @see Touzet, "Comparing similar ordered trees in linear-time", J. Discrete Algorithms 5(4), 2007.
 */
export const treeEditDistanceWithin = (
  a: FlatTree,
  b: FlatTree,
  limit: number,
  limits: CallLimits = {},
): number => {
  checkOptions('treeEditDistanceWithin', limits, CALL_LIMITS);
  assertComparable(a, b);
  if (!(limit >= 0)) throw new RangeError(`limit must be a number of at least 0, received ${limit}`);
  const watch = startWatch(limits);
  if (a === b) return 0;
  const whole = Math.floor(limit);
  const labels = labelLowerBound(a, b);
  if (labels > whole) return Number.POSITIVE_INFINITY;
  const preorder = preorderLowerBound(a, b, whole);
  if (preorder > whole) return Number.POSITIVE_INFINITY;
  const postorder = postorderLowerBound(a, b, whole);
  if (postorder > whole) return Number.POSITIVE_INFINITY;
  try {
    return boundedUnitDistance(a, b, whole, Math.max(labels, preorder, postorder), watch);
  } finally {
    releaseLargeTables();
  }
};
