import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { int32Table } from './table-memory.js';

const forestTable = int32Table();
const rowTable = int32Table();
const turnedTable = int32Table();

/** A path from a node down to a leaf. */
export interface InnerPath {
  readonly tree: OrientedTree;
  readonly top: number;
  /** The path's node below an inner node. */
  next(node: number): number;
}

/** Where the scores of pairs of subtrees stand: at class · stepPath + class of the other tree · stepOther. */
export interface ScoreSteps {
  readonly stepPath: number;
  readonly stepOther: number;
}

/** The nodes of `b` in preorder, counted from 0, of the tree itself or of its mirror image. */
export interface Columns {
  readonly size: number;
  /** Place in postorder of each. */
  readonly postorder: Int32Array;
  readonly sizes: Int32Array;
  readonly classes: Int32Array;
  readonly labels: Int32Array;
}

/** The columns of the subtrees in a range, of the tree itself or of its mirror image. */
export const readColumns = (b: PreparedTree, rb: NodeRange, mirrored: boolean): Columns => {
  const size = rb.hi - rb.lo + 1;
  const tree = mirrored ? b.right : b.left;
  const other = mirrored ? b.toLeft : b.toRight;
  const lo = mirrored ? mirrorLo(b, rb) : rb.lo;
  // A preorder is the mirror image's postorder backwards.
  const last = (mirrored ? rb.lo : mirrorLo(b, rb)) + size - 1;
  const columns = {
    size,
    postorder: new Int32Array(size),
    sizes: new Int32Array(size),
    classes: new Int32Array(size),
    labels: new Int32Array(size),
  };
  for (let j = 0; j < size; j++) {
    const p = last - other[lo + j]!;
    columns.postorder[p] = j;
    columns.sizes[p] = lo + j - tree.first[lo + j]! + 1;
    columns.classes[p] = tree.classes[lo + j]!;
    columns.labels[p] = tree.labels[lo + j]!;
  }
  return columns;
};

/** What hangs off a path between one of its nodes and the next above: each node after all that is below it. */
interface HangingNodes {
  readonly above: number;
  /** To the left of the path, from the path outwards. */
  readonly before: readonly number[];
  /** To the right of it. */
  readonly after: readonly number[];
}

/** The nodes of a path above its leaf, from below, each with what hangs off there; and the leaf. */
const walkPath = ({
  tree,
  top,
  next,
}: InnerPath): { readonly leaf: number; readonly steps: readonly HangingNodes[] } => {
  const steps: HangingNodes[] = [];
  let node = top;
  while (tree.first[node] !== node) {
    const below = next(node);
    const after = Array.from({ length: node - 1 - below }, (_, k) => below + 1 + k);
    steps.push({ above: node, before: backwards(tree, tree.first[node]!, tree.first[below]! - 1), after });
    node = below;
  }
  return { leaf: node, steps: steps.reverse() };
};

/** The table of a forest that grows along a path; it starts with no node, and not turned over. */
export interface GrowingTable {
  /** Turns to the mirror image, or back. */
  turnOver(): void;
  /** Makes a tree of the forest, with the node as its root. */
  addRoot(node: number): void;
  /** Adds a leaf on the left; on the right, where the table is turned over. */
  addLeaf(node: number): void;
  /** Adds subtrees there, which hang off the node `above`: each node after all that is below it. */
  addNodes(order: readonly number[], above: number): void;
}

/** Walks a path from its leaf up; `spend` is told how many nodes were added. */
export const growAlongPath = (path: InnerPath, table: GrowingTable, spend: (nodes: number) => void): void => {
  const { leaf, steps } = walkPath(path);
  let isTurned = false;
  table.addRoot(leaf);
  for (const { above, before, after } of steps) {
    // Whichever side lies as the table does goes first.
    const sides: readonly boolean[] = [isTurned, !isTurned];
    for (const onRight of sides) {
      const order = onRight ? after : before;
      if (order.length === 0) continue;
      if (isTurned !== onRight) {
        table.turnOver();
        isTurned = onRight;
      }
      if (order.length === 1) table.addLeaf(order[0]!);
      else table.addNodes(order, above);
    }
    table.addRoot(above);
    spend(before.length + after.length + 1);
  }
};

