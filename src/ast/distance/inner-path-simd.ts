import { compileWasm, createWasmMemory, type WasmMemory } from '../../numerics/index.js';
import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { type InnerPath, readColumns, type ScoreSteps, sidesFrom, walkPath } from './inner-path-kernel.js';
import { innerPathModule } from './inner-path-module.js';
import type { NodeRange } from './node-range.js';
import { onRelease, retainedBytes } from './table-memory.js';

/** 16-bit numbers hold scores up to twice the smaller tree. */
const maximumNodes = 16_000;
/** Address space, most of it never touched; beyond it the JavaScript kernel takes over. */
const maximumBytes = 2 ** 29;
const pageBytes = 65_536;
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

interface Instance {
  readonly memory: WasmMemory;
  readonly kernels: Kernels;
  words: Int32Array;
}

let instantiate: ReturnType<typeof compileWasm<Kernels>> | undefined;
let instance: Instance | null | undefined;

// The memory of an instance never shrinks: a large one is left to the garbage collector with its instance.
onRelease(() => {
  if (instance !== undefined && instance !== null && instance.words.byteLength > retainedBytes) {
    instance = undefined;
  }
});

/** Null where WebAssembly or its SIMD instructions are missing or forbidden. */
const load = (): Instance | null => {
  try {
    instantiate ??= compileWasm(innerPathModule);
    const memory = createWasmMemory(4);
    return { memory, kernels: instantiate(memory), words: new Int32Array(memory.buffer) };
  } catch {
    return null;
  }
};

const reserve = (target: Instance, bytes: number): boolean => {
  const missing = bytes - target.words.byteLength;
  if (missing <= 0) return true;
  if (bytes > maximumBytes) return false;
  try {
    target.memory.grow(Math.ceil(missing / pageBytes));
  } catch {
    return false;
  }
  target.words = new Int32Array(target.memory.buffer);
  return true;
};

const align = (bytes: number): number => (bytes + 15) & ~15;
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
  if (instance === undefined) instance = load();
  if (instance === null) return null;
  const target = instance;
  const columnsAt = align(scoresAt + cells * 4);
  const tableBytes = (size + 2) * strideOf(size);
  const programAt = columnsAt + 2 * size * 16;
  const tablesAt = align(programAt + size * 16);
  const slotsAt = tablesAt + 2 * tableBytes;
  if (!reserve(target, slotsAt + slotBytes + pageBytes)) return null;
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
      const swap = () => {
        [table, spare] = [spare, table];
      };
      let isTurned = false;
      const addRoot = (node: number) => {
        const columns = isTurned ? right : left;
        kernels.addRoot(table, stride, count, columns, scoresOf(node), tree.labels[node]!);
      };
      const { leaf, steps } = walkPath(path);
      addRoot(leaf);
      for (const { above, before, after } of steps) {
        for (const side of sidesFrom(isTurned)) {
          const order = side ? after : before;
          if (order.length === 0) continue;
          if (isTurned !== side) {
            kernels.turnOver(table, spare, stride, count);
            swap();
            isTurned = side;
          }
          const columns = isTurned ? right : left;
          if (order.length === 1) {
            kernels.addLeaf(table, spare, stride, count, columns, scoresOf(order[0]!));
            swap();
            continue;
          }
          const { program, slots } = planSlots(tree, order, above, side);
          program.forEach((step, t) => {
            const at = (programAt >> 2) + t * 4;
            target.words.set(step, at);
            target.words[at + 3] = scoresOf(order[t]!);
          });
          const column = slots * (count + 1) * 2;
          const width = Math.max(8, Math.min(stride / 2, Math.floor(slotBytes / column)) & ~7);
          if (!reserve(target, slotsAt + column * width + pageBytes)) {
            throw new RangeError(
              `a and b must need less memory, received trees that take ${column * width} bytes more`,
            );
          }
          kernels.addNodes(table, stride, count, columns, slotsAt, width, programAt, order.length);
        }
        addRoot(above);
        watch?.spend(((before.length + after.length + 1) * count * count) / 8);
      }
    },
  };
};

/**
 * For each node in order where the table before it stands, where the one before its subtree does, and where its own
 * goes: in place, but for leaves and where a node further on still needs what was before. Tables start in slot 0.
 */
const planSlots = (
  tree: OrientedTree,
  order: readonly number[],
  above: number,
  mirrored: boolean,
): { readonly program: readonly (readonly [number, number, number])[]; readonly slots: number } => {
  const free: number[] = [];
  /** Tables that wait for the last node of those whose subtrees start there. */
  const waiting: number[] = [];
  let slots = 1;
  let current = 0;
  const program = order.map((node): [number, number, number] => {
    const parent = tree.parents[node]!;
    const goesOn =
      parent !== above && (mirrored ? tree.first[parent] === tree.first[node] : parent === node + 1);
    if (tree.first[node] !== node) {
      const base = waiting.at(-1)!;
      if (!goesOn) {
        waiting.pop();
        free.push(base);
      }
      return [current, base, current];
    }
    const previous = current;
    current = free.pop() ?? slots++;
    if (goesOn) waiting.push(previous);
    else free.push(previous);
    return [previous, previous, current];
  });
  return { program, slots };
};
