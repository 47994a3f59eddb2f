import { boundedBudget, UndecidedDistanceError } from '../distance/bounded-distance.js';
import {
  type BoundedTables,
  boundedCells,
  fillBand,
  fillBounded,
  maximumBand,
} from '../distance/bounded-kernel.js';
import type { Watch } from '../distance/call-limits.js';
import type { NodeRange } from '../distance/node-range.js';
import { estimateCells } from '../distance/similarity-kernel.js';
import { fitsTable, maximumTableCells } from '../distance/table-memory.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { type PreparedTree, prepareTree } from '../tree/prepared-tree.js';
import type { PairRecorder } from './pair-recorder.js';

/**
 * A cheapest mapping of two forests that are not empty, from the bounded kernel: its limit doubles until the distance
 * is within, and the way back through the bands is traced. Returns the distance, or null where the whole tables are
 * sooner filled.
 *
 * Time and memory about O(n · d).
 */
export const mapNearForests = (
  a: FlatTree,
  ra: NodeRange,
  b: FlatTree,
  rb: NodeRange,
  lower: number,
  pairs: PairRecorder,
  watch: Watch | null,
): number | null => {
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const rows = ra.hi - ra.lo + 1;
  const { cells, mirrored } = estimateCells(pa, ra, pb, rb);
  const fits = fitsTable(rows + 1, rb.hi - rb.lo + 2) && fitsTable(pa.left.classCount, pb.left.classCount);
  const budget = fits ? boundedBudget(pa, ra, pb, rb, cells) : Number.POSITIVE_INFINITY;
  for (let limit = Math.max(lower, Math.abs(rows - (rb.hi - rb.lo + 1)), 1); ; limit = limit * 2 + 1) {
    if (boundedCells(rows, limit) > maximumTableCells || limit > maximumBand) {
      throw new UndecidedDistanceError(a.size, b.size, Math.max(lower, limit >> 1));
    }
    const tables = fillBounded(pa, ra, pb, rb, limit, mirrored, watch, budget);
    if (Number.isNaN(tables.distance)) return null;
    if (tables.distance > limit) continue;
    traceBounded(pairs, pa, pb, tables);
    return tables.distance;
  }
};

const traceBounded = (
  pairs: PairRecorder,
  pa: PreparedTree,
  pb: PreparedTree,
  tables: BoundedTables,
): void => {
  const { a, b, aLo, aHi, bLo, bHi, limit, shift, least, width, trees, forest, mirrored, common } = tables;
  const pending: number[] = [];
  const add = (i: number, j: number) => pairs.add(mirrored ? pa.toLeft[i]! : i, mirrored ? pb.toLeft[j]! : j);
  const addEqual = (i: number, j: number) => {
    const size = i - a.first[i]! + 1;
    const [rootA, rootB] = [mirrored ? pa.toLeft[i]! : i, mirrored ? pb.toLeft[j]! : j];
    pairs.addRun(rootA - size + 1, rootB - size + 1, size);
  };
  const trace = (lx: number, x: number, ly: number, y: number) => {
    const start = ly - bLo - (lx - aLo);
    const rest = limit - Math.abs(start);
    const turn = shift - start;
    const lowest = -((rest - turn) >> 1);
    const highest = (rest + turn) >> 1;
    const stride = highest - lowest + 3;
    const at = (r: number, c: number) => forest[r * stride + c - r - lowest + 1]!;
    let r = x - lx + 1;
    let c = y - ly + 1;
    while (r > 0 && c > 0) {
      const i = lx + r - 1;
      const j = ly + c - 1;
      const value = at(r, c);
      const p = a.first[i]! - lx;
      const q = b.first[j]! - ly;
      if (p === 0 && q === 0) {
        if (value === at(r - 1, c - 1) + (a.labels[i] === b.labels[j] ? 0 : 1)) {
          add(i, j);
          r--;
          c--;
          continue;
        }
      } else if (q - p >= lowest && q - p <= highest) {
        const distance = trees[(i - aLo) * width + j - bLo - (i - aLo) - least]!;
        if (value === at(p, q) + distance) {
          pending.push(i, j);
          r = p;
          c = q;
          continue;
        }
      }
      if (value === at(r - 1, c) + 1) r--;
      else c--;
    }
  };
  if (aLo === aHi && bLo === bHi) {
    add(aLo, bLo);
    return;
  }
  trace(aLo, aHi, bLo, bHi);
  while (pending.length > 0) {
    const j = pending.pop()!;
    const i = pending.pop()!;
    if (common[b.classes[j]!] === a.classes[i]) {
      addEqual(i, j);
    } else {
      fillBand(tables, a.first[i]!, i, b.first[j]!, j);
      trace(a.first[i]!, i, b.first[j]!, j);
    }
  }
};
