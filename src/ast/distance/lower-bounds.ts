import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import { stringEditDistance } from './string-edit-distance.js';

/**
 * | |a| − |b| |: every edit but a rename changes the size by one.
 *
 * All bounds here hold for unit costs.
 *
 * Time O(1).
 */
export const sizeLowerBound = (a: FlatTree, b: FlatTree): number => {
  assertComparable(a, b);
  return Math.abs(a.size - b.size);
};

/**
 * max(|a|, |b|) minus the number of nodes whose labels can be paired: at least as large as `sizeLowerBound`.
 *
 * Time O(distinct labels), after O(nodes log nodes) on a tree's first use.
 */
export const labelLowerBound = (a: FlatTree, b: FlatTree): number => {
  assertComparable(a, b);
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  let common = 0;
  for (let i = 0, j = 0; i < pa.distinctLabels.length && j < pb.distinctLabels.length; ) {
    const difference = pa.distinctLabels[i]! - pb.distinctLabels[j]!;
    if (difference === 0) common += Math.min(pa.labelCounts[i]!, pb.labelCounts[j]!);
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return Math.max(a.size, b.size) - common;
};

/**
 * The Levenshtein distance of the two label sequences in preorder: every edit of the tree is one of the sequence.
 * At least as large as `labelLowerBound`.
 *
 * @param limit Larger values come back as Infinity, sooner the smaller the limit is.
 * Time O(|a|·|b| / 32).
 */
export const preorderLowerBound = (a: FlatTree, b: FlatTree, limit = Number.POSITIVE_INFINITY): number => {
  assertComparable(a, b);
  return stringEditDistance(prepareTree(a).right.labels, prepareTree(b).right.labels, limit);
};

/**
 * The Levenshtein distance of the two label sequences in postorder.
 *
 * @param limit Larger values come back as Infinity, sooner the smaller the limit is.
 * Time O(|a|·|b| / 32).
 * @see Guha, Jagadish, Koudas, Srivastava, Yu, "Approximate XML joins", SIGMOD 2002.
 */
export const postorderLowerBound = (a: FlatTree, b: FlatTree, limit = Number.POSITIVE_INFINITY): number => {
  assertComparable(a, b);
  return stringEditDistance(a.labels, b.labels, limit);
};
