import { normalizeRows, throughNormalization } from './normalized-rows.js';
import { type GemmKernel, instantiateTensorModule } from './tensors/tensor-module.js';
import { createWasmMemory, type WasmMemory } from './web-assembly.js';

/** C [m, n] = A · B, or += with `add`: element (i, j) of a factor lies at i · row + j · column, C is dense. */
export interface DenseProduct {
  readonly a: Float32Array;
  readonly aRow: number;
  readonly aColumn: number;
  readonly b: Float32Array;
  readonly bRow: number;
  readonly bColumn: number;
  readonly c: Float32Array;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly add: boolean;
}

/** Sums over a row of exponentials e_j = exp(z_j − largest). */
export interface ExponentialSums {
  /** The largest z, −∞ where all is masked. */
  readonly largest: number;
  /** Σ e_j */
  readonly sum: number;
  /** Σ x_j e_j */
  readonly weighted: number;
}

/** Dense arithmetic on typed arrays, by WebAssembly where the machine has it with SIMD instructions. */
export interface DenseMemory {
  /** Arrays to compute with, zeros; those of the last call lose their meaning. All of a computation at once. */
  allocate(lengths: readonly number[]): Float32Array[];
  /** On arrays from `allocate`, or parts of them. */
  product(product: DenseProduct): void;
  /**
   * In place: x becomes exp(z − largest) with z = power · (factor · x − bias), 0 where `mask` is not 0.
   *
   * On arrays from `allocate`, or parts of them.
   */
  exponentials(
    x: Float32Array,
    mask: Float32Array,
    bias: Float32Array | null,
    factor: number,
    power: number,
  ): ExponentialSums;
  /** In place, on [inverses.length, columns]: rows get length 1; 1/‖x‖, or 0 for a zero row, goes to `inverses`. */
  normalizeRows(x: Float32Array, columns: number, inverses: Float64Array): void;
  /** In place: a gradient in rows of length 1 becomes that in the rows they were made of. */
  throughNormalization(dy: Float32Array, unit: Float32Array, inverses: Float64Array, columns: number): void;
  /** to += factor · from */
  addScaled(from: Float32Array, to: Float32Array, factor: number): void;
  /** x ·= factor */
  scale(x: Float32Array, factor: number): void;
}

/** An array of `allocate` with room for doubles, as doubles. */
export const asDoubles = (array: Float32Array): Float64Array =>
  new Float64Array(array.buffer as ArrayBuffer, array.byteOffset, array.length >> 1);

interface DenseExports extends GemmKernel {
  shiftedExponentials(
    x: number,
    mask: number,
    bias: number,
    length: number,
    factor: number,
    power: number,
    sums: number,
  ): void;
  unitRows(x: number, inverses: number, rows: number, width: number): void;
  unitRowsGradient(dy: number, y: number, inverses: number, rows: number, width: number): void;
  addScaled(x: number, y: number, factor: number, size: number): void;
  scale(x: number, factor: number, size: number): void;
}

const PAGE_BYTES = 65_536;
/** A memory cannot shrink, so one that grew beyond this is not kept for the next computation. */
const KEPT_BYTES = 64 << 20;
/** The kernels read up to three floats beyond the end of an array. */
const PADDING = 4;

const wholeVectors = (length: number): number => (length + PADDING + 3) & ~3;

const inWebAssembly = (): DenseMemory => {
  const memory: WasmMemory = createWasmMemory(1);
  const run = instantiateTensorModule<DenseExports>(memory);
  const sums = 16;
  const scratch = 64;
  const start = (scratch + run.gemmScratch() + 15) & ~15;
  return {
    allocate(lengths) {
      const bytes = start + lengths.reduce((sum, length) => sum + 4 * wholeVectors(length), 0);
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing > 0) memory.grow(missing);
      if (bytes > KEPT_BYTES) kept = undefined;
      let at = start;
      return lengths.map((length) => {
        const array = new Float32Array(memory.buffer, at, length);
        at += 4 * wholeVectors(length);
        return array.fill(0);
      });
    },
    product({ a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, add }) {
      run.gemm(
        a.byteOffset,
        aRow,
        aColumn,
        b.byteOffset,
        bRow,
        bColumn,
        c.byteOffset,
        n,
        m,
        n,
        k,
        add ? 1 : 0,
        scratch,
      );
    },
    exponentials(x, mask, bias, factor, power) {
      run.shiftedExponentials(
        x.byteOffset,
        mask.byteOffset,
        bias?.byteOffset ?? 0,
        x.length,
        factor,
        power,
        sums,
      );
      const [largest, sum, weighted] = new Float64Array(memory.buffer, sums, 3);
      return { largest: largest!, sum: sum!, weighted: weighted! };
    },
    normalizeRows: (x, columns, inverses) =>
      run.unitRows(x.byteOffset, inverses.byteOffset, inverses.length, columns),
    throughNormalization: (dy, unit, inverses, columns) =>
      run.unitRowsGradient(dy.byteOffset, unit.byteOffset, inverses.byteOffset, inverses.length, columns),
    addScaled: (from, to, factor) => run.addScaled(from.byteOffset, to.byteOffset, factor, from.length),
    scale: (x, factor) => run.scale(x.byteOffset, factor, x.length),
  };
};

/** The same by plain loops in float64. */
export const plainDenseMemory: DenseMemory = {
  allocate: (lengths) => lengths.map((length) => new Float32Array(length)),
  product({ a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, add }) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = add ? c[i * n + j]! : 0;
        for (let p = 0; p < k; p++) sum += a[i * aRow + p * aColumn]! * b[p * bRow + j * bColumn]!;
        c[i * n + j] = sum;
      }
    }
  },
  exponentials(x, mask, bias, factor, power) {
    const logit = (j: number): number => power * (factor * x[j]! - (bias?.[j] ?? 0));
    let largest = -Infinity;
    for (let j = 0; j < x.length; j++) if (mask[j] === 0) largest = Math.max(largest, logit(j));
    let [sum, weighted] = [0, 0];
    for (let j = 0; j < x.length; j++) {
      const share = mask[j] === 0 ? Math.exp(logit(j) - largest) : 0;
      sum += share;
      weighted += mask[j] === 0 ? share * x[j]! : 0;
      x[j] = share;
    }
    return { largest, sum, weighted };
  },
  normalizeRows,
  throughNormalization,
  addScaled(from, to, factor) {
    for (let j = 0; j < from.length; j++) to[j]! += factor * from[j]!;
  },
  scale(x, factor) {
    for (let j = 0; j < x.length; j++) x[j]! *= factor;
  },
};

let kept: DenseMemory | undefined;

/** The memory that computations share, one after another; plain loops where WebAssembly is missing or forbidden. */
export const denseMemory = (): DenseMemory => {
  if (kept !== undefined) return kept;
  try {
    kept = inWebAssembly();
  } catch {
    kept = plainDenseMemory;
  }
  return kept;
};
