import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { int32Table } from './table-memory.js';

const forestTable = int32Table();
const rowTable = int32Table();
const heavyTable = int32Table();
const turnedTable = int32Table();

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
 * for any shapes, whereas left and right paths take O(n² · m²) on zigzagging trees.
 *
 * A path is walked from its leaf up. The forest that hangs together so far grows by the nodes to the right of the path,
 * by those to its left, and by the next node of the path; its score against every forest of `b` that is left when nodes
 * are taken away from the left end and from the right end stands in one table: at (p, e) those nodes that come at p or
 * later in preorder and before e in postorder. What is added on the left meets the first of them in preorder, which is
 * the same for a whole row. What is added on the right does so in the mirror image, with the table turned over.
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
  const sides: Sides = { left: readColumns(b, rb, false), right: readColumns(b, rb, true) };
  const size = rb.hi - rb.lo + 1;
  const settled = new Uint8Array(a.classCount);
  for (let top = ra.lo; top <= ra.hi; top++) {
    const parent = a.parents[top]!;
    const isTop = parent > ra.hi || heavy[parent - ra.lo] !== top;
    if (!isTop || a.first[top] === top || settled[a.classes[top]!] === 1) continue;
    fillPath(a, ra.lo, heavy, top, sides, scores, stepA, stepB);
    for (let i = top; ; i = heavy[i - ra.lo]!) {
      settled[a.classes[i]!] = 1;
      if (a.first[i] === i) break;
    }
    watch?.spend((top - a.first[top]! + 1) * size * size);
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

/** The nodes of `b` in preorder, counted from 0, of the tree itself or of its mirror image. */
interface Columns {
  readonly size: number;
  /** Place in postorder of each. */
  readonly postorder: Int32Array;
  readonly sizes: Int32Array;
  readonly classes: Int32Array;
  readonly labels: Int32Array;
}

interface Sides {
  readonly left: Columns;
  readonly right: Columns;
}

const readColumns = (b: PreparedTree, rb: NodeRange, mirrored: boolean): Columns => {
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

const fillPath = (
  a: OrientedTree,
  aLo: number,
  heavy: Int32Array,
  top: number,
  sides: Sides,
  scores: Int32Array,
  stepA: number,
  stepB: number,
): void => {
  const { size } = sides.left;
  const cells = (size + 1) * (size + 1);
  let table = forestTable.reserve(cells);
  let spare = turnedTable.reserve(cells);
  table.fill(0, 0, cells);
  let isTurned = false;
  const turn = (wanted: boolean) => {
    if (isTurned === wanted) return;
    turnOver(table, spare, size);
    [table, spare] = [spare, table];
    isTurned = wanted;
  };
  const columns = () => (isTurned ? sides.right : sides.left);
  let node = top;
  while (a.first[node] !== node) node = heavy[node - aLo]!;
  addPathNode(a, node, columns(), table, scores, stepA, stepB);
  while (node !== top) {
    const parent = a.parents[node]!;
    const before = backwards(a, a.first[parent]!, a.first[node]! - 1);
    const after = Array.from({ length: parent - 1 - node }, (_, k) => node + 1 + k);
    // Whichever side lies as the table does goes first.
    for (const side of isTurned ? [true, false] : [false, true]) {
      const order = side ? after : before;
      if (order.length === 0) continue;
      turn(side);
      if (order.length === 1) {
        addLeaf(scores, a.classes[order[0]!]! * stepA, stepB, columns(), table, spare);
        [table, spare] = [spare, table];
        continue;
      }
      addSiblings(a, order, columns(), table, scores, stepA, stepB);
    }
    addPathNode(a, parent, columns(), table, scores, stepA, stepB);
    node = parent;
  }
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
