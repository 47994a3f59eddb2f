import type { FlatTree } from '../tree/flat-tree.js';
import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import type { ResolvedCosts } from './edit-costs.js';
import type { NodeRange } from './node-range.js';
import { fillByPaths, type PathKernels } from './path-decomposition.js';
import { type PathStrategy, planPaths } from './path-strategy.js';
import { checkTable } from './table-memory.js';
import {
  estimateWeightedCells,
  fillWeighted,
  fillWeightedForest,
  openWeightedTables,
  prepareWeighted,
  type WeightedTables,
} from './weighted-kernel.js';
import { openWeightedPaths, type PathCosts } from './weighted-path-simd.js';

/** What a cell of an inner path, with SIMD, and a look at a pair of subtrees cost in cells of this kernel. */
const innerCost = 0.4;
const planCost = 10;

/** The distance under any costs, from whichever kernel promises it soonest. */
export const weightedDistance = (
  a: FlatTree,
  b: FlatTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): number => {
  if (a === b && costs.isZeroOnEqual) return 0;
  const tables = fillCheapestWeighted(a, b, costs, watch);
  return tables.forest[a.size * tables.stride + b.size]!;
};

/** Runs the cheapest of the kernels over two whole trees; the tables are valid until the next run. */
export const fillCheapestWeighted = (
  a: FlatTree,
  b: FlatTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): WeightedTables => {
  checkTable(a.size + 1, b.size + 1);
  const [pa, pb] = prepareWeighted(a, b, costs);
  checkTable(pa.left.classCount, pb.left.classCount);
  const pairs = a.size * b.size;
  const limit = estimateWeightedCells(pa, pb).cells - planCost * pairs;
  if (limit > planCost * pairs) {
    const strategy = planPaths(pa, whole(pa), pb, whole(pb), innerCost, limit);
    if (strategy !== null && strategy.cells < limit) {
      const decomposed = fillWeightedByPaths(pa, pb, costs, strategy, watch);
      if (decomposed !== null) return decomposed;
    }
  }
  return fillWeighted(pa, pb, costs, watch);
};

const whole = ({ left }: PreparedTree): NodeRange => ({ lo: 0, hi: left.size - 1 });

/** As `fillWeighted`, by the paths of a strategy; null where there is no SIMD, or no memory. */
export const fillWeightedByPaths = (
  pa: PreparedTree,
  pb: PreparedTree,
  costs: ResolvedCosts,
  strategy: PathStrategy,
  watch: Watch | null,
): WeightedTables | null => {
  const [ra, rb] = [whole(pa), whole(pb)];
  const classCount = pb.left.classCount;
  const size = Math.max(pa.left.size, pb.left.size);
  const inner = openWeightedPaths(pa.left.classCount * classCount, size);
  if (inner === null) return null;
  const distances = inner.distances();
  distances.fill(Number.NaN);
  let left = openWeightedTables(pa, pb, costs, false, distances);
  let right = openWeightedTables(pa, pb, costs, true, distances);
  fillLeaves(left);
  const { classes: classesA } = pa.left;
  const { classes: classesB } = pb.left;
  const ofA: PathCosts = {
    remove: (i) => left.deletions[i]!,
    add: (j) => left.insertions[j]!,
    pair: (i, j) => costs.pair(i, j),
  };
  const ofB: PathCosts = {
    remove: (j) => left.insertions[j]!,
    add: (i) => left.deletions[i]!,
    pair: (j, i) => costs.pair(i, j),
  };
  const kernels: PathKernels = {
    isKnown: (i, j) => !Number.isNaN(left.trees[classesA[i]! * classCount + classesB[j]!]!),
    fillPair: (mirrored, lx, x, ly, y) => fillWeightedForest(mirrored ? right : left, lx, x, ly, y),
    fillInner: (path, other, range, steps, spent) => {
      inner.fill(path, other, range, steps, path.tree === pa.left ? ofA : ofB, spent);
      const trees = inner.distances();
      if (trees.buffer === left.trees.buffer) return;
      left = { ...left, trees };
      right = { ...right, trees };
    },
  };
  fillByPaths(pa, ra, pb, rb, strategy, kernels, watch);
  fillWeightedForest(left, 0, ra.hi, 0, rb.hi);
  return left;
};

/** Distances of the pairs of subtrees of which one is a leaf, which is paired with one node or with none. */
const fillLeaves = ({ a, b, trees, deletions, insertions, pair }: WeightedTables): void => {
  const fill = (
    leaves: OrientedTree,
    other: OrientedTree,
    place: (leaf: number, node: number) => number,
    cost: (leaf: number) => number,
    insertion: (node: number) => number,
    pairing: (leaf: number, node: number) => number,
  ) => {
    const sums = new Float64Array(other.size);
    const gains = new Float64Array(other.size);
    const done = new Uint8Array(leaves.classCount);
    for (let i = 0; i < leaves.size; i++) {
      if (leaves.first[i] !== i || done[leaves.classes[i]!] === 1) continue;
      done[leaves.classes[i]!] = 1;
      const alone = cost(i);
      for (let j = 0; j < other.size; j++) {
        const own = insertion(j);
        let sum = own;
        let gain = Math.min(alone, pairing(i, j) - own);
        for (let child = j - 1; child >= other.first[j]!; child = other.first[child]! - 1) {
          sum += sums[child]!;
          gain = Math.min(gain, gains[child]!);
        }
        sums[j] = sum;
        gains[j] = gain;
        trees[place(i, j)] = sum + gain;
      }
    }
  };
  fill(
    a,
    b,
    (i, j) => a.classes[i]! * b.classCount + b.classes[j]!,
    (i) => deletions[i]!,
    (j) => insertions[j]!,
    pair,
  );
  fill(
    b,
    a,
    (j, i) => a.classes[i]! * b.classCount + b.classes[j]!,
    (j) => insertions[j]!,
    (i) => deletions[i]!,
    (j, i) => pair(i, j),
  );
};
