import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import { boundedModule } from './bounded-module.js';
import type { Watch } from './call-limits.js';
import { commonClasses } from './common-classes.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { align, PathMemory } from './path-memory.js';

/** 15-bit numbers hold what sums of four terms within the limit come to. */
const maximumLimit = 8000;
const headerBytes = 256;
/** Far cells before each row of the forest table. */
const guardCells = 8;
/** Some ten milliseconds. */
const cellsBetweenStops = 2 ** 22;

/** The exports of wasm/bounded.ts. */
interface Kernels {
  open(header: number, aLo: number, aHi: number, bLo: number, bHi: number, limit: number): void;
  fill(cells: number): number;
  distance(): number;
}

const memory = new PathMemory<Kernels>(boundedModule);

/**
 * As `boundedDistance`, eight columns of the band at a time in WebAssembly, for two ranges that are not empty and whose
 * sizes differ by at most `limit`; null where it cannot be had so: no SIMD, a limit too large for 15 bits, or no memory.
 *
 * Time and memory as of `fillBounded`.
 */
export const simdBoundedDistance = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  limit: number,
  mirrored: boolean,
  watch: Watch | null,
  budget: number,
): number | null => {
  if (limit > maximumLimit) return null;
  const rows = ra.hi - ra.lo + 1;
  const columns = rb.hi - rb.lo + 1;
  const sideA = sideOf(a, ra, mirrored);
  const sideB = sideOf(b, rb, mirrored);
  const pairBytes = (rows * (limit + 1) + 32) * 2;
  const forestBytes = ((rows + 1) * (limit + 1 + guardCells) + 32) * 2;
  const classCount = sideB.tree.classCount;
  const bytes =
    headerBytes + (rows * 5 + columns * 9 + classCount + 64) * 4 + pairBytes + forestBytes + 24 * 16;
  const target = memory.open(bytes);
  if (target === null) return null;
  const { kernels, words } = target;

  let slot = 0;
  let at = headerBytes;
  const leave = (size: number, shift = 0): void => {
    at = align(at);
    words[slot++] = at - shift;
    at += size;
  };
  const put = (array: Int32Array, lo: number, count: number): void => {
    leave(count * 4, lo * 4);
    words.set(array.subarray(lo, lo + count), (at - count * 4) >> 2);
  };
  for (const { tree, lo, count } of [sideA, sideB]) {
    for (const array of [tree.first, tree.labels, tree.classes, tree.parents]) put(array, lo, count);
    leave(count * 4, lo * 4);
  }
  put(commonClasses(a, b), 0, classCount);
  leave(columns * 4);
  leave((columns + 16) * 2, sideB.lo * 2);
  leave((columns + 1) * 4, sideB.lo * 4);
  leave((columns + 16) * 2, sideB.lo * 2);
  leave(pairBytes);
  leave(forestBytes);
  leave(32);

  kernels.open(0, sideA.lo, sideA.lo + rows - 1, sideB.lo, sideB.lo + columns - 1, limit);
  let spent = 0;
  for (;;) {
    const cells = kernels.fill(Math.min(budget - spent + 1, cellsBetweenStops));
    const filled = cells < 0 ? -1 - cells : cells;
    spent += filled;
    if (spent > budget) return Number.NaN;
    watch?.spend(filled);
    if (cells < 0) break;
  }
  const distance = kernels.distance();
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
};

/** The range of a tree from the side that is asked for. */
const sideOf = (
  tree: PreparedTree,
  range: NodeRange,
  mirrored: boolean,
): { readonly tree: OrientedTree; readonly lo: number; readonly count: number } => ({
  tree: mirrored ? tree.right : tree.left,
  lo: mirrored ? mirrorLo(tree, range) : range.lo,
  count: range.hi - range.lo + 1,
});
