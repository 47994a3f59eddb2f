import type { FlatTree } from '../tree/flat-tree.js';
import { type PreparedTree, prepareTree } from '../tree/prepared-tree.js';
import { boundedCells, boundedDistance, maximumBand } from './bounded-kernel.js';
import { simdBoundedDistance } from './bounded-simd.js';
import type { Watch } from './call-limits.js';
import { innerPathCells } from './decomposed-similarity.js';
import { fastestSimilarity, simdCellCost } from './fastest-similarity.js';
import type { NodeRange } from './node-range.js';
import { estimateCells } from './similarity-kernel.js';
import { fitsTable, maximumTableCells } from './table-memory.js';
import { createTrimmedPair, trimEqualParts } from './trim-equal-parts.js';

/**
 * Thrown when a distance does not fit in the memory for tables: both trees are large, and they differ by more than could be
 * searched for.
 */
export class UndecidedDistanceError extends RangeError {
  override readonly name = 'UndecidedDistanceError';
  /** The distance is at least this. */
  readonly atLeast: number;

  constructor(sizeA: number, sizeB: number, atLeast: number) {
    super(
      `a and b, of ${sizeA} and ${sizeB} nodes, must be at most ${atLeast - 1} edits apart for tables of at most ` +
        `${maximumTableCells} cells, received trees further apart`,
    );
    this.atLeast = atLeast;
  }
}

const trimmed = createTrimmedPair();

/**
 * The unit distance if it is at most `limit`, else Infinity, from the kernel that promises the least work; no filters.
 *
 * The bounded kernel is asked about a small limit first and then about ever larger ones, each at least twice the one
 * before, so that what it does depends on the distance and not on the limit.
 *
 * @param lower A lower bound of the distance, to start from.
 * @throws UndecidedDistanceError when neither kernel's tables fit.
 */
export const boundedUnitDistance = (
  a: FlatTree,
  b: FlatTree,
  limit: number,
  lower: number,
  watch: Watch | null = null,
): number => {
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed);
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (Math.abs(aSize - bSize) > limit) return Number.POSITIVE_INFINITY;
  if (aSize === 0 || bSize === 0) return Math.max(aSize, bSize);
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const { cells, mirrored } = estimateCells(pa, ra, pb, rb);
  const fits = fitsTable(aSize + 1, bSize + 1) && fitsTable(pa.left.classCount, pb.left.classCount);
  const whole = Math.min(limit, aSize + bSize);
  const budget = fits ? boundedBudget(pa, ra, pb, rb, cells) : Number.POSITIVE_INFINITY;
  let step = Math.min(whole, Math.max(lower, Math.abs(aSize - bSize), 1));
  let known = Math.max(lower, 0);
  for (;;) {
    const bounded = boundedCells(aSize, step) <= maximumTableCells && step <= maximumBand;
    if (!fits && !bounded) throw new UndecidedDistanceError(a.size, b.size, known);
    const within =
      fits && (!bounded || boundedWork(aSize, step) > cells / cellsPerStep)
        ? Number.NaN
        : (simdBoundedDistance(pa, ra, pb, rb, step, mirrored, watch, budget) ??
          boundedDistance(pa, ra, pb, rb, step, mirrored, watch, budget));
    if (Number.isNaN(within)) {
      const distance = aSize + bSize - fastestSimilarity(pa, ra, pb, rb, watch);
      return distance <= limit ? distance : Number.POSITIVE_INFINITY;
    }
    if (within <= step) return within;
    if (step >= whole) return Number.POSITIVE_INFINITY;
    known = step + 1;
    step = Math.min(whole, step * 2 + 1);
  }
};

/**
 * How many cells the bounded kernel may fill where the whole distance, which takes so many `cells` by left or right
 * paths, can be had instead: together both then take little more than the better of them.
 */
export const boundedBudget = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  cells: number,
): number => Math.max(leastBudget, Math.min(cells * simdCellCost, innerPathCells(a, ra, b, rb)) / cellRatio);

/** Below this nothing is worth an estimate. */
const leastBudget = 2 ** 20;
/** What a cell of the bounded kernel costs in cells of left and right paths. */
const cellRatio = 0.5;

/** What a cell of the band costs in cells of whole tables, roughly, both by SIMD or both without. */
const cellsPerStep = 2;

const boundedWork = (size: number, limit: number): number => size * (limit + 1) * Math.min(limit + 1, 12);
