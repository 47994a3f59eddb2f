import type { FlatTree } from '../tree/flat-tree.js';
import { type OrientedTree, type PreparedTree, prepareTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import type { ResolvedCosts } from './edit-costs.js';
import { createPlan, type KeyrootPlan, planKeyroots } from './keyroot-plan.js';
import { float64Table } from './table-memory.js';

/** What a run of the weighted kernel leaves behind, for tracing. */
export interface WeightedTables {
  readonly mirrored: boolean;
  readonly a: OrientedTree;
  readonly b: OrientedTree;
  /** Distance of every pair of subtree classes. */
  readonly trees: Float64Array;
  /** The last forest table. */
  readonly forest: Float64Array;
  readonly stride: number;
  /** Per node of `a` and `b`: what deleting and inserting it costs. */
  readonly deletions: Float64Array;
  readonly insertions: Float64Array;
  /** What it costs to turn node i of `a` into node j of `b`. */
  pair(i: number, j: number): number;
}

const plans = { al: createPlan(), ar: createPlan(), bl: createPlan(), br: createPlan() };
const treeTable = float64Table();
const forestTable = float64Table();

/** Two trees as the weighted kernels read them: equal subtrees share a class only where they cost the same. */
export const prepareWeighted = (
  a: FlatTree,
  b: FlatTree,
  { byLabel }: ResolvedCosts,
): readonly [PreparedTree, PreparedTree] => {
  const [pa, pb] = [prepareTree(a), prepareTree(b)];
  return byLabel ? [pa, pb] : [withoutClasses(pa), withoutClasses(pb)];
};

/** How many cells `fillWeighted` fills, from the cheaper side. */
export const estimateWeightedCells = (
  a: PreparedTree,
  b: PreparedTree,
): { readonly cells: number; readonly mirrored: boolean } => {
  planKeyroots(a.left, 0, a.left.size - 1, true, plans.al);
  planKeyroots(b.left, 0, b.left.size - 1, true, plans.bl);
  planKeyroots(a.right, 0, a.left.size - 1, true, plans.ar);
  planKeyroots(b.right, 0, b.left.size - 1, true, plans.br);
  const left = plans.al.rows * plans.bl.rows;
  const right = plans.ar.rows * plans.br.rows;
  return { cells: Math.min(left, right), mirrored: right < left };
};

/**
 * Fills the distances of all pairs of subtrees under any costs, by the recurrence of Zhang and Shasha in float64; the
 * tables are valid until the next run.
 */
export const fillWeighted = (
  a: PreparedTree,
  b: PreparedTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): WeightedTables => {
  const { mirrored } = estimateWeightedCells(a, b);
  const trees = treeTable.reserve(a.left.classCount * b.left.classCount);
  const tables = openWeightedTables(a, b, costs, mirrored, trees);
  run(tables, mirrored ? plans.ar : plans.al, mirrored ? plans.br : plans.bl, watch);
  return tables;
};

/** Tables of two trees, ready to be filled from one side with distances in `trees`. */
export const openWeightedTables = (
  pa: PreparedTree,
  pb: PreparedTree,
  costs: ResolvedCosts,
  mirrored: boolean,
  trees: Float64Array,
): WeightedTables => {
  const a = mirrored ? pa.right : pa.left;
  const b = mirrored ? pb.right : pb.left;
  const { toLeft: leftOfA } = pa;
  const { toLeft: leftOfB } = pb;
  return {
    mirrored,
    a,
    b,
    trees,
    forest: forestTable.reserve((a.size + 1) * (b.size + 1)),
    stride: b.size + 1,
    deletions: Float64Array.from({ length: a.size }, (_, i) => costs.delete(mirrored ? leftOfA[i]! : i)),
    insertions: Float64Array.from({ length: b.size }, (_, j) => costs.insert(mirrored ? leftOfB[j]! : j)),
    pair: mirrored ? (i, j) => costs.pair(leftOfA[i]!, leftOfB[j]!) : (i, j) => costs.pair(i, j),
  };
};

/** The tree with every subtree in a class of its own. */
const withoutClasses = (tree: PreparedTree): PreparedTree => {
  const { left, right, toLeft } = tree;
  const classCount = left.size;
  return {
    ...tree,
    left: { ...left, classes: Int32Array.from({ length: left.size }, (_, i) => i), classCount },
    right: { ...right, classes: toLeft, classCount },
  };
};

const run = (tables: WeightedTables, planA: KeyrootPlan, planB: KeyrootPlan, watch: Watch | null): void => {
  const { a, b } = tables;
  for (let k = 0; k <= planA.count; k++) {
    const x = k === planA.count ? a.size - 1 : planA.keyroots[k]!;
    const lx = k === planA.count ? 0 : a.first[x]!;
    for (let m = 0; m <= planB.count; m++) {
      const y = m === planB.count ? b.size - 1 : planB.keyroots[m]!;
      fillWeightedForest(tables, lx, x, m === planB.count ? 0 : b.first[y]!, y);
    }
    watch?.spend((x - lx + 1) * planB.rows);
  }
};

/** Fills the forest table of the nodes `lx … x` and `ly … y`, and the tree table for pairs on both paths. */
export const fillWeightedForest = (
  tables: WeightedTables,
  lx: number,
  x: number,
  ly: number,
  y: number,
): void => {
  const { a, b, trees: s, forest: h, stride, deletions, insertions, pair } = tables;
  const rows = x - lx + 1;
  const columns = y - ly + 1;
  h[0] = 0;
  for (let c = 1; c <= columns; c++) h[c] = h[c - 1]! + insertions[ly + c - 1]!;
  for (let r = 1; r <= rows; r++) {
    const i = lx + r - 1;
    const row = r * stride;
    const jump = (a.first[i]! - lx) * stride;
    const classRow = a.classes[i]! * b.classCount;
    const deletion = deletions[i]!;
    h[row] = h[row - stride]! + deletion;
    for (let c = 1; c <= columns; c++) {
      const j = ly + c - 1;
      const q = b.first[j]! - ly;
      const onPaths = jump === 0 && q === 0;
      const paired = onPaths
        ? h[row - stride + c - 1]! + pair(i, j)
        : h[jump + q]! + s[classRow + b.classes[j]!]!;
      const value = Math.min(paired, h[row - stride + c]! + deletion, h[row + c - 1]! + insertions[j]!);
      h[row + c] = value;
      if (onPaths) s[classRow + b.classes[j]!] = value;
    }
  }
};
