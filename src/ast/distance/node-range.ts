import type { PreparedTree } from '../tree/prepared-tree.js';

/** Nodes `lo … hi` of a tree in postorder: one subtree, or the subtrees of consecutive siblings. */
export interface NodeRange {
  lo: number;
  hi: number;
}

/** Where a range starts in the mirrored postorder. */
export const mirrorLo = (tree: PreparedTree, range: NodeRange): number => {
  const last = tree.toRight[range.hi]!;
  return tree.right.first[last]!;
};
