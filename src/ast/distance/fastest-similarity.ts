import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import type { NodeRange } from './node-range.js';
import { simdSimilarity } from './simd-kernel.js';
import { estimateCells, planHeavyPaths, similarity } from './similarity-kernel.js';

/** What a cell of the heavy paths' kernel costs in cells of the SIMD kernel. */
const heavyCellCost = 5;

/** The largest score of a mapping between two forests, from whichever kernel can tell: see `similarity`. */
export const fastestSimilarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): number => {
  if (ra.hi < ra.lo || rb.hi < rb.lo) return 0;
  const { cells } = estimateCells(a, ra, b, rb);
  const heavy = planHeavyPaths(a, ra, b, rb, cells);
  if (heavy !== null && heavy.cells * heavyCellCost < cells) return similarity(a, ra, b, rb, watch);
  return simdSimilarity(a, ra, b, rb, watch) ?? similarity(a, ra, b, rb, watch);
};
