import { checkOptions, checkWholeNumber } from '../../numerics/index.js';
import { labelLowerBound } from '../distance/lower-bounds.js';
import { treeEditDistanceWithin } from '../distance/tree-edit-distance-within.js';
import { distanceLimit, type RatioNorm, ratioDivisor } from '../distance/tree-edit-ratio.js';
import { assertComparable, type FlatTree } from '../tree/flat-tree.js';

/** What {@link nearest} ranks trees by. */
export interface NearestOptions {
  /**
   * What the trees are ranked by: the edit ratio under one of its norms, or the distance itself.
   *
   * @defaultValue 'sum'
   */
  readonly norm?: RatioNorm | 'none';
}

/** The nearest trees, nearest first. */
export interface NearestTrees {
  /** Indices into the trees given. */
  readonly indices: Int32Array;
  readonly distances: Int32Array;
  /** What the trees are ranked by: the ratio, or the distance with `norm: 'none'`. */
  readonly values: Float64Array;
}

/**
 * The `k` trees of `trees` nearest to `tree` by edit ratio, nearest first; equal ones in the order given.
 *
 * All are ordered by a lower bound first, and each distance is bounded by the k-th best so far, so that most are
 * never computed in full. When `trees` holds the query, it is among its own neighbors.
 *
 * @param k How many, at least 0; fewer come back when there are fewer trees.
 * @throws RangeError when `k` is no whole number of at least 0; TypeError when the trees are not comparable.
 * Time O(n log n) and the distances that the bound does not rule out; memory O(n).
 *
 * @example
 * ```ts
 * import { flattenObject, nearest } from 'oasis-embed';
 *
 * const list = (...labels: string[]) => flattenObject({ label: 'list', children: labels.map((label) => ({ label })) });
 * const { indices, distances } = nearest(list('a', 'b'), [list('x'), list('a', 'b', 'c'), list('a')], 2);
 * console.log([...indices], [...distances]); // [ 1, 2 ] [ 1, 1 ]
 * ```
 */
export const nearest = (
  tree: FlatTree,
  trees: readonly FlatTree[],
  k: number,
  options: NearestOptions = {},
): NearestTrees => {
  checkOptions('nearest', options, { norm: true });
  const { norm = 'sum' } = options;
  checkWholeNumber('k', k, 0);
  for (const other of trees) assertComparable(tree, other);
  const divisors = Float64Array.from(trees, (other) =>
    norm === 'none' ? 1 : Math.max(1, ratioDivisor(tree.size, other.size, norm)),
  );
  const bounds = Float64Array.from(trees, (other, index) => labelLowerBound(tree, other) / divisors[index]!);
  const order = Int32Array.from(trees.keys()).sort((i, j) => bounds[i]! - bounds[j]! || i - j);

  const best: { index: number; distance: number; value: number }[] = [];
  for (const index of k === 0 ? [] : order) {
    const worst = best.length === k ? best[k - 1]!.value : Number.POSITIVE_INFINITY;
    if (bounds[index]! > worst) break;
    const divisor = divisors[index]!;
    const limit = worst === Number.POSITIVE_INFINITY ? worst : distanceLimit(worst, divisor);
    const distance = treeEditDistanceWithin(tree, trees[index]!, limit);
    if (distance === Number.POSITIVE_INFINITY) continue;
    const value = distance / divisor;
    let place = best.length;
    while (place > 0 && isBefore(value, index, best[place - 1]!)) place--;
    if (place >= k) continue;
    best.splice(place, 0, { index, distance, value });
    if (best.length > k) best.pop();
  }
  return {
    indices: Int32Array.from(best, ({ index }) => index),
    distances: Int32Array.from(best, ({ distance }) => distance),
    values: Float64Array.from(best, ({ value }) => value),
  };
};

const isBefore = (value: number, index: number, entry: { index: number; value: number }): boolean =>
  value < entry.value || (value === entry.value && index < entry.index);
