import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import type { EditCosts } from './edit-costs.js';
import { resolveCosts } from './edit-costs.js';
import { fastestSimilarity } from './fastest-similarity.js';
import { createTrimmedPair, trimEqualParts } from './trim-equal-parts.js';
import { weightedDistance } from './weighted-kernel.js';

const trimmed = createTrimmedPair();

/**
 * The tree edit distance: the least total cost of deleting, inserting and renaming nodes that turns one ordered
 * labelled tree into the other, where the children of a deleted node take its place.
 *
 * The distance to the empty tree is the cost of all nodes; between two empty trees it is 0.
 *
 * @param a The tree to start from.
 * @param b The tree to reach, flattened with the same vocabulary, labels and nodes.
 * @param costs What each edit costs; 1 each unless given.
 * @returns The distance; a whole number for unit costs.
 * @throws TypeError when the trees are not comparable; RangeError when a cost is negative or NaN, or when the
 * tables would exceed 2²⁸ cells.
 * Time O(|a|·|b|·min(depth, leaves)²) at worst, about |a|·|b|·log for syntax trees; memory O(|a|·|b|).
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditDistance } from 'oasis-embed';
 *
 * const leaf = (label: string) => ({ label });
 * const a = flattenObject({ label: 'f', children: [{ label: 'd', children: [leaf('a'), leaf('b')] }, leaf('e')] });
 * const b = flattenObject({ label: 'f', children: [leaf('a'), leaf('b'), leaf('x')] });
 * console.log(treeEditDistance(a, b)); // 2: delete d, rename e to x
 * console.log(treeEditDistance(a, b, { rename: 3 })); // 3: delete d and e, insert x
 * ```
 * @see Zhang and Shasha, SIAM J. Comput. 18(6), 1989.
 */
export const treeEditDistance = (a: FlatTree, b: FlatTree, costs?: EditCosts): number => {
  assertComparable(a, b);
  const resolved = costs === undefined ? null : resolveCosts(costs);
  if (resolved !== null) return weightedDistance(a, b, resolved);
  return unitDistance(a, b);
};

/** The unit distance of two trees known to be comparable. */
export const unitDistance = (a: FlatTree, b: FlatTree): number => {
  if (a === b) return 0;
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed);
  const nodes = ra.hi - ra.lo + 1 + (rb.hi - rb.lo + 1);
  return nodes - fastestSimilarity(prepareTree(a), ra, prepareTree(b), rb);
};
