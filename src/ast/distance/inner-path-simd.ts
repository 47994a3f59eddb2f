import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { growAlongPath, type InnerPath, readColumns, type ScoreSteps } from './inner-path-kernel.js';
import { innerPathModule } from './inner-path-module.js';
import type { NodeRange } from './node-range.js';
import { align, PathMemory } from './path-memory.js';
import { planSlots } from './plan-slots.js';

/** 16-bit numbers hold scores up to twice the smaller tree. */
const maximumNodes = 16_000;
const scoresAt = 1024;
/** What the tables of a few columns may take together: they should stay in the second cache. */
const slotBytes = 2 ** 18;

/** The exports of wasm/inner-paths.ts: pointers and strides in bytes, sizes and widths in columns. */
interface Kernels {
  addRoot(table: number, stride: number, size: number, columns: number, scores: number, label: number): void;
  addLeaf(table: number, out: number, stride: number, size: number, columns: number, scores: number): void;
  addNodes(
    table: number,
    stride: number,
    size: number,
    columns: number,
    slots: number,
    width: number,
    program: number,
    count: number,
  ): void;
  turnOver(from: number, to: number, stride: number, size: number): void;
}

const pathMemory = new PathMemory<Kernels>(innerPathModule);

/** Bytes of a row of a table: whole vectors of 16-bit numbers. */
const strideOf = (size: number): number => align((size + 1) * 2);

/** Inner paths eight columns at a time, with the table of scores in the same memory. */
export interface SimdInnerPaths {
  /** The table of scores; another view of it after `fill`, which may have had to grow the memory. */
  scores(): Int32Array;
  /** As `fillInnerPath`. */
  fill(path: InnerPath, b: PreparedTree, rb: NodeRange, steps: ScoreSteps, watch: Watch | null): void;
}

/**
 * The kernel with room for `cells` scores and trees of up to `size` nodes; null where it cannot be had: no SIMD, too
 * many nodes for 16 bits, or no memory. Whatever it held before is lost.
 */
export const openInnerPaths = (cells: number, size: number): SimdInnerPaths | null => {
  if (size > maximumNodes) return null;
  const columnsAt = align(scoresAt + cells * 4);
  const tableBytes = (size + 2) * strideOf(size);
  const programAt = columnsAt + 2 * size * 16;
  const tablesAt = align(programAt + size * 16);
  const slotsAt = tablesAt + 2 * tableBytes;
  const target = pathMemory.open(slotsAt + slotBytes);
  if (target === null) return null;
  const { kernels } = target;

  const writeColumns = (b: PreparedTree, rb: NodeRange, mirrored: boolean, step: number): number => {
    const { size: count, postorder, sizes, classes, labels } = readColumns(b, rb, mirrored);
    const start = columnsAt + (mirrored ? size * 16 : 0);
    const { words } = target;
    for (let p = 0, at = start >> 2; p < count; p++) {
      words[at++] = postorder[p]! + 1;
      words[at++] = sizes[p]!;
      words[at++] = classes[p]! * step * 4;
      words[at++] = labels[p]!;
    }
    return start;
  };

  return {
    scores: () => target.words.subarray(scoresAt >> 2, (scoresAt >> 2) + cells),
    fill: (path, b, rb, { stepPath, stepOther }, watch) => {
      const { tree } = path;
      const count = rb.hi - rb.lo + 1;
      const stride = strideOf(count);
      const left = writeColumns(b, rb, false, stepOther);
      const right = writeColumns(b, rb, true, stepOther);
      const scoresOf = (node: number) => scoresAt + tree.classes[node]! * stepPath * 4;
      let table = tablesAt;
      let spare = tablesAt + tableBytes;
      target.words.fill(0, table >> 2, (table + (count + 1) * stride) >> 2);
      let columns = left;
      const swap = () => {
        [table, spare] = [spare, table];
      };
      growAlongPath(
        path,
        {
          turnOver: () => {
            kernels.turnOver(table, spare, stride, count);
            swap();
            columns = columns === left ? right : left;
          },
          addRoot: (node) =>
            kernels.addRoot(table, stride, count, columns, scoresOf(node), tree.labels[node]!),
          addLeaf: (node) => {
            kernels.addLeaf(table, spare, stride, count, columns, scoresOf(node));
            swap();
          },
          addNodes: (order, above) => {
            const { program, slots } = planSlots(tree, order, above, columns === right);
            program.forEach((step, t) => {
              const at = (programAt >> 2) + t * 4;
              target.words.set(step, at);
              target.words[at + 3] = scoresOf(order[t]!);
            });
            const column = slots * (count + 1) * 2;
            const width = Math.max(8, Math.min(stride / 2, Math.floor(slotBytes / column)) & ~7);
            target.reserve(slotsAt + column * width);
            kernels.addNodes(table, stride, count, columns, slotsAt, width, programAt, order.length);
          },
        },
        (nodes) => watch?.spend((nodes * count * count) / 8),
      );
    },
  };
};
