import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { commonClasses } from './common-classes.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { int32Table, uint16Table } from './table-memory.js';

/** Beyond every limit: what a cell holds that no script within the limit passes. */
const far = 0xffff;
/** Values up to the limit must fit 16 bits beside `far`. */
export const maximumBand = far - 1;

const treeTable = uint16Table();
const forestTable = uint16Table();
const startsTable = int32Table();
const endsTableA = int32Table();
const endsTableB = int32Table();

/** What a run leaves behind, for tracing; overwritten by the next run. */
export interface BoundedTables {
  readonly mirrored: boolean;
  readonly a: OrientedTree;
  readonly b: OrientedTree;
  readonly aLo: number;
  readonly aHi: number;
  readonly bLo: number;
  readonly bHi: number;
  readonly limit: number;
  /** How many nodes `b` has more than `a`. */
  readonly shift: number;
  /** The least j − i of a pair of nodes in reach, both counted from their range's start. */
  readonly least: number;
  /** Cells a node of `a` has in `trees`. */
  readonly width: number;
  /** Distances of pairs of subtrees, `trees[(i - aLo) * width + (j - bLo) - (i - aLo) - least]`. */
  readonly trees: Uint16Array;
  readonly forest: Uint16Array;
  /** For each subtree class of `b` the equal class of `a`, or −1. */
  readonly common: Int32Array;
  /** The distance if it is at most `limit`, else Infinity; NaN where it would have taken more than the budget. */
  readonly distance: number;
}

/** Cells of each table of `fillBounded`. */
export const boundedCells = (aSize: number, limit: number): number => (aSize + 1) * (limit + 3);

/** `fillBounded`, for those who want the distance alone. */
export const boundedDistance = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  limit: number,
  mirrored = true,
  watch: Watch | null = null,
  budget = Number.POSITIVE_INFINITY,
): number => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (Math.abs(aSize - bSize) > limit) return Number.POSITIVE_INFINITY;
  if (aSize === 0 || bSize === 0) return Math.max(aSize, bSize);
  return fillBounded(a, ra, b, rb, limit, mirrored, watch, budget).distance;
};

/**
 * The unit edit distance of two forests that are not empty, if it is at most `limit`.
 *
 * Only cells that can take part in a script of at most `limit` edits are filled. Say u is j − i, how far apart two
 * nodes stand in the two postorders. Before a pair of subtrees that start u₀ apart lie at least |u₀| edits, and after
 * a pair that ends u apart |shift − u|: what is left of the limit after both bounds the pair's own distance, and its
 * difference of sizes bounds that from below. So u keeps to limit + 1 values, and every table to a band of at most
 * that width.
 *
 * Equal subtrees need no table: what is cut out of a subtree along one path costs what it falls short of it.
 *
 * Gives up once more cells than a budget are filled: on deep shapes others are sooner done.
 *
 * Time O(n · limit · s), where s is the mean number of forest tables a node stands in, itself at most min(depth,
 * leaves) · limit; memory O(n · limit), for n = |a|.
 *
 * @see Touzet, "Comparing similar ordered trees in linear-time", J. Discrete Algorithms 5(4), 2007.
 */
export const fillBounded = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  limit: number,
  mirrored: boolean,
  watch: Watch | null,
  budget = Number.POSITIVE_INFINITY,
): BoundedTables => {
  const treeA = mirrored ? a.right : a.left;
  const treeB = mirrored ? b.right : b.left;
  const aLo = mirrored ? mirrorLo(a, ra) : ra.lo;
  const bLo = mirrored ? mirrorLo(b, rb) : rb.lo;
  const aHi = aLo + ra.hi - ra.lo;
  const bHi = bLo + rb.hi - rb.lo;
  const shift = bHi - bLo - (aHi - aLo);
  const least = -Math.floor((limit - shift) / 2);
  const most = Math.floor((limit + shift) / 2);
  const width = most - least + 1;
  const rows = aHi - aLo + 1;
  const trees = treeTable.reserve(rows * width);
  trees.fill(far, 0, rows * width);
  const forest = forestTable.reserve((rows + 1) * (width + 2));
  const common = commonClasses(a, b);
  const tables = {
    ...{
      mirrored,
      a: treeA,
      b: treeB,
      aLo,
      aHi,
      bLo,
      bHi,
      limit,
      shift,
      least,
      width,
      trees,
      forest,
      common,
    },
    distance: Number.POSITIVE_INFINITY,
  };
  const endsA = endsByStart(treeA, aLo, aHi, endsTableA.reserve(rows));
  const endsB = endsByStart(treeB, bLo, bHi, endsTableB.reserve(bHi - bLo + 1));
  const starts = startsTable.reserve(bHi - bLo + 1);
  let count = 0;
  for (let j = bLo; j <= bHi; j++) if (treeB.first[j] === j) starts[count++] = j;

  // From the last start to the first: what stands inside a subtree beside its path starts later.
  let upper = count;
  let spent = 0;
  for (let lx = aHi; lx >= aLo; lx--) {
    if (treeA.first[lx] !== lx) continue;
    const x = endsA[lx - aLo]!;
    const farthest = lx - aLo + most + bLo;
    while (upper > 0 && starts[upper - 1]! > farthest) upper--;
    const nearest = lx - aLo + least + bLo;
    let cells = 0;
    for (let k = upper - 1; k >= 0 && starts[k]! >= nearest; k--) {
      const ly = starts[k]!;
      const y = endsB[ly - bLo]!;
      if (lx === x && ly === y) fillLeaves(tables, lx, ly);
      else if (lx > aLo && ly > bLo && common[treeB.classes[y]!] === treeA.classes[x])
        fillEqual(tables, x, y);
      else cells += fillBand(tables, lx, x, ly, y);
    }
    spent += cells;
    if (spent > budget) return { ...tables, distance: Number.NaN };
    watch?.spend(cells + upper);
  }
  const distance = lastCell(tables);
  return distance <= limit ? { ...tables, distance } : tables;
};

