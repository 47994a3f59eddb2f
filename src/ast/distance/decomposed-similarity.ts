import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { fillInnerPath } from './inner-path-kernel.js';
import { openInnerPaths } from './inner-path-simd.js';
import type { NodeRange } from './node-range.js';
import { fillByPaths, type PathKernels } from './path-decomposition.js';
import { findHeavyChildren, type PathStrategy, planPaths } from './path-strategy.js';
import {
  estimateCells,
  fillLeafPairs,
  fillPair,
  fillSimilarity,
  openTables,
  type SimilarityTables,
} from './similarity-kernel.js';
import { checkTable, int32Table } from './table-memory.js';

const treeTable = int32Table();

/** What a cell of an inner path costs in cells of left and right paths, with SIMD. */
const innerCost = 0.25;
/** What a look at a pair of subtrees costs the strategy, in the same cells. */
const planCost = 30;

/**
 * The cheapest decomposition, or null where left or right paths alone, which fill `cells`, are surely cheaper: for all
 * but very deep shapes. The plan itself takes time, so it is not made where it could not pay.
 *
 * @param cellCost What a cell costs the kernel of left and right paths that would run instead.
 */
export const planDecomposition = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  cells: number,
  cellCost: number,
): PathStrategy | null => {
  const pairs = (ra.hi - ra.lo + 1) * (rb.hi - rb.lo + 1);
  const limit = cells * cellCost - planCost * pairs;
  if (limit < planCost * pairs) return null;
  const strategy = planPaths(a, ra, b, rb, innerCost, limit);
  return strategy !== null && strategy.cells < limit ? strategy : null;
};

/** What the paths of largest children of the better tree take at most, in cells of left and right paths. */
export const innerPathCells = (a: PreparedTree, ra: NodeRange, b: PreparedTree, rb: NodeRange): number => {
  const [aSize, bSize] = [ra, rb].map(({ lo, hi }) => hi - lo + 1) as [number, number];
  return innerCost * Math.min(rowsOfPaths(a, ra) * bSize * bSize, rowsOfPaths(b, rb) * aSize * aSize);
};

/** Nodes of the subtrees that the paths of largest children start at. */
const rowsOfPaths = ({ left: { first, parents } }: PreparedTree, range: NodeRange): number => {
  const heavy = findHeavyChildren({ first }, range);
  let rows = 0;
  for (let i = range.lo; i <= range.hi; i++) {
    const parent = parents[i]!;
    if (first[i] !== i && (parent > range.hi || heavy[parent - range.lo] !== i)) rows += i - first[i]! + 1;
  }
  return rows;
};

/** Runs the cheapest of all kernels that leave tables for tracing: see `fillSimilarity`. */
export const fillCheapest = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): SimilarityTables => {
  const { cells } = estimateCells(a, ra, b, rb);
  const strategy = planDecomposition(a, ra, b, rb, cells, 1);
  return strategy === null
    ? fillSimilarity(a, ra, b, rb, watch)
    : fillDecomposed(a, ra, b, rb, strategy, watch);
};

/** As `fillSimilarity`, by the paths of a strategy. */
export const fillDecomposed = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  strategy: PathStrategy,
  watch: Watch | null,
): SimilarityTables => {
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  checkTable(aSize + 1, bSize + 1);
  checkTable(a.left.classCount, b.left.classCount);
  const cells = a.left.classCount * b.left.classCount;
  const simd = openInnerPaths(cells, Math.max(aSize, bSize));
  const scores = simd === null ? treeTable.reserve(cells) : simd.scores();
  scores.fill(0, 0, cells);
  let left = openTables(a, ra, b, rb, false, scores);
  let right = openTables(a, ra, b, rb, true, scores);
  fillLeafPairs(left);
  const { classes: classesA } = a.left;
  const { classes: classesB, classCount } = b.left;
  const kernels: PathKernels = {
    isKnown: (i, j) => left.trees[classesA[i]! * classCount + classesB[j]!] !== 0,
    fillPair: (mirrored, lx, x, ly, y) => {
      fillPair(mirrored ? right : left, lx, x, ly, y);
    },
    fillInner: (path, other, range, steps, spent) => {
      if (simd === null) {
        fillInnerPath(path, other, range, scores, steps, spent);
        return;
      }
      simd.fill(path, other, range, steps, spent);
      const trees = simd.scores();
      if (trees.buffer === left.trees.buffer) return;
      left = { ...left, trees };
      right = { ...right, trees };
    },
  };
  fillByPaths(a, ra, b, rb, strategy, kernels, watch);
  fillPair(left, ra.lo, ra.hi, rb.lo, rb.hi);
  return left;
};
