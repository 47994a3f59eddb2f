import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import { boundedDistance } from './bounded-kernel.js';
import { fastestSimilarity } from './fastest-similarity.js';
import { labelLowerBound, postorderLowerBound, preorderLowerBound } from './lower-bounds.js';
import { estimateCells } from './similarity-kernel.js';
import { createTrimmedPair, trimEqualParts } from './trim-equal-parts.js';

const trimmed = createTrimmedPair();

/**
 * The unit tree edit distance if it is at most `limit`, else Infinity: much sooner than the whole distance when
 * the limit is small or the trees are far apart.
 *
 * @param limit At least 0; a fraction counts as the whole number below it, Infinity asks for the distance.
 * @throws TypeError when the trees are not comparable; RangeError when `limit` is negative or NaN.
 * Time O(|a| + |b|) when a lower bound already exceeds the limit; at worst that of `treeEditDistance`.
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
export const treeEditDistanceWithin = (a: FlatTree, b: FlatTree, limit: number): number => {
  assertComparable(a, b);
  if (!(limit >= 0)) throw new RangeError(`limit must be a number of at least 0, received ${limit}`);
  if (a === b) return 0;
  const whole = Math.floor(limit);
  if (labelLowerBound(a, b) > whole) return Number.POSITIVE_INFINITY;
  if (preorderLowerBound(a, b, whole) > whole) return Number.POSITIVE_INFINITY;
  if (postorderLowerBound(a, b, whole) > whole) return Number.POSITIVE_INFINITY;
  return verifyWithin(a, b, whole);
};

/** The distance if at most `limit`, by trimming and the kernel that promises the least work; no filters. */
export const verifyWithin = (a: FlatTree, b: FlatTree, limit: number): number => {
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed);
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (Math.abs(aSize - bSize) > limit) return Number.POSITIVE_INFINITY;
  if (aSize === 0 || bSize === 0) return Math.max(aSize, bSize);
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  if (limit < aSize + bSize && boundedPays(aSize, bSize, limit, estimateCells(pa, ra, pb, rb))) {
    return boundedDistance(pa, ra, pb, rb, limit);
  }
  const distance = aSize + bSize - fastestSimilarity(pa, ra, pb, rb);
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
};

/**
 * The band holds at most about 2·limit + 1 cells a row, in at most as many tables a node; the full kernel fills a
 * cell in about a third of the time.
 */
const boundedPays = (aSize: number, bSize: number, limit: number, cells: number): boolean => {
  const band = 2 * limit + 1;
  return aSize * band * Math.min(band, 12) + aSize * bSize < cells / 3;
};