/**
 * Fills the scores of the nodes of a path against all subtrees of `b`'s range, where those of what hangs off the path
 * are known: O(|top| · |b|²).
 *
 * The path is walked from its leaf up. The forest that hangs together so far grows by the nodes to the right of the
 * path, by those to its left, and by the next node of the path; its score against every forest of `b` that is left when
 * nodes are taken away from the left end and from the right end stands in one table: at (p, e) those nodes that come at
 * p or later in preorder and before e in postorder. What is added on the left meets the first of them in preorder, which
 * is the same for a whole row. What is added on the right does so in the mirror image, with the table turned over.
 *
 * @see Klein, "Computing the edit-distance between unrooted ordered trees", ESA 1998; Demaine, Mozes, Rossman, Weimann,
 * "An optimal decomposition algorithm for tree edit distance", ACM Trans. Algorithms 6(1), 2009.
 */
export const fillInnerPath = (
  path: InnerPath,
  b: PreparedTree,
  rb: NodeRange,
  scores: Int32Array,
  { stepPath, stepOther }: ScoreSteps,
  watch: Watch | null,
): void => {
  const { tree } = path;
  const left = readColumns(b, rb, false);
  const right = readColumns(b, rb, true);
  const { size } = left;
  const cells = (size + 1) * (size + 1);
  let table = forestTable.reserve(cells);
  let spare = turnedTable.reserve(cells);
  table.fill(0, 0, cells);
  let columns = left;
  const swap = () => {
    [table, spare] = [spare, table];
  };
  growAlongPath(
    path,
    {
      turnOver: () => {
        turnOver(table, spare, size);
        swap();
        columns = columns === left ? right : left;
      },
      addRoot: (node) => addPathNode(tree, node, columns, table, scores, stepPath, stepOther),
      addLeaf: (node) => {
        addLeaf(scores, tree.classes[node]! * stepPath, stepOther, columns, table, spare);
        swap();
      },
      addNodes: (order) => addSiblings(tree, order, columns, table, scores, stepPath, stepOther),
    },
    (nodes) => watch?.spend(nodes * cells),
  );
};

/** The table as the mirror image has it: (p, e) goes to (size − e, size − p). */
const turnOver = (from: Int32Array, to: Int32Array, size: number): void => {
  const stride = size + 1;
  const block = 32;
  for (let p0 = 0; p0 < stride; p0 += block) {
    for (let e0 = 0; e0 < stride; e0 += block) {
      const pEnd = Math.min(p0 + block, stride);
      const eEnd = Math.min(e0 + block, stride);
      for (let p = p0; p < pEnd; p++) {
        let at = (size - e0) * stride + size - p;
        for (let e = e0; e < eEnd; e++, at -= stride) to[at] = from[p * stride + e]!;
      }
    }
  }
};

/** Makes a tree of the forest so far, with `node` as its root, and settles its score against every subtree. */
const addPathNode = (
  a: OrientedTree,
  node: number,
  { size, postorder, classes, labels }: Columns,
  table: Int32Array,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  const stride = size + 1;
  const label = a.labels[node]!;
  const base = a.classes[node]! * stepA;
  // Without its root a subtree is the rest of its columns, in the row after: read before that row changes.
  let inside = 0;
  for (let p = size - 1; p >= 0; p--) {
    const row = p * stride;
    const below = row + stride;
    const alone = postorder[p]! + 1;
    const paired = inside + (labels[p] === label ? 2 : 1);
    if (p > 0) inside = table[row + postorder[p - 1]! + 1]!;
    for (let e = 1; e < alone; e++) table[row + e] = table[below + e]!;
    const score = Math.max(table[row + alone]!, table[below + alone]!, paired);
    scores[base + classes[p]! * stepB] = score;
    for (let e = alone; e <= size; e++) {
      let value = table[row + e]!;
      let t = table[below + e]! - value;
      value += t & ~(t >> 31);
      t = score - value;
      table[row + e] = value + (t & ~(t >> 31));
    }
  }
};