/** [range], for each leaf the last node whose subtree starts there. */
const endsByStart = (tree: OrientedTree, lo: number, hi: number, ends: Int32Array): Int32Array => {
  for (let i = lo; i <= hi; i++) ends[tree.first[i]! - lo] = i;
  // A forest is one table, whichever of its trees it starts with.
  ends[0] = hi;
  return ends;
};

/** The distance of the two forests once their own table, the last one, is filled. */
const lastCell = ({ aLo, aHi, bLo, bHi, limit, shift, least, trees, forest }: BoundedTables): number => {
  if (aLo === aHi && bLo === bHi) return trees[-least]!;
  const stride = Math.floor((limit + shift) / 2) - least + 3;
  return forest[(aHi - aLo + 1) * stride + shift - least + 1]!;
};

const fillLeaves = (tables: BoundedTables, i: number, j: number): void => {
  const { a, b, aLo, bLo, limit, shift, least, width, trees } = tables;
  const u = j - bLo - (i - aLo);
  const distance = a.labels[i] === b.labels[j] ? 0 : 1;
  if (distance <= limit - Math.abs(u) - Math.abs(shift - u)) trees[(i - aLo) * width + u - least] = distance;
};

/** Along the paths of two equal subtrees one is the other with something cut out: the distance is what is missing. */
const fillEqual = (tables: BoundedTables, x: number, y: number): void => {
  const { a, b, aLo, bLo, limit, shift, least, width, trees } = tables;
  const start = b.first[y]! - bLo - (a.first[x]! - aLo);
  const rest = limit - Math.abs(start);
  let from = b.first[y]!;
  for (let i = a.first[x]!; i <= x; i = a.parents[i]!) {
    const origin = i - aLo + bLo;
    while (from <= y && from - origin < least) from = b.parents[from]!;
    for (let j = from; j <= y; j = b.parents[j]!) {
      const u = j - origin;
      const missing = Math.abs(u - start);
      if (missing <= rest - Math.abs(shift - u)) trees[(i - aLo) * width + u - least] = missing;
      else if (u > start && u > shift) break;
    }
  }
};

/**
 * Fills the forest table of the nodes `lx … x` and `ly … y`: the cell of the first r nodes and the first c is
 * `r * stride + c - r - lowest + 1`, a row has a guard at either end, and a cell that no script within the limit
 * passes is `far`. Returns how many cells that took.
 */
export const fillBand = (tables: BoundedTables, lx: number, x: number, ly: number, y: number): number => {
  const { a, b, aLo, bLo, limit, shift, least, width, trees: s, forest: h } = tables;
  const aFirst = a.first;
  const bFirst = b.first;
  const bLabels = b.labels;
  const start = ly - bLo - (lx - aLo);
  const rest = limit - Math.abs(start);
  const turn = shift - start;
  const lowest = -((rest - turn) >> 1);
  const highest = (rest + turn) >> 1;
  const stride = highest - lowest + 3;
  const columns = y - ly + 1;
  const rows = Math.min(x - lx + 1, columns - lowest);
  let at = -lowest + 1;
  const end0 = Math.min(columns, highest);
  h[at - 1] = far;
  for (let c = 0; c <= end0; c++) h[at++] = c;
  h[at] = far;
  h[stride - 1] = far;
  let cells = 0;
  for (let r = 1; r <= rows; r++) {
    const from = Math.max(1, r + lowest);
    const to = Math.min(columns, r + highest);
    const i = lx + r - 1;
    const p = aFirst[i]! - lx;
    const onPath = p === 0;
    const label = a.labels[i]!;
    at = r * stride + from - r - lowest + 1;
    const jump = p * stride - p - lowest + 1;
    // Column c of the tree table is node ly + c − 1, which is start + c − r away from node i.
    const treeRow = (i - aLo) * width + start - r - least;
    let left = from === 1 && -r >= lowest ? r : far;
    h[at - 1] = left;
    let alive = left;
    for (let c = from; c <= to; c++) {
      const q = bFirst[ly + c - 1]! - ly;
      const up = h[at - stride + 1]!;
      let value = (up < left ? up : left) + 1;
      const ends = turn - c + r;
      const allowed = rest - (ends < 0 ? -ends : ends);
      if (onPath && q === 0) {
        const paired = h[at - stride]! + (bLabels[ly + c - 1] === label ? 0 : 1);
        if (paired < value) value = paired;
        if (value > allowed) value = far;
        s[treeRow + c] = value;
      } else {
        const d = q - p;
        if (d >= lowest && d <= highest) {
          const paired = h[jump + q]! + s[treeRow + c]!;
          if (paired < value) value = paired;
        }
        if (value > allowed) value = far;
      }
      h[at++] = value;
      left = value;
      if (value < alive) alive = value;
    }
    h[at] = far;
    cells += to - from + 1;
    if (alive === far) {
      // Nothing after a dead row is in reach, the last cell of the table included, which is read all the same.
      if (x === tables.aHi && lx === aLo)
        h[(x - lx + 1) * stride + columns - (x - lx + 1) - lowest + 1] = far;
      return cells;
    }
  }
  return cells;
};
