import { checkOptions } from '../../numerics/index.js';
import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import { boundedUnitDistance } from './bounded-distance.js';
import { CALL_LIMITS, type CallLimits, startWatch, type Watch } from './call-limits.js';
import { weightedDistance } from './decomposed-distance.js';
import { type EditCosts, type NodeEditCosts, resolveCosts } from './edit-costs.js';
import { fastestSimilarity } from './fastest-similarity.js';
import { labelLowerBound, preorderLowerBound } from './lower-bounds.js';
import { fitsTable, releaseLargeTables } from './table-memory.js';
import { createTrimmedPair, trimEqualParts } from './trim-equal-parts.js';

const trimmed = createTrimmedPair();

/** From this size on it pays to ask how near the trees are before choosing a kernel. */
const largeTree = 1_000;

/**
 * The tree edit distance: the least total cost of deleting, inserting and renaming nodes that turns one ordered
 * labeled tree into the other, where the children of a deleted node take its place.
 *
 * The distance to the empty tree is the cost of all nodes; between two empty trees it is 0. Costs go by label
 * (`EditCosts`) or by node (`NodeEditCosts`).
 *
 * @param a The tree to start from.
 * @param b The tree to reach, flattened with the same vocabulary, labels and nodes.
 * @param costs Cost of each edit. @defaultValue 1 each
 * @param limits A limit of time, or a signal.
 * @returns The distance; a whole number for unit costs.
 * @throws TypeError when the trees are not comparable; RangeError when a cost is negative or NaN, or when the
 * tables would exceed 2²⁸ cells (an `UndecidedDistanceError`, which says how far apart the trees are at least, for unit
 * costs); a `DOMException` named `TimeoutError` after `limits.timeLimit`.
 * Time O(|a|·|b|·min(depth, leaves)²) at worst, about |a|·|b|·log for syntax trees; memory O(|a|·|b|). Large trees that
 * are d edits apart take time and memory of about O(n · d) under unit costs.
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
export const treeEditDistance = (
  a: FlatTree,
  b: FlatTree,
  costs?: EditCosts | NodeEditCosts,
  limits: CallLimits = {},
): number => {
  checkOptions('treeEditDistance', limits, CALL_LIMITS);
  assertComparable(a, b);
  const resolved = costs === undefined ? null : resolveCosts(costs, a, b);
  const watch = startWatch(limits);
  if (a === b && resolved === null) return 0;
  try {
    return resolved === null ? unitDistance(a, b, watch) : weightedDistance(a, b, resolved, watch);
  } finally {
    releaseLargeTables();
  }
};

/** Large near-clones go to the bounded kernel, whose work grows with their distance and not with their product. */
const unitDistance = (a: FlatTree, b: FlatTree, watch: Watch | null): number => {
  if (Math.min(a.size, b.size) >= largeTree) {
    const fits = fitsTable(a.size + 1, b.size + 1);
    const near = fits ? Math.floor(Math.max(a.size, b.size) / 8) : Number.POSITIVE_INFINITY;
    const lower = labelLowerBound(a, b) > near ? Number.POSITIVE_INFINITY : preorderLowerBound(a, b, near);
    if (lower <= near) return boundedUnitDistance(a, b, Number.POSITIVE_INFINITY, lower, watch);
  }
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed);
  const nodes = ra.hi - ra.lo + 1 + (rb.hi - rb.lo + 1);
  return nodes - fastestSimilarity(prepareTree(a), ra, prepareTree(b), rb, watch);
};
