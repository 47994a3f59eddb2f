import { compileWasm, createWasmMemory, type WasmMemory } from '../../numerics/index.js';
import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import { createPlan, type KeyrootPlan, planKeyroots } from './keyroot-plan.js';
import { mirrorLo, type NodeRange } from './node-range.js';
import { simdModule } from './simd-module.js';
import { onRelease, retainedBytes } from './table-memory.js';

/** 16-bit numbers hold scores up to twice the smaller forest, and labels as they are. */
const maximumNodes = 16_000;
const maximumLabel = 0x7fff;
/** Address space, most of it never touched; beyond it the JavaScript kernel takes over. */
const maximumBytes = 2 ** 29;
/** About ten milliseconds. */
const cellsBetweenStops = 2 ** 25;
const pageBytes = 65_536;
const headerBytes = 256;

interface Kernel {
  readonly memory: WasmMemory;
  readonly run: (
    header: number,
    rowLo: number,
    rowHi: number,
    rowPlan: number,
    columnLo: number,
    columnHi: number,
    columnPlan: number,
    columnClasses: number,
    fromTable: number,
    toTable: number,
  ) => number;
  words: Int32Array;
}

const plans = { al: createPlan(), ar: createPlan(), bl: createPlan(), br: createPlan(), rows: createPlan() };
let instantiate: ReturnType<typeof compileWasm<{ readonly similarity: Kernel['run'] }>> | undefined;
let kernel: Kernel | null | undefined;

// The memory of an instance never shrinks: a large one is left to the garbage collector with its instance.
onRelease(() => {
  if (kernel !== undefined && kernel !== null && kernel.words.byteLength > retainedBytes) kernel = undefined;
});

/** Null where WebAssembly or its SIMD instructions are missing or forbidden. */
const loadKernel = (): Kernel | null => {
  try {
    instantiate ??= compileWasm(simdModule);
    const memory = createWasmMemory(4);
    return { memory, run: instantiate(memory).similarity, words: new Int32Array(memory.buffer) };
  } catch {
    return null;
  }
};

const align = (bytes: number): number => (bytes + 15) & ~15;

/**
 * The same score as `similarity`, eight columns at a time in WebAssembly; null where it cannot be had so: no
 * SIMD, too many nodes or labels for 16 bits, or no memory.
 *
 * The tables of all keyroots of one tree lie side by side, so that a row of the other tree is one long run over
 * them. A row holds the scores of its subtree against every column, which replaces the table of class pairs.
 */
export const simdSimilarity = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  watch: Watch | null = null,
): number | null => {
  if (kernel === undefined) kernel = loadKernel();
  if (kernel === null) return null;
  const aSize = ra.hi - ra.lo + 1;
  const bSize = rb.hi - rb.lo + 1;
  if (Math.min(aSize, bSize) > maximumNodes) return null;
  if ((a.distinctLabels.at(-1) ?? 0) > maximumLabel || (b.distinctLabels.at(-1) ?? 0) > maximumLabel)
    return null;

  const aRight = mirrorLo(a, ra);
  const bRight = mirrorLo(b, rb);
  planKeyroots(a.left, ra.lo, ra.hi, false, plans.al);
  planKeyroots(b.left, rb.lo, rb.hi, false, plans.bl);
  planKeyroots(a.right, aRight, aRight + aSize - 1, false, plans.ar);
  planKeyroots(b.right, bRight, bRight + bSize - 1, false, plans.br);
  const mirrored = plans.ar.rows * plans.br.rows < plans.al.rows * plans.bl.rows;
  const planA = mirrored ? plans.ar : plans.al;
  const planB = mirrored ? plans.br : plans.bl;
  // A table's columns end with half a block of padding on average.
  const swapped = planB.rows * (planA.rows + 4 * planA.count) < planA.rows * (planB.rows + 4 * planB.count);
  const sideA = mirrored ? a.right : a.left;
  const sideB = mirrored ? b.right : b.left;
  const rowTree = swapped ? sideB : sideA;
  const columnTree = swapped ? sideA : sideB;
  const columns = swapped ? planA : planB;
  const aLo = mirrored ? aRight : ra.lo;
  const bLo = mirrored ? bRight : rb.lo;
  const rowLo = swapped ? bLo : aLo;
  const rowSize = swapped ? bSize : aSize;
  const columnLo = swapped ? aLo : bLo;
  const columnSize = swapped ? aSize : bSize;
  planKeyroots(rowTree, rowLo, rowLo + rowSize - 1, true, plans.rows);

  const stride = align((columnSize + columns.rows + 8 * (columns.count + 3)) * 2);
  const bytes =
    headerBytes +
    (rowSize * 5 + columnSize * 5) * 4 +
    stride * 8 +
    columns.rows * 14 +
    columnTree.classCount * 4 +
    (rowTree.classCount + rowSize) * stride +
    1024;
  if (!reserve(kernel, bytes)) return null;

  const { words } = kernel;
  let slot = 0;
  let at = headerBytes;
  const put = (array: Int32Array, lo: number, count: number): void => {
    words.set(array.subarray(lo, lo + count), at >> 2);
    words[slot++] = at - lo * 4;
    at += count * 4;
  };
  const leave = (size: number): void => {
    at = align(at);
    words[slot++] = at;
    at += size;
  };
  put(rowTree.first, rowLo, rowSize);
  put(rowTree.labels, rowLo, rowSize);
  put(rowTree.classes, rowLo, rowSize);
  put(rowTree.parents, rowLo, rowSize);
  put(plans.rows.keyroots, 0, plans.rows.count);
  put(columnTree.first, columnLo, columnSize);
  put(columnTree.labels, columnLo, columnSize);
  put(columnTree.classes, columnLo, columnSize);
  put(columns.keyroots, 0, columns.count);
  for (let k = 0; k < 4; k++) leave(stride);
  leave(stride * 2);
  leave(stride);
  leave(columns.rows * 12);
  leave(columnTree.classCount * 4);
  leave(columns.rows * 2);
  leave(rowTree.classCount * stride);
  leave(rowSize * stride);
  words[slot++] = stride;
  words[slot] = headerBytes - 16;
  const { run } = kernel;
  const runTables = (from: number, to: number): number =>
    run(
      0,
      rowLo,
      rowLo + rowSize - 1,
      plans.rows.count,
      columnLo,
      columnLo + columnSize - 1,
      columns.count,
      columnTree.classCount,
      from,
      to,
    );
  if (watch === null) return runTables(0, plans.rows.count + 1);
  return runWatched(watch, rowTree, rowSize, plans.rows, columns.rows, runTables);
};

/** Runs the tables of the rows a few at a time, so that a limit of time is noticed. */
const runWatched = (
  watch: Watch,
  { first }: OrientedTree,
  rowSize: number,
  plan: KeyrootPlan,
  columns: number,
  runTables: (from: number, to: number) => number,
): number => {
  let from = 0;
  let cells = 0;
  for (let k = 0; k < plan.count; k++) {
    cells += (plan.keyroots[k]! - first[plan.keyroots[k]!]! + 1) * columns;
    if (cells < cellsBetweenStops) continue;
    runTables(from, k + 1);
    watch.spend(cells);
    from = k + 1;
    cells = 0;
  }
  watch.spend(cells);
  const score = runTables(from, plan.count + 1);
  watch.spend(rowSize * columns);
  return score;
};

const reserve = (target: Kernel, bytes: number): boolean => {
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
