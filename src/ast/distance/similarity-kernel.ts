import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { createPlan, planKeyroots } from './keyroot-plan.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { checkTable, int32Table } from './table-memory.js';

/** What one run of the kernel leaves behind, for tracing; overwritten by the next run. */
export interface SimilarityTables {
  readonly mirrored: boolean;
  readonly a: OrientedTree;
  readonly b: OrientedTree;
  readonly aLo: number;
  readonly aHi: number;
  readonly bLo: number;
  readonly bHi: number;
  /** Similarity of every pair of subtree classes, `trees[classA * b.classCount + classB]`. */
  readonly trees: Int32Array;
  /** The last forest table: see `fillPair`. */
  readonly forest: Int32Array;
  readonly stride: number;
  /** [size of a], each node's class times the number of classes of `b`. */
  readonly scaled: Int32Array;
}

const plans = { al: createPlan(), ar: createPlan(), bl: createPlan(), br: createPlan() };
const treeTable = int32Table();
const forestTable = int32Table();
const scaledLeft = int32Table();
const scaledRight = int32Table();
let filled: Int32Array = new Int32Array(0);
let fillStamp = 0;

/** How many cells a run of the kernel on these ranges fills, from the cheaper side. */
export const estimateCells = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
): { readonly cells: number; readonly mirrored: boolean } => {
  planKeyroots(a.left, ra.lo, ra.hi, false, plans.al);
  planKeyroots(b.left, rb.lo, rb.hi, false, plans.bl);
  planKeyroots(a.right, mirrorLo(a, ra), mirrorLo(a, ra) + ra.hi - ra.lo, false, plans.ar);
  planKeyroots(b.right, mirrorLo(b, rb), mirrorLo(b, rb) + rb.hi - rb.lo, false, plans.br);
  const left = plans.al.rows * plans.bl.rows;
  const right = plans.ar.rows * plans.br.rows;
  return { cells: Math.min(left, right), mirrored: right < left };
};

/**
 * The largest score of a mapping between two forests, where a pair of equal labels scores 2 and any other pair
 * 1: the unit edit distance is |A| + |B| minus it.
 *
 * Zhang and Shasha's recurrence turned from costs to scores: the borders are zero, deletions and insertions
 * cost nothing, and a cell is the maximum of three. It runs on the tree or on its mirror image, whichever fills
 * fewer cells, and once per pair of subtree classes. Nothing is allocated once the scratch tables have grown.
 *
 * @see Zhang and Shasha, "Simple fast algorithms for the editing distance between trees and related problems",
 * SIAM J. Comput. 18(6), 1989.
 */
export const similarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): number => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (aSize === 0 || bSize === 0) return 0;
  return forestScore(fillSimilarity(a, ra, b, rb, watch));
};

/** The score of the two whole ranges, once their own forest table, the last one, is filled. */
export const forestScore = ({ aLo, aHi, bLo, bHi, forest, stride }: SimilarityTables): number => {
  const aSize = aHi - aLo + 1;
  const bSize = bHi - bLo + 1;
  return forest[Math.min(aSize, bSize) * stride + Math.max(aSize, bSize)]!;
};

/** Runs the kernel on two ranges that are not empty; the tables hold until the next run. */
export const fillSimilarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): SimilarityTables => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  checkTable(aSize + 1, bSize + 1);
  checkTable(a.left.classCount, b.left.classCount);
  const { mirrored } = estimateCells(a, ra, b, rb);
  const planA = mirrored ? plans.ar : plans.al;
  const planB = mirrored ? plans.br : plans.bl;
  const trees = treeTable.reserve(a.left.classCount * b.left.classCount);
  const tables = openTables(a, ra, b, rb, mirrored, trees);
  const { a: treeA, b: treeB, aLo, aHi, bLo, bHi } = tables;
  fillLeafPairs(tables);
  for (let k = 0; k <= planA.count; k++) {
    const x = k === planA.count ? aHi : planA.keyroots[k]!;
    const lx = k === planA.count ? aLo : treeA.first[x]!;
    for (let m = 0; m < planB.count; m++) {
      const y = planB.keyroots[m]!;
      fillPair(tables, lx, x, treeB.first[y]!, y);
    }
    fillPair(tables, lx, x, bLo, bHi);
    watch?.spend((x - lx + 1) * planB.rows);
  }
  return tables;
};

