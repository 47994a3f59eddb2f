import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { simdSimilarity } from './simd-kernel.js';
import { type NodeRange, similarity } from './similarity-kernel.js';

/** The largest score of a mapping between two forests, from whichever kernel can tell: see `similarity`. */
export const fastestSimilarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): number => {
  if (ra.hi < ra.lo || rb.hi < rb.lo) return 0;
  return simdSimilarity(a, ra, b, rb, watch) ?? similarity(a, ra, b, rb, watch);
};