/** Adds a single leaf to the end that rows begin at, from one table to the other: no row has to wait. */
const addLeaf = (
  scores: Int32Array,
  base: number,
  stepB: number,
  { size, postorder, sizes, classes }: Columns,
  old: Int32Array,
  table: Int32Array,
): void => {
  const stride = size + 1;
  table.fill(0, size * stride, stride * stride);
  for (let p = size - 1; p >= 0; p--) {
    const score = scores[base + classes[p]! * stepB]!;
    const row = p * stride;
    const below = row + stride;
    const skipped = (p + sizes[p]!) * stride;
    const from = postorder[p]! + 1;
    for (let e = 0; e < from; e++) table[row + e] = table[below + e]!;
    for (let e = from; e <= size; e++) {
      let value = old[row + e]!;
      let t = table[below + e]! - value;
      value += t & ~(t >> 31);
      t = old[skipped + e]! + score - value;
      table[row + e] = value + (t & ~(t >> 31));
    }
  }
};

/** Cells of the rows that wait for their subtree to be whole. */
const waitingCells = 2 ** 17;

/** Adds the subtrees whose nodes are `order`, each node after all that is below it, to the end that rows begin at. */
const addSiblings = (
  a: OrientedTree,
  order: readonly number[],
  { size, postorder, sizes, classes }: Columns,
  table: Int32Array,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  const stride = size + 1;
  const count = order.length;
  // A few columns at a time, so that all rows in waiting stay close together.
  const width = Math.max(8, Math.min(size, Math.floor(waitingCells / ((count + 1) * stride))));
  const layer = stride * width;
  const rows = rowTable.reserve((count + 1) * layer);
  for (let start = 1; start <= size; start += width) {
    const end = Math.min(start + width, size + 1);
    for (let p = 0; p <= size; p++) {
      for (let e = start; e < end; e++) rows[p * width + e - start] = table[p * stride + e]!;
    }
    for (let t = 1; t <= count; t++) {
      const u = order[t - 1]!;
      const base = a.classes[u]! * stepA;
      const own = t * layer;
      const origin = (t - (u - a.first[u]! + 1)) * layer;
      rows.fill(0, own + size * width, own + stride * width);
      for (let p = size - 1; p >= 0; p--) {
        const score = scores[base + classes[p]! * stepB]!;
        const row = own + p * width;
        const skipped = origin + (p + sizes[p]!) * width;
        // Where the node stands too far right for a column, the forest is that of the row after.
        const from = Math.max(start, Math.min(end, postorder[p]! + 1)) - start;
        for (let k = 0; k < from; k++) rows[row + k] = rows[row + width + k]!;
        for (let k = from; k < end - start; k++) {
          let value = rows[row - layer + k]!;
          let x = rows[row + width + k]! - value;
          value += x & ~(x >> 31);
          x = rows[skipped + k]! + score - value;
          rows[row + k] = value + (x & ~(x >> 31));
        }
      }
    }
    const last = count * layer;
    for (let p = 0; p < size; p++) {
      for (let e = start; e < end; e++) table[p * stride + e] = rows[last + p * width + e - start]!;
    }
  }
};

/** The nodes `from … to`, whole subtrees, by preorder from the last on: each after all that is below it. */
const backwards = (a: OrientedTree, from: number, to: number): number[] => {
  const order: number[] = [];
  const visit: number[] = [];
  for (let root = to; root >= from; root = a.first[root]! - 1) visit.push(root);
  // First children last: a preorder from the left, turned round at the end.
  for (let node = visit.pop(); node !== undefined; node = visit.pop()) {
    order.push(node);
    for (let child = node - 1; child >= a.first[node]!; child = a.first[child]! - 1) visit.push(child);
  }
  return order.reverse();
};
