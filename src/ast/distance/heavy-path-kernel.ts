import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { int32Table } from './table-memory.js';

const forestTable = int32Table();
const rowTable = int32Table();
const heavyTable = int32Table();
const preorderTable = int32Table();
const postorderTable = int32Table();

/** How many cells `fillByHeavyPaths` fills: the nodes of all heavy paths' subtrees times the forests of `b`. */
export const estimateHeavyCells = (a: OrientedTree, ra: NodeRange, b: NodeRange): number => {
  const heavy = findHeavyChildren(a, ra);
  const size = b.hi - b.lo + 1;
  let rows = 0;
  for (let i = ra.lo; i <= ra.hi; i++) {
    const parent = a.parents[i]!;
    const isTop = parent > ra.hi || heavy[parent - ra.lo] !== i;
    if (isTop && a.first[i] !== i) rows += i - a.first[i]! + 1;
  }
  return rows * size * size;
};

/**
 * Fills the scores of all pairs of subtrees, as `fillSimilarity` does, by the heavy paths of `a`: O(n log n · m²)
 * whatever the shapes, where left and right paths take O(n² · m²) on trees that zigzag.
 *
 * A path is walked from its leaf up. The forest that hangs together so far grows by the nodes to the right of the path,
 * by those to its left, and by the next node of the path; its score against every forest of `b` that is left when nodes
 * are taken away from the left end and from the right end stands in one table: at (p, e) those nodes that come at p or
 * later in preorder and before e in postorder.
 *
 * @param scores The score of two classes stands at classA · stepA + classB · stepB; leaves are filled already.
 * @see Klein, "Computing the edit-distance between unrooted ordered trees", ESA 1998; Demaine, Mozes, Rossman, Weimann,
 * "An optimal decomposition algorithm for tree edit distance", ACM Trans. Algorithms 6(1), 2009.
 */
export const fillByHeavyPaths = (
  a: OrientedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  scores: Int32Array,
  stepA: number,
  stepB: number,
  watch: Watch | null,
): void => {
  const heavy = findHeavyChildren(a, ra);
  const columns = readColumns(b, rb);
  const settled = new Uint8Array(a.classCount);
  for (let top = ra.lo; top <= ra.hi; top++) {
    const parent = a.parents[top]!;
    const isTop = parent > ra.hi || heavy[parent - ra.lo] !== top;
    if (!isTop || a.first[top] === top || settled[a.classes[top]!] === 1) continue;
    fillPath(a, ra.lo, heavy, top, columns, scores, stepA, stepB);
    for (let i = top; ; i = heavy[i - ra.lo]!) {
      settled[a.classes[i]!] = 1;
      if (a.first[i] === i) break;
    }
    watch?.spend((top - a.first[top]! + 1) * columns.size * columns.size);
  }
};

/** For each node of the range its child with the largest subtree, the first of them; no entry for leaves. */
const findHeavyChildren = (tree: OrientedTree, { lo, hi }: NodeRange): Int32Array => {
  const heavy = heavyTable.reserve(hi - lo + 1);
  for (let i = lo; i <= hi; i++) {
    let best = i - 1;
    for (let child = i - 1; child >= tree.first[i]!; child = tree.first[child]! - 1) {
      if (child - tree.first[child]! >= best - tree.first[best]!) best = child;
    }
    heavy[i - lo] = best;
  }
  return heavy;
};

/** The nodes of `b` from both ends, counted from 0. */
interface Columns {
  readonly size: number;
  /** By place in postorder. */
  readonly preorder: Int32Array;
  readonly sizes: Int32Array;
  readonly classes: Int32Array;
  readonly labels: Int32Array;
  /** By place in preorder. */
  readonly postorder: Int32Array;
}

const readColumns = (b: PreparedTree, rb: NodeRange): Columns => {
  const size = rb.hi - rb.lo + 1;
  const preorder = preorderTable.reserve(size);
  const postorder = postorderTable.reserve(size);
  const last = mirrorLo(b, rb) + size - 1;
  for (let j = 0; j < size; j++) {
    preorder[j] = last - b.toRight[rb.lo + j]!;
    postorder[preorder[j]!] = j;
  }
  const { first, classes, labels } = b.left;
  return {
    size,
    preorder,
    postorder,
    sizes: Int32Array.from({ length: size }, (_, j) => rb.lo + j - first[rb.lo + j]! + 1),
    classes: classes.subarray(rb.lo, rb.hi + 1),
    labels: labels.subarray(rb.lo, rb.hi + 1),
  };
};