/** Tables of two ranges that are not empty, ready to be filled from one side with scores in `trees`. */
export const openTables = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  mirrored: boolean,
  trees: Int32Array,
): SimilarityTables => {
  const treeA = mirrored ? a.right : a.left;
  const treeB = mirrored ? b.right : b.left;
  const aLo = mirrored ? mirrorLo(a, ra) : ra.lo;
  const bLo = mirrored ? mirrorLo(b, rb) : rb.lo;
  const aHi = aLo + ra.hi - ra.lo;
  const bHi = bLo + rb.hi - rb.lo;
  const rows = Math.min(aHi - aLo, bHi - bLo) + 1;
  const stride = Math.max(aHi - aLo, bHi - bLo) + 2;
  const forest = forestTable.reserve((rows + 1) * stride);
  forest.fill(0, 0, stride);
  for (let row = 1; row <= rows; row++) forest[row * stride] = 0;
  const scaled = (mirrored ? scaledRight : scaledLeft).reserve(treeA.size);
  for (let i = aLo; i <= aHi; i++) scaled[i] = treeA.classes[i]! * treeB.classCount;
  return { mirrored, a: treeA, b: treeB, aLo, aHi, bLo, bHi, trees, forest, stride, scaled };
};

/** Scores of the pairs of subtrees of which one is a leaf. */
export const fillLeafPairs = ({ trees, a, aLo, aHi, b, bLo, bHi }: SimilarityTables): void => {
  fillLeaves(trees, a, aLo, aHi, b, bLo, bHi, b.classCount, 1);
  fillLeaves(trees, b, bLo, bHi, a, aLo, aHi, 1, b.classCount);
};

/**
 * Fills the forest table of the nodes `lx … x` of `a` and `ly … y` of `b`, with the smaller forest as rows: the
 * cell of the first r nodes of `a` and the first c of `b` is `r * stride + c`, or `c * stride + r` when `true`
 * comes back.
 */
export const fillPair = (tables: SimilarityTables, lx: number, x: number, ly: number, y: number): boolean => {
  const { a, b, forest: h, trees: s, stride, scaled } = tables;
  if (x - lx > y - ly) {
    fillForest(h, s, stride, b, b.classes, 1, ly, y, a, scaled, lx, x);
    return true;
  }
  fillForest(h, s, stride, a, a.classes, b.classCount, lx, x, b, b.classes, ly, y);
  return false;
};

/** A leaf scores 2 against a subtree that holds its label, 1 against any other: no table is needed. */
const fillLeaves = (
  table: Int32Array,
  leaves: OrientedTree,
  lo: number,
  hi: number,
  other: OrientedTree,
  otherLo: number,
  otherHi: number,
  leafStep: number,
  otherStep: number,
): void => {
  if (filled.length < leaves.classCount || fillStamp >= 0x7ffffffe) {
    filled = new Int32Array(Math.max(leaves.classCount, filled.length));
    fillStamp = 0;
  }
  fillStamp++;
  const { first, classes, labels } = other;
  for (let i = lo; i <= hi; i++) {
    const leafClass = leaves.classes[i]!;
    if (leaves.first[i] !== i || filled[leafClass] === fillStamp) continue;
    filled[leafClass] = fillStamp;
    const label = leaves.labels[i]!;
    const base = leafClass * leafStep;
    let last = -1;
    for (let j = otherLo; j <= otherHi; j++) {
      if (labels[j] === label) last = j;
      table[base + classes[j]! * otherStep] = last >= first[j]! ? 2 : 1;
    }
  }
};

