import { checkOptions } from '../../numerics/index.js';
import { CALL_LIMITS, type CallLimits, startWatch, type Watch } from '../distance/call-limits.js';
import { fillCheapestWeighted } from '../distance/decomposed-distance.js';
import { fillCheapest } from '../distance/decomposed-similarity.js';
import {
  type EditCosts,
  type NodeEditCosts,
  type ResolvedCosts,
  resolveCosts,
} from '../distance/edit-costs.js';
import { labelLowerBound, preorderLowerBound } from '../distance/lower-bounds.js';
import { fillPair, forestScore, type SimilarityTables } from '../distance/similarity-kernel.js';
import { fitsTable, releaseLargeTables } from '../distance/table-memory.js';
import { createTrimmedPair, trimEqualParts } from '../distance/trim-equal-parts.js';
import { fillWeightedForest } from '../distance/weighted-kernel.js';
import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { type PreparedTree, prepareTree } from '../tree/prepared-tree.js';
import { mapNearForests } from './bounded-mapping.js';
import { PairRecorder } from './pair-recorder.js';
import type { TreeMapping } from './tree-mapping.js';

const trimmed = createTrimmedPair();

/**
 * A cheapest mapping between two trees: one to one, keeping the order of siblings and who is whose ancestor. Nodes
 * outside it are deleted or inserted, pairs of different labels are renamed.
 *
 * Among mappings of equal cost the one found first is returned, the same on every run; pairs are preferred to
 * deletions and insertions, deletions to insertions.
 *
 * @param costs Cost of each edit. @defaultValue 1 each
 * @param limits A limit of time, or a signal.
 * @throws As `treeEditDistance`.
 * Time about that of `treeEditDistance` and a fill of one more forest table per pair of subtrees on the way;
 * memory O(|a|·|b|). Large trees that are d edits apart take about O(n · d) of both under unit costs.
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditMapping } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'f', children: [{ label: 'y' }] });
 * const { distance, targets } = treeEditMapping(a, b);
 * console.log(distance, [...targets]); // 1 [ -1, 0, 1 ]
 * ```
 * @see Zhang and Shasha, SIAM J. Comput. 18(6), 1989.
 */
export const treeEditMapping = (
  a: FlatTree,
  b: FlatTree,
  costs?: EditCosts | NodeEditCosts,
  limits: CallLimits = {},
): TreeMapping => {
  checkOptions('treeEditMapping', limits, CALL_LIMITS);
  assertComparable(a, b);
  const resolved = costs === undefined ? null : resolveCosts(costs, a, b);
  const watch = startWatch(limits);
  try {
    return resolved === null ? unitMapping(a, b, watch) : weightedMapping(a, b, resolved, watch);
  } finally {
    releaseLargeTables();
  }
};

/** From this size on it pays to ask how near the trees are before choosing a kernel. */
const largeTree = 1_000;

const unitMapping = (a: FlatTree, b: FlatTree, watch: Watch | null): TreeMapping => {
  const pairs = new PairRecorder(a, b);
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed, (i, j, count) => pairs.addRun(i, j, count));
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (aSize === 0 || bSize === 0) return pairs.finish(aSize + bSize);
  if (Math.min(aSize, bSize) >= largeTree) {
    const fits = fitsTable(aSize + 1, bSize + 1);
    const near = fits ? Math.floor(Math.max(aSize, bSize) / 16) : Number.POSITIVE_INFINITY;
    const lower = labelLowerBound(a, b) > near ? Number.POSITIVE_INFINITY : preorderLowerBound(a, b, near);
    const distance = lower <= near ? mapNearForests(a, ra, b, rb, lower, pairs, watch) : null;
    if (distance !== null) return pairs.finish(distance);
  }
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const tables = fillCheapest(pa, ra, pb, rb, watch);
  const distance = aSize + bSize - forestScore(tables);
  traceUnit(pairs, pa, pb, tables);
  return pairs.finish(distance);
};

const traceUnit = (
  pairs: PairRecorder,
  pa: PreparedTree,
  pb: PreparedTree,
  tables: SimilarityTables,
): void => {
  const { a, b, trees, forest, stride, mirrored } = tables;
  const pending: number[] = [];
  const trace = (lx: number, x: number, ly: number, y: number, transposed: boolean) => {
    const rowStep = transposed ? 1 : stride;
    const columnStep = transposed ? stride : 1;
    let r = x - lx + 1;
    let c = y - ly + 1;
    while (r > 0 && c > 0) {
      const i = lx + r - 1;
      const j = ly + c - 1;
      const value = forest[r * rowStep + c * columnStep]!;
      const p = a.first[i]! - lx;
      const q = b.first[j]! - ly;
      if (p === 0 && q === 0) {
        if (
          value ===
          forest[(r - 1) * rowStep + (c - 1) * columnStep]! + (a.labels[i] === b.labels[j] ? 2 : 1)
        ) {
          pairs.add(mirrored ? pa.toLeft[i]! : i, mirrored ? pb.toLeft[j]! : j);
          r--;
          c--;
          continue;
        }
      } else if (
        value ===
        forest[p * rowStep + q * columnStep]! + trees[a.classes[i]! * b.classCount + b.classes[j]!]!
      ) {
        pending.push(i, j);
        r = p;
        c = q;
        continue;
      }
      if (value === forest[(r - 1) * rowStep + c * columnStep]!) r--;
      else c--;
    }
  };
  const { aLo, aHi, bLo, bHi } = tables;
  trace(aLo, aHi, bLo, bHi, aHi - aLo > bHi - bLo);
  while (pending.length > 0) {
    const j = pending.pop()!;
    const i = pending.pop()!;
    const lx = a.first[i]!;
    const ly = b.first[j]!;
    trace(lx, i, ly, j, fillPair(tables, lx, i, ly, j));
  }
};

const weightedMapping = (
  a: FlatTree,
  b: FlatTree,
  costs: ResolvedCosts,
  watch: Watch | null,
): TreeMapping => {
  const pairs = new PairRecorder(a, b);
  const filled = fillCheapestWeighted(a, b, costs, watch);
  const { a: ta, b: tb, trees, forest, stride, mirrored, deletions, pair } = filled;
  const distance = forest[a.size * stride + b.size]!;
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const pending: number[] = [];
  const trace = (lx: number, x: number, ly: number, y: number) => {
    let r = x - lx + 1;
    let c = y - ly + 1;
    while (r > 0 && c > 0) {
      const i = lx + r - 1;
      const j = ly + c - 1;
      const value = forest[r * stride + c]!;
      const p = ta.first[i]! - lx;
      const q = tb.first[j]! - ly;
      if (p === 0 && q === 0) {
        if (value === forest[(r - 1) * stride + c - 1]! + pair(i, j)) {
          pairs.add(mirrored ? pa.toLeft[i]! : i, mirrored ? pb.toLeft[j]! : j);
          r--;
          c--;
          continue;
        }
      } else if (
        value ===
        forest[p * stride + q]! + trees[ta.classes[i]! * tb.classCount + tb.classes[j]!]!
      ) {
        pending.push(i, j);
        r = p;
        c = q;
        continue;
      }
      if (value === forest[(r - 1) * stride + c]! + deletions[i]!) r--;
      else c--;
    }
  };
  trace(0, a.size - 1, 0, b.size - 1);
  while (pending.length > 0) {
    const j = pending.pop()!;
    const i = pending.pop()!;
    fillWeightedForest(filled, ta.first[i]!, i, tb.first[j]!, j);
    trace(ta.first[i]!, i, tb.first[j]!, j);
  }
  return pairs.finish(distance);
};
