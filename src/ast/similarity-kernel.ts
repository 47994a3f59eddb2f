import { createPlan, planKeyroots } from './keyroot-plan.js';
import type { OrientedTree, PreparedTree } from './prepared-tree.js';
import { checkTable, growInt32 } from './scratch.js';

/** Nodes `lo … hi` of a tree in postorder: one subtree, or the subtrees of consecutive siblings. */
export interface NodeRange {
  lo: number;
  hi: number;
}

/** What one run of the kernel leaves behind, for tracing; overwritten by the next run. */
export interface SimilarityTables {
  mirrored: boolean;
  a: OrientedTree;
  b: OrientedTree;
  aLo: number;
  aHi: number;
  bLo: number;
  bHi: number;
  /** Similarity of every pair of subtree classes, `trees[classA * b.classCount + classB]`. */
  trees: Int32Array;
  /** The last forest table: `forest[r * stride + c]` for the first r and c nodes of the two ranges. */
  forest: Int32Array;
  stride: number;
}

const plans = { al: createPlan(), ar: createPlan(), bl: createPlan(), br: createPlan() };
let trees: Int32Array = new Int32Array(0);
let forest: Int32Array = new Int32Array(0);
let filled: Int32Array = new Int32Array(0);
let fillStamp = 0;

/** How many cells a run of the kernel on these ranges fills, from the cheaper side. */
export const estimateCells = (a: PreparedTree, ra: NodeRange, b: PreparedTree, rb: NodeRange): number => {
  planKeyroots(a.left, ra.lo, ra.hi, false, plans.al);
  planKeyroots(b.left, rb.lo, rb.hi, false, plans.bl);
  planKeyroots(a.right, mirrorLo(a, ra), mirrorLo(a, ra) + ra.hi - ra.lo, false, plans.ar);
  planKeyroots(b.right, mirrorLo(b, rb), mirrorLo(b, rb) + rb.hi - rb.lo, false, plans.br);
  return Math.min(plans.al.rows * plans.bl.rows, plans.ar.rows * plans.br.rows);
};

/** Where a range starts in the mirrored postorder. */
export const mirrorLo = (tree: PreparedTree, range: NodeRange): number => {
  const last = tree.toRight[range.hi]!;
  return tree.right.first[last]!;
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
  tables: SimilarityTables | null = null,
): number => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (aSize === 0 || bSize === 0) return 0;
  checkTable(aSize + 1, bSize + 1);
  checkTable(a.left.classCount, b.left.classCount);
  estimateCells(a, ra, b, rb);
  const mirrored = plans.ar.rows * plans.br.rows < plans.al.rows * plans.bl.rows;
  const treeA = mirrored ? a.right : a.left;
  const treeB = mirrored ? b.right : b.left;
  const planA = mirrored ? plans.ar : plans.al;
  const planB = mirrored ? plans.br : plans.bl;
  const aLo = mirrored ? mirrorLo(a, ra) : ra.lo;
  const bLo = mirrored ? mirrorLo(b, rb) : rb.lo;
  const aHi = aLo + aSize - 1;
  const bHi = bLo + bSize - 1;
  const stride = bSize + 1;

  trees = growInt32(trees, treeA.classCount * treeB.classCount);
  forest = growInt32(forest, (aSize + 1) * stride);
  forest.fill(0, 0, stride);
  for (let row = 1; row <= aSize; row++) forest[row * stride] = 0;

  fillLeaves(treeA, aLo, aHi, treeB, bLo, bHi, treeB.classCount, 1);
  fillLeaves(treeB, bLo, bHi, treeA, aLo, aHi, 1, treeB.classCount);
  for (let k = 0; k <= planA.count; k++) {
    const x = k === planA.count ? aHi : planA.keyroots[k]!;
    const lx = k === planA.count ? aLo : treeA.first[x]!;
    for (let m = 0; m < planB.count; m++) {
      const y = planB.keyroots[m]!;
      fillForest(forest, trees, stride, treeA, lx, x, treeB, treeB.first[y]!, y);
    }
    fillForest(forest, trees, stride, treeA, lx, x, treeB, bLo, bHi);
  }
  if (tables !== null) {
    Object.assign(tables, { mirrored, a: treeA, b: treeB, aLo, aHi, bLo, bHi, trees, forest, stride });
  }
  return forest[aSize * stride + bSize]!;
};

