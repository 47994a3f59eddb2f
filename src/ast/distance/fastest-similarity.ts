import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { fillDecomposed, planDecomposition } from './decomposed-similarity.js';
import type { NodeRange } from './node-range.js';
import { simdSimilarity } from './simd-kernel.js';
import { estimateCells, forestScore, similarity } from './similarity-kernel.js';

/** What a cell of the SIMD kernel costs in cells of the JavaScript one. */
export const simdCellCost = 0.3;

/** The largest score of a mapping between two forests, from whichever kernel promises it soonest: see `similarity`. */
export const fastestSimilarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): number => {
  if (ra.hi < ra.lo || rb.hi < rb.lo) return 0;
  const { cells } = estimateCells(a, ra, b, rb);
  const strategy = planDecomposition(a, ra, b, rb, cells, simdCellCost);
  if (strategy !== null) return forestScore(fillDecomposed(a, ra, b, rb, strategy, watch));
  return simdSimilarity(a, ra, b, rb, watch) ?? similarity(a, ra, b, rb, watch);
};
