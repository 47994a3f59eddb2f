import type { FlatTree } from '../tree/flat-tree.js';
import { type OrientedTree, prepareTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import type { ResolvedCosts } from './edit-costs.js';
import { createPlan, type KeyrootPlan, planKeyroots } from './keyroot-plan.js';
import { checkTable, float64Table } from './table-memory.js';

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
  rename(i: number, j: number): number;
}

const plans = { al: createPlan(), ar: createPlan(), bl: createPlan(), br: createPlan() };
const treeTable = float64Table();
const forestTable = float64Table();

/** The distance under any costs, by the recurrence of Zhang and Shasha in float64. */
export const weightedDistance = (
  a: FlatTree,
  b: FlatTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): number => {
  if (a === b) return 0;
  const tables = fillWeighted(a, b, costs, watch);
  return tables.forest[a.size * tables.stride + b.size]!;
};

/** Runs the kernel over two whole trees; the tables are valid until the next run. */
export const fillWeighted = (
  a: FlatTree,
  b: FlatTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): WeightedTables => {
  checkTable(a.size + 1, b.size + 1);
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  planKeyroots(pa.left, 0, a.size - 1, true, plans.al);
  planKeyroots(pb.left, 0, b.size - 1, true, plans.bl);
  planKeyroots(pa.right, 0, a.size - 1, true, plans.ar);
  planKeyroots(pb.right, 0, b.size - 1, true, plans.br);
  const mirrored = plans.ar.rows * plans.br.rows < plans.al.rows * plans.bl.rows;
  const treeA = mirrored ? pa.right : pa.left;
  const treeB = mirrored ? pb.right : pb.left;
  checkTable(treeA.classCount, treeB.classCount);
  const trees = treeTable.reserve(treeA.classCount * treeB.classCount);
  const forest = forestTable.reserve((a.size + 1) * (b.size + 1));
  const tables: WeightedTables = {
    mirrored,
    a: treeA,
    b: treeB,
    trees,
    forest,
    stride: b.size + 1,
    ...nodeCosts(a, treeA, b, treeB, costs),
  };
  run(tables, mirrored ? plans.ar : plans.al, mirrored ? plans.br : plans.bl, watch);
  return tables;
};

/** Costs by node and a table of renames by label, so that functions are asked once per label or pair. */
const nodeCosts = (
  a: FlatTree,
  treeA: OrientedTree,
  b: FlatTree,
  treeB: OrientedTree,
  costs: ResolvedCosts,
) => {
  const perNode = (labels: Int32Array, cost: (label: string) => number) => {
    const known = new Map<number, number>();
    return Float64Array.from(labels, (label) => {
      let value = known.get(label);
      if (value === undefined) {
        value = cost(a.vocabulary.name(label));
        known.set(label, value);
      }
      return value;
    });
  };
  const labelsA = prepareTree(a).distinctLabels;
  const labelsB = prepareTree(b).distinctLabels;
  const places = (labels: Int32Array, distinct: Int32Array) => {
    const place = new Map(Array.from(distinct, (label, index) => [label, index]));
    return Int32Array.from(labels, (label) => place.get(label)!);
  };
  const placeA = places(treeA.labels, labelsA);
  const placeB = places(treeB.labels, labelsB);
  const table = new Float64Array(labelsA.length * labelsB.length);
  labelsA.forEach((from, i) => {
    labelsB.forEach((to, j) => {
      const cost = from === to ? 0 : costs.rename(a.vocabulary.name(from), a.vocabulary.name(to));
      table[i * labelsB.length + j] = cost;
    });
  });
  return {
    deletions: perNode(treeA.labels, costs.delete),
    insertions: perNode(treeB.labels, costs.insert),
    rename: (i: number, j: number) => table[placeA[i]! * labelsB.length + placeB[j]!]!,
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
  const { a, b, trees: s, forest: h, stride, deletions, insertions, rename } = tables;
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
        ? h[row - stride + c - 1]! + rename(i, j)
        : h[jump + q]! + s[classRow + b.classes[j]!]!;
      const value = Math.min(paired, h[row - stride + c]! + deletion, h[row + c - 1]! + insertions[j]!);
      h[row + c] = value;
      if (onPaths) s[classRow + b.classes[j]!] = value;
    }
  }
};