/**
 * Rows are the nodes `lx … x` of one tree, columns the nodes `ly … y` of the other; a pair of subtrees stands in
 * the tree table at the row's class times `rowStep` plus the column's entry in `columnClasses`.
 *
 * A row on the path to the first leaf has no forest before it and settles the pairs with columns on theirs;
 * other rows go through three at a time. The maxima are taken without branches: `v += t & ~(t >> 31)` adds t if
 * positive.
 */
const fillForest = (
  h: Int32Array,
  s: Int32Array,
  stride: number,
  rowTree: OrientedTree,
  rowClasses: Int32Array,
  rowStep: number,
  lx: number,
  x: number,
  columnTree: OrientedTree,
  columnClasses: Int32Array,
  ly: number,
  y: number,
): void => {
  const rowFirst = rowTree.first;
  const rowLabels = rowTree.labels;
  const columnFirst = columnTree.first;
  const columnLabels = columnTree.labels;
  const columnParents = columnTree.parents;
  // The first node is a leaf: it scores 2 against any forest that holds its label.
  const leafLabel = rowLabels[lx]!;
  let at = stride + 1;
  let score = 1;
  for (let j = ly; j <= y; j++) {
    if (columnLabels[j] === leafLabel) score = 2;
    h[at++] = score;
  }
  let above = stride;
  let i = lx + 1;
  while (i <= x) {
    const f0 = rowFirst[i]!;
    const s0 = rowClasses[i]! * rowStep;
    at = above + 1;
    if (f0 === lx) {
      const label = rowLabels[i]!;
      let v = 0;
      let j = ly;
      for (let path = ly; j <= y; path = columnParents[path]!) {
        const end = path <= y ? path : y + 1;
        for (; j < end; j++) {
          const up = h[at]!;
          let t = s[s0 + columnClasses[j]!]! - up;
          t = up + (t & ~(t >> 31)) - v;
          v += t & ~(t >> 31);
          h[at + stride] = v;
          at++;
        }
        if (j > y) break;
        v = Math.max(v, h[at]!, h[at - 1]! + (columnLabels[j] === label ? 2 : 1));
        s[s0 + columnClasses[j]!] = v;
        h[at + stride] = v;
        at++;
        j++;
      }
      above += stride;
      i++;
    } else if (i + 2 <= x && rowFirst[i + 1] !== lx && rowFirst[i + 2] !== lx) {
      const p0 = (f0 - lx) * stride - ly;
      const p1 = (rowFirst[i + 1]! - lx) * stride - ly;
      const p2 = (rowFirst[i + 2]! - lx) * stride - ly;
      const s1 = rowClasses[i + 1]! * rowStep;
      const s2 = rowClasses[i + 2]! * rowStep;
      const row2 = stride * 2;
      const row3 = stride * 3;
      let v0 = 0;
      let v1 = 0;
      let v2 = 0;
      for (let j = ly; j <= y; j++) {
        const q = columnFirst[j]!;
        const c = columnClasses[j]!;
        const up = h[at]!;
        let t = h[p0 + q]! + s[s0 + c]! - up;
        t = up + (t & ~(t >> 31)) - v0;
        v0 += t & ~(t >> 31);
        h[at + stride] = v0;
        t = h[p1 + q]! + s[s1 + c]! - v1;
        v1 += t & ~(t >> 31);
        t = v0 - v1;
        v1 += t & ~(t >> 31);
        h[at + row2] = v1;
        t = h[p2 + q]! + s[s2 + c]! - v2;
        v2 += t & ~(t >> 31);
        t = v1 - v2;
        v2 += t & ~(t >> 31);
        h[at + row3] = v2;
        at++;
      }
      above += row3;
      i += 3;
    } else {
      const p0 = (f0 - lx) * stride - ly;
      let v = 0;
      for (let j = ly; j <= y; j++) {
        const up = h[at]!;
        let t = h[p0 + columnFirst[j]!]! + s[s0 + columnClasses[j]!]! - up;
        t = up + (t & ~(t >> 31)) - v;
        v += t & ~(t >> 31);
        h[at + stride] = v;
        at++;
      }
      above += stride;
      i++;
    }
  }
};
