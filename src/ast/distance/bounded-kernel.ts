import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import { mirrorLo, type NodeRange } from './similarity-kernel.js';
import { checkTable, growInt32 } from './table-memory.js';

const far = 0x3fffffff;
let trees: Int32Array = new Int32Array(0);
let forest: Int32Array = new Int32Array(0);

/**
 * The unit edit distance of two forests if it is at most `limit`, else Infinity.
 *
 * Only the cells that can take part in a script of at most `limit` edits are filled. A pair of subtrees has what
 * is left of the limit after the nodes before and after them, whose numbers differ by at least so many edits; a
 * forest table serves all pairs on its two paths to the first leaf, so its budget is the largest of theirs.
 * Within a table the cells lie in a band of that budget, and it is abandoned once a whole row is beyond it.
 *
 * @see Touzet, "Comparing similar ordered trees in linear-time", J. Discrete Algorithms 5(4), 2007.
 */
export const boundedDistance = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  limit: number,
  mirrored = true,
): number => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (Math.abs(aSize - bSize) > limit) return Number.POSITIVE_INFINITY;
  if (aSize === 0 || bSize === 0) return Math.max(aSize, bSize);
  checkTable(aSize + 1, bSize + 1);
  const treeA = mirrored ? a.right : a.left;
  const treeB = mirrored ? b.right : b.left;
  const aLo = mirrored ? mirrorLo(a, ra) : ra.lo;
  const bLo = mirrored ? mirrorLo(b, rb) : rb.lo;
  const aHi = aLo + aSize - 1;
  const bHi = bLo + bSize - 1;
  trees = growInt32(trees, aSize * bSize);
  forest = growInt32(forest, (aSize + 1) * (bSize + 1));
  trees.fill(far, 0, aSize * bSize);
  const shift = aHi - bHi;
  for (let k = 0; k < treeA.keyroots.length; k++) {
    const x = treeA.keyroots[k]!;
    const lx = treeA.first[x]!;
    if (lx <= aLo || x > aHi) continue;
    for (let m = 0; m < treeB.keyroots.length; m++) {
      const y = treeB.keyroots[m]!;
      const ly = treeB.first[y]!;
      if (ly <= bLo || y > bHi) continue;
      const rest = limit - Math.abs(lx - aLo - (ly - bLo));
      if (rest < 0) continue;
      const budget = rest - closestEnds(treeA, lx, x, treeB, ly, y, shift);
      if (budget >= 0) fillBand(treeA, lx, x, treeB, ly, y, aLo, bLo, bSize, budget);
    }
    const budget = limit - Math.abs(lx - aLo) - closestEnds(treeA, lx, x, treeB, bLo, bHi, shift);
    if (budget >= 0) fillBand(treeA, lx, x, treeB, bLo, bHi, aLo, bLo, bSize, budget);
  }
  for (let m = 0; m < treeB.keyroots.length; m++) {
    const y = treeB.keyroots[m]!;
    const ly = treeB.first[y]!;
    if (ly <= bLo || y > bHi) continue;
    const budget = limit - Math.abs(ly - bLo) - closestEnds(treeA, aLo, aHi, treeB, ly, y, shift);
    if (budget >= 0) fillBand(treeA, aLo, aHi, treeB, ly, y, aLo, bLo, bSize, budget);
  }
  const result = fillBand(treeA, aLo, aHi, treeB, bLo, bHi, aLo, bLo, bSize, limit);
  return result <= limit ? result : Number.POSITIVE_INFINITY;
};

/** The least |(i − j) − shift| over the nodes i and j on the two paths: how many edits the nodes after them cost. */
const closestEnds = (
  treeA: OrientedTree,
  lx: number,
  x: number,
  treeB: OrientedTree,
  ly: number,
  y: number,
  shift: number,
): number => {
  let i = lx;
  let j = ly;
  let best = far;
  while (i <= x && j <= y) {
    const difference = i - j - shift;
    if (difference < 0) {
      if (-difference < best) best = -difference;
      i = treeA.parents[i]!;
    } else {
      if (difference < best) best = difference;
      if (difference === 0) return 0;
      j = treeB.parents[j]!;
    }
  }
  return best;
};

const fillBand = (
  treeA: OrientedTree,
  lx: number,
  x: number,
  treeB: OrientedTree,
  ly: number,
  y: number,
  aLo: number,
  bLo: number,
  bSize: number,
  budget: number,
): number => {
  const h = forest;
  const s = trees;
  const aFirst = treeA.first;
  const bFirst = treeB.first;
  const bLabels = treeB.labels;
  const rows = x - lx + 1;
  const columns = y - ly + 1;
  const stride = columns + 1;
  const lastOfRow0 = Math.min(columns, budget);
  for (let c = 0; c <= lastOfRow0; c++) h[c] = c;
  if (lastOfRow0 < columns) h[lastOfRow0 + 1] = far;
  for (let r = 1; r <= rows; r++) {
    const from = Math.max(1, r - budget);
    const to = Math.min(columns, r + budget);
    if (from > columns) return far;
    const i = lx + r - 1;
    const p = aFirst[i]! - lx;
    const onPath = p === 0;
    const label = treeA.labels[i]!;
    const row = r * stride;
    const above = row - stride;
    const jump = p * stride;
    const treeRow = (i - aLo) * bSize + ly - 1 - bLo;
    let left = from === 1 && r <= budget ? r : far;
    h[row + from - 1] = left;
    let least = left;
    for (let c = from; c <= to; c++) {
      const j = ly + c - 1;
      const q = bFirst[j]! - ly;
      const up = h[above + c]!;
      let value = Math.min(up, left) + 1;
      if (onPath && q === 0) {
        const paired = h[above + c - 1]! + (bLabels[j] === label ? 0 : 1);
        if (paired < value) value = paired;
        s[treeRow + c] = value;
      } else if (p - q <= budget && q - p <= budget) {
        const paired = h[jump + q]! + s[treeRow + c]!;
        if (paired < value) value = paired;
      }
      if (value > far) value = far;
      h[row + c] = value;
      left = value;
      if (value < least) least = value;
    }
    if (to < columns) h[row + to + 1] = far;
    if (least > budget) return far;
  }
  return columns - rows <= budget && rows - columns <= budget ? h[rows * stride + columns]! : far;
};
