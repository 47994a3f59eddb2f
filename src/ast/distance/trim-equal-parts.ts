import type { FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import type { NodeRange } from './node-range.js';

/** Called with the first nodes of two equal runs and their length. */
export type MatchListener = (firstA: number, firstB: number, count: number) => void;

/** What is left of two trees: forests whose unit distance is that of the trees. */
export interface TrimmedPair {
  readonly a: NodeRange;
  readonly b: NodeRange;
}

/** Reusable ranges, for callers that trim many pairs. */
export const createTrimmedPair = (): TrimmedPair => ({ a: { lo: 0, hi: -1 }, b: { lo: 0, hi: -1 } });

/**
 * Sets equal parts of two trees aside without changing their unit distance: equal roots can be paired with each
 * other; then equal first and equal last child subtrees can be, too; and where one child remains on both sides,
 * the same again one level down. Holds for unit costs only.
 *
 * Time O(nodes set aside + children looked at).
 */
export const trimEqualParts = (
  a: FlatTree,
  b: FlatTree,
  into: TrimmedPair,
  onMatch: MatchListener | null = null,
): TrimmedPair => {
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const ra = into.a;
  const rb = into.b;
  ra.lo = 0;
  rb.lo = 0;
  ra.hi = a.size - 1;
  rb.hi = b.size - 1;
  if (a.size === 0 || b.size === 0) return into;
  // The mirrored postorder ends with the first child, as the postorder ends with the last.
  let endA = a.size - 1;
  let endB = b.size - 1;
  for (;;) {
    if (a.labels[ra.hi] !== b.labels[rb.hi]) return into;
    onMatch?.(ra.hi, rb.hi, 1);
    ra.hi--;
    rb.hi--;
    endA--;
    endB--;
    while (ra.lo <= ra.hi && rb.lo <= rb.hi && equalSubtrees(a, ra.hi, b, rb.hi)) {
      const size = a.sizes[ra.hi]!;
      ra.hi -= size;
      rb.hi -= size;
      onMatch?.(ra.hi + 1, rb.hi + 1, size);
    }
    while (ra.lo <= ra.hi && rb.lo <= rb.hi && equalSubtrees(a, pa.toLeft[endA]!, b, pb.toLeft[endB]!)) {
      const size = a.sizes[pa.toLeft[endA]!]!;
      onMatch?.(ra.lo, rb.lo, size);
      ra.lo += size;
      rb.lo += size;
      endA -= size;
      endB -= size;
    }
    if (ra.lo > ra.hi || rb.lo > rb.hi) return into;
    if (a.sizes[ra.hi] !== ra.hi - ra.lo + 1 || b.sizes[rb.hi] !== rb.hi - rb.lo + 1) return into;
    endA = pa.toRight[ra.hi]!;
    endB = pb.toRight[rb.hi]!;
  }

  function equalSubtrees(treeA: FlatTree, i: number, treeB: FlatTree, j: number): boolean {
    if (pa.hashes[i] !== pb.hashes[j]) return false;
    const size = treeA.sizes[i]!;
    if (size !== treeB.sizes[j]) return false;
    for (let k = 0; k < size; k++) {
      if (treeA.labels[i - k] !== treeB.labels[j - k] || treeA.sizes[i - k] !== treeB.sizes[j - k])
        return false;
    }
    return true;
  }
};