/** A leaf scores 2 against a subtree that holds its label, 1 against any other: no table is needed. */
const fillLeaves = (
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
  const table = trees;
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
 * Fills the forest table of the nodes `lx … x` and `ly … y`, and the tree table for the pairs of nodes that
 * start where these forests start. Three rows go through at a time where no node of theirs starts there.
 */
export const fillForest = (
  h: Int32Array,
  s: Int32Array,
  stride: number,
  treeA: OrientedTree,
  lx: number,
  x: number,
  treeB: OrientedTree,
  ly: number,
  y: number,
): void => {
  const aFirst = treeA.first;
  const aClasses = treeA.classes;
  const bFirst = treeB.first;
  const bClasses = treeB.classes;
  const bLabels = treeB.labels;
  const classStride = treeB.classCount;
  let above = 0;
  let i = lx;
  while (i <= x) {
    const f0 = aFirst[i]!;
    if (f0 === lx) {
      const label = treeA.labels[i]!;
      const s0 = aClasses[i]! * classStride;
      let left = 0;
      let diagonal = above;
      let here = above + stride + 1;
      for (let j = ly; j <= y; j++) {
        const up = h[diagonal + 1]!;
        const at = s0 + bClasses[j]!;
        if (bFirst[j] === ly) {
          const paired = h[diagonal]! + (bLabels[j] === label ? 2 : 1);
          left = Math.max(paired, up, left);
          s[at] = left;
        } else {
          const paired = s[at]!;
          left = Math.max(paired, up, left);
        }
        h[here++] = left;
        diagonal++;
      }
      above += stride;
      i++;
    } else if (i + 2 <= x && aFirst[i + 1] !== lx && aFirst[i + 2] !== lx) {
      const p0 = (f0 - lx) * stride - ly;
      const p1 = (aFirst[i + 1]! - lx) * stride - ly;
      const p2 = (aFirst[i + 2]! - lx) * stride - ly;
      const s0 = aClasses[i]! * classStride;
      const s1 = aClasses[i + 1]! * classStride;
      const s2 = aClasses[i + 2]! * classStride;
      const row1 = stride;
      const row2 = stride * 2;
      const row3 = stride * 3;
      let v0 = 0;
      let v1 = 0;
      let v2 = 0;
      let at = above + 1;
      for (let j = ly; j <= y; j++) {
        const q = bFirst[j]!;
        const c = bClasses[j]!;
        let t = h[at]! - v0;
        v0 += t & ~(t >> 31);
        t = h[p0 + q]! + s[s0 + c]! - v0;
        v0 += t & ~(t >> 31);
        h[at + row1] = v0;
        t = v0 - v1;
        v1 += t & ~(t >> 31);
        t = h[p1 + q]! + s[s1 + c]! - v1;
        v1 += t & ~(t >> 31);
        h[at + row2] = v1;
        t = v1 - v2;
        v2 += t & ~(t >> 31);
        t = h[p2 + q]! + s[s2 + c]! - v2;
        v2 += t & ~(t >> 31);
        h[at + row3] = v2;
        at++;
      }
      above += row3;
      i += 3;
    } else {
      const p0 = (f0 - lx) * stride - ly;
      const s0 = aClasses[i]! * classStride;
      let v0 = 0;
      let at = above + 1;
      for (let j = ly; j <= y; j++) {
        let t = h[at]! - v0;
        v0 += t & ~(t >> 31);
        t = h[p0 + bFirst[j]!]! + s[s0 + bClasses[j]!]! - v0;
        v0 += t & ~(t >> 31);
        h[at + stride] = v0;
        at++;
      }
      above += stride;
      i++;
    }
  }
};
