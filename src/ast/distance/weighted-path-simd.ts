import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { growAlongPath, type InnerPath, readColumns, type ScoreSteps } from './inner-path-kernel.js';
import type { NodeRange } from './node-range.js';
import { align, PathMemory } from './path-memory.js';
import { planSlots } from './plan-slots.js';
import { weightedPathModule } from './weighted-path-module.js';

const scoresAt = 1024;
/** What the tables of a few columns may take together: they should stay in the second cache. */
const slotBytes = 2 ** 18;

/** The exports of wasm/weighted-paths.ts: pointers and strides in bytes, sizes and widths in columns. */
interface Kernels {
  fillEmpty(table: number, stride: number, size: number, columns: number, insertions: number): void;
  addRoot(
    table: number,
    empty: number,
    stride: number,
    size: number,
    columns: number,
    insertions: number,
    scores: number,
    pairs: number,
    cost: number,
  ): void;
  addLeaf(
    table: number,
    out: number,
    stride: number,
    size: number,
    columns: number,
    insertions: number,
    scores: number,
    cost: number,
  ): void;
  addNodes(
    table: number,
    stride: number,
    size: number,
    columns: number,
    insertions: number,
    slots: number,
    width: number,
    program: number,
    count: number,
  ): void;
  turnOver(from: number, to: number, stride: number, size: number): void;
}

/** What the edits of a path cost. */
export interface PathCosts {
  /** What it costs to take a node of the path's tree out. */
  remove(node: number): number;
  /** What it costs to put a node of the other tree in. */
  add(node: number): number;
  pair(node: number, other: number): number;
}

/** Inner paths under any costs, with the table of distances in the same memory. */
export interface WeightedInnerPaths {
  /** The table of distances; another view of it after `fill`, which may have had to grow the memory. */
  distances(): Float64Array;
  fill(
    path: InnerPath,
    b: PreparedTree,
    rb: NodeRange,
    steps: ScoreSteps,
    costs: PathCosts,
    watch: Watch | null,
  ): void;
}

const memory = new PathMemory<Kernels>(weightedPathModule);
/** Bytes of a row of a table: whole vectors of two. */
const strideOf = (size: number): number => align((size + 1) * 8);

/**
 * The kernel with room for `cells` distances and trees of up to `size` nodes; null where it cannot be had: no SIMD, or
 * no memory. Whatever it held before is lost.
 */
export const openWeightedPaths = (cells: number, size: number): WeightedInnerPaths | null => {
  const sidesAt = align(scoresAt + cells * 8);
  const sideBytes = size * 32;
  const tableBytes = (size + 2) * strideOf(size);
  const programAt = sidesAt + 2 * sideBytes;
  const tablesAt = align(programAt + size * 24);
  const slotsAt = tablesAt + 4 * tableBytes;
  const target = memory.open(slotsAt + slotBytes);
  if (target === null) return null;
  const { kernels } = target;
  return {
    distances: () => target.doubles.subarray(scoresAt >> 3, (scoresAt >> 3) + cells),
    fill: (path, b, rb, { stepPath, stepOther }, costs, watch) => {
      const { tree } = path;
      const count = rb.hi - rb.lo + 1;
      const stride = strideOf(count);
      const open = (mirrored: boolean) => {
        const { postorder, sizes, classes } = readColumns(b, rb, mirrored);
        const columns = sidesAt + (mirrored ? sideBytes : 0);
        const insertions = columns + size * 16;
        const pairs = insertions + size * 8;
        // Where the columns of the mirror image stand in the tree itself.
        const lo = mirrored ? b.toRight[rb.hi]! - count + 1 : rb.lo;
        const nodes = postorder.map((at) => (mirrored ? b.toLeft[lo + at]! : lo + at));
        for (let p = 0, at = columns >> 2; p < count; p++, at += 4) {
          target.words[at] = postorder[p]! + 1;
          target.words[at + 1] = sizes[p]!;
          target.words[at + 2] = classes[p]! * stepOther * 8;
          target.doubles[(insertions >> 3) + p] = costs.add(nodes[p]!);
        }
        return { columns, insertions, pairs, nodes, empty: tablesAt + (mirrored ? 3 : 2) * tableBytes };
      };
      const left = open(false);
      const right = open(true);
      for (const { empty, columns, insertions } of [left, right]) {
        kernels.fillEmpty(empty, stride, count, columns, insertions);
      }
      const scoresOf = (node: number) => scoresAt + tree.classes[node]! * stepPath * 8;
      let table = tablesAt;
      let spare = tablesAt + tableBytes;
      let side = left;
      target.doubles.copyWithin(table >> 3, left.empty >> 3, (left.empty + (count + 1) * stride) >> 3);
      const swap = () => {
        [table, spare] = [spare, table];
      };
      growAlongPath(
        path,
        {
          turnOver: () => {
            kernels.turnOver(table, spare, stride, count);
            swap();
            side = side === left ? right : left;
          },
          addRoot: (node) => {
            const { columns, insertions, pairs, nodes, empty } = side;
            nodes.forEach((other, p) => {
              target.doubles[(pairs >> 3) + p] = costs.pair(node, other);
            });
            const scores = scoresOf(node);
            const cost = costs.remove(node);
            kernels.addRoot(table, empty, stride, count, columns, insertions, scores, pairs, cost);
          },
          addLeaf: (node) => {
            const { columns, insertions } = side;
            const scores = scoresOf(node);
            kernels.addLeaf(table, spare, stride, count, columns, insertions, scores, costs.remove(node));
            swap();
          },
          addNodes: (order, above) => {
            const { columns, insertions } = side;
            const { program, slots } = planSlots(tree, order, above, side === right);
            program.forEach((step, t) => {
              const at = programAt + t * 24;
              target.words.set(step, at >> 2);
              target.words[(at >> 2) + 3] = scoresOf(order[t]!);
              target.doubles[(at >> 3) + 2] = costs.remove(order[t]!);
            });
            const column = slots * (count + 1) * 8;
            const width = Math.max(2, Math.min(stride / 8, Math.floor(slotBytes / column)) & ~1);
            target.reserve(slotsAt + column * width);
            kernels.addNodes(
              table,
              stride,
              count,
              columns,
              insertions,
              slotsAt,
              width,
              programAt,
              order.length,
            );
          },
        },
        (nodes) => watch?.spend((nodes * count * count) / 2),
      );
    },
  };
};
