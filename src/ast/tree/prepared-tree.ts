import { type FlatTree, maximumTreeSize } from './flat-tree.js';
import { classifySubtrees } from './subtree-classes.js';

/**
 * A tree as the kernels read it, from one side: in postorder of the tree itself (left) or of its mirror image
 * (right). A forest of whole subtrees of consecutive siblings is a range of either.
 */
export interface OrientedTree {
  readonly size: number;
  /** [size] */
  readonly labels: Int32Array;
  /** [size], the first node of each node's subtree. */
  readonly first: Int32Array;
  /** [size], equal for equal subtrees of this tree: see `classifySubtrees`. */
  readonly classes: Int32Array;
  readonly classCount: number;
  /** [size], the parent's index; the root's is `size`. */
  readonly parents: Int32Array;
  /** The last node of each `first`, ascending: where a forest table of its own is needed. */
  readonly keyroots: Int32Array;
}

/** What is derived from a tree once and kept with it. */
export interface PreparedTree {
  readonly left: OrientedTree;
  readonly right: OrientedTree;
  /** [size], postorder index to mirrored postorder index. */
  readonly toRight: Int32Array;
  /** [size], mirrored postorder index to postorder index. */
  readonly toLeft: Int32Array;
  /** [size], a hash of each subtree's shape and labels, in postorder; the same for every tree. */
  readonly hashes: Int32Array;
  /** The tree's distinct labels, ascending, and how often each occurs. */
  readonly distinctLabels: Int32Array;
  readonly labelCounts: Int32Array;
}

const prepared = new WeakMap<FlatTree, PreparedTree>();

/**
 * @throws RangeError when the tree has more than `maximumTreeSize` nodes.
 * Time and memory O(nodes) on first sight, O(1) after.
 */
export const prepareTree = (tree: FlatTree): PreparedTree => {
  let result = prepared.get(tree);
  if (result === undefined) {
    result = derive(tree);
    prepared.set(tree, result);
  }
  return result;
};

const derive = (tree: FlatTree): PreparedTree => {
  const { size, labels, sizes } = tree;
  if (size > maximumTreeSize) {
    throw new RangeError(`a tree must have at most ${maximumTreeSize} nodes, received ${size}`);
  }
  const { classes, classCount, hashes } = classifySubtrees(labels, sizes);
  const first = new Int32Array(size);
  for (let i = 0; i < size; i++) first[i] = i - sizes[i]! + 1;

  // The mirrored postorder is the preorder read backwards.
  const toRight = new Int32Array(size);
  const rightLabels = new Int32Array(size);
  const rightFirst = new Int32Array(size);
  const rightClasses = new Int32Array(size);
  const toLeft = new Int32Array(size);
  const parents = new Int32Array(size).fill(size);
  const rightParents = new Int32Array(size).fill(size);
  if (size > 0) toRight[size - 1] = size - 1;
  for (let i = size - 1; i >= 0; i--) {
    const at = toRight[i]!;
    rightLabels[at] = labels[i]!;
    rightFirst[at] = at - sizes[i]! + 1;
    rightClasses[at] = classes[i]!;
    toLeft[at] = i;
    // A parent's last child is the first child of its mirror image.
    let next = rightFirst[at]! - 1;
    for (let child = i - 1; child >= first[i]!; child -= sizes[child]!) {
      next += sizes[child]!;
      toRight[child] = next;
      parents[child] = i;
      rightParents[next] = at;
    }
  }

  const sorted = labels.slice().sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < size; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) {
      distinct.push(sorted[i]!);
      counts.push(1);
    } else {
      counts[counts.length - 1]!++;
    }
  }
  return {
    left: { size, labels, first, classes, classCount, parents, keyroots: findKeyroots(first) },
    right: {
      size,
      labels: rightLabels,
      first: rightFirst,
      classes: rightClasses,
      classCount,
      parents: rightParents,
      keyroots: findKeyroots(rightFirst),
    },
    toRight,
    toLeft,
    hashes,
    distinctLabels: Int32Array.from(distinct),
    labelCounts: Int32Array.from(counts),
  };
};

const findKeyroots = (first: Int32Array): Int32Array => {
  const taken = new Uint8Array(first.length);
  const keyroots: number[] = [];
  for (let i = first.length - 1; i >= 0; i--) {
    const start = first[i]!;
    if (taken[start] === 0) keyroots.push(i);
    taken[start] = 1;
  }
  return Int32Array.from(keyroots.reverse());
};