const fillPath = (
  a: OrientedTree,
  aLo: number,
  heavy: Int32Array,
  top: number,
  columns: Columns,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  const stride = columns.size + 1;
  const table = forestTable.reserve(stride * stride);
  table.fill(0, 0, stride * stride);
  let node = top;
  while (a.first[node] !== node) node = heavy[node - aLo]!;
  addPathNode(a, node, columns, table, scores, stepA, stepB);
  while (node !== top) {
    const parent = a.parents[node]!;
    addRight(a, node + 1, parent - 1, columns, table, scores, stepA, stepB);
    addLeft(a, a.first[parent]!, a.first[node]! - 1, columns, table, scores, stepA, stepB);
    addPathNode(a, parent, columns, table, scores, stepA, stepB);
    node = parent;
  }
};

/** Makes a tree of the forest so far, with `node` as its root, and settles its score against every subtree. */
const addPathNode = (
  a: OrientedTree,
  node: number,
  { size, preorder, classes, labels }: Columns,
  table: Int32Array,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  const stride = size + 1;
  const label = a.labels[node]!;
  const base = a.classes[node]! * stepA;
  // Subtrees come in the order of their preorder, from the last on: each is met alone first.
  for (let p = size - 1; p >= 0; p--) {
    const row = p * stride;
    let before = 0;
    let value = 0;
    for (let e = 1; e <= size; e++) {
      const at = row + e;
      const old = table[at]!;
      const root = preorder[e - 1]!;
      if (root >= p) {
        if (old > value) value = old;
        const slot = base + classes[e - 1]! * stepB;
        if (root === p) {
          const paired = before + (labels[e - 1] === label ? 2 : 1);
          if (paired > value) value = paired;
          scores[slot] = value;
        } else if (scores[slot]! > value) value = scores[slot]!;
      }
      before = old;
      table[at] = value;
    }
  }
};

/** Adds the subtrees `from … to` to the right end of the forest. */
const addRight = (
  a: OrientedTree,
  from: number,
  to: number,
  { size, preorder, sizes, classes }: Columns,
  table: Int32Array,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  if (from > to) return;
  const stride = size + 1;
  const rows = rowTable.reserve((to - from + 2) * stride);
  for (let p = size - 1; p >= 0; p--) {
    rows.set(table.subarray(p * stride, (p + 1) * stride));
    for (let u = from; u <= to; u++) {
      const row = (u - from + 1) * stride;
      const origin = (a.first[u]! - from) * stride;
      const base = a.classes[u]! * stepA;
      let value = 0;
      rows[row] = 0;
      for (let e = 1; e <= size; e++) {
        if (preorder[e - 1]! >= p) {
          const up = rows[row - stride + e]!;
          if (up > value) value = up;
          const paired = rows[origin + e - sizes[e - 1]!]! + scores[base + classes[e - 1]! * stepB]!;
          if (paired > value) value = paired;
        }
        rows[row + e] = value;
      }
    }
    const last = (to - from + 1) * stride;
    table.set(rows.subarray(last, last + stride), p * stride);
  }
};

/** Adds the subtrees `from … to` to the left end of the forest. */
const addLeft = (
  a: OrientedTree,
  from: number,
  to: number,
  { size, postorder, sizes, classes }: Columns,
  table: Int32Array,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  if (from > to) return;
  const stride = size + 1;
  const count = to - from + 1;
  const order = backwards(a, from, to);
  const rows = rowTable.reserve((count + 1) * stride);
  for (let e = 1; e <= size; e++) {
    for (let p = 0; p <= size; p++) rows[p] = table[p * stride + e]!;
    for (let t = 1; t <= count; t++) {
      const u = order[t - 1]!;
      const row = t * stride;
      const origin = (t - (u - a.first[u]! + 1)) * stride;
      const base = a.classes[u]! * stepA;
      let value = 0;
      rows[row + size] = 0;
      for (let p = size - 1; p >= 0; p--) {
        const j = postorder[p]!;
        if (j < e) {
          const up = rows[row - stride + p]!;
          if (up > value) value = up;
          const paired = rows[origin + p + sizes[j]!]! + scores[base + classes[j]! * stepB]!;
          if (paired > value) value = paired;
        }
        rows[row + p] = value;
      }
    }
    const last = count * stride;
    for (let p = 0; p < size; p++) table[p * stride + e] = rows[last + p]!;
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
