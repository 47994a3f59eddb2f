import { closeSync, openSync, readSync } from 'node:fs';
import type { DenseMatrix } from '../../numerics/index.js';

/** Vectors in a file: float32 rows one after another, in the byte order of the machine, nothing else. */
export interface VectorFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: number;
}

/** Vectors in memory or in a file. */
export type Vectors = DenseMatrix | VectorFile;

/** What is known of all rows. */
export interface Measured {
  readonly lengths: Float64Array;
  /** The mean of all rows, or of a sample where there are many, [columns]. */
  readonly mean: Float32Array;
}

/** Vectors with what is known of their rows, in a form that passes between threads. */
export type MeasuredVectors = Vectors & Measured;

/** A corpus with the points that its rows are near to, see `chooseCenters`. */
export type MeasuredCorpus = MeasuredVectors & { readonly centers: DenseMatrix };

/** Reads rows wherever they are. */
export interface VectorRows {
  /** Rows [start, end); valid until the next call. */
  read(start: number, end: number): DenseMatrix;
  close(): void;
}

export const openRows = (vectors: Vectors): VectorRows => {
  const { columns } = vectors;
  if (!('path' in vectors)) {
    const { data } = vectors;
    return {
      read: (start, end) => ({
        rows: end - start,
        columns,
        data: data.subarray(start * columns, end * columns),
      }),
      close() {},
    };
  }
  const file = openSync(vectors.path, 'r');
  let buffer = new Float32Array(0);
  return {
    read(start, end) {
      const length = (end - start) * columns;
      if (buffer.length < length) buffer = new Float32Array(length);
      const bytes = new Uint8Array(buffer.buffer, 0, 4 * length);
      let at = 0;
      while (at < bytes.length) {
        const got = readSync(file, bytes, at, bytes.length - at, 4 * start * columns + at);
        if (got === 0) {
          throw new RangeError(
            `${vectors.path} must hold ${vectors.rows} rows of ${columns} numbers, received fewer`,
          );
        }
        at += got;
      }
      return { rows: end - start, columns, data: buffer.subarray(0, length) };
    },
    close() {
      closeSync(file);
    },
  };
};

const ROWS_AT_A_TIME = 1024;

/** Rows that the mean is taken over, roughly, chosen by their numbers: it need not be exact. */
const ROWS_OF_MEAN = 4096;

/** Four sums, so that none waits for the one before it. */
const squaredLength = (data: Float32Array, from: number, to: number): number => {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = from;
  for (const last = to - 3; at < last; at += 4) {
    const w = data[at]!;
    const x = data[at + 1]!;
    const y = data[at + 2]!;
    const z = data[at + 3]!;
    a += w * w;
    b += x * x;
    c += y * y;
    d += z * z;
  }
  for (; at < to; at++) a += data[at]! * data[at]!;
  return a + b + (c + d);
};

/** Measures the rows and checks that all numbers are finite. */
export const measureVectors = <V extends Vectors>(vectors: V, name: string): V & Measured => {
  const { rows, columns } = vectors;
  if ('data' in vectors && vectors.data.length !== rows * columns) {
    throw new RangeError(
      `${name}.data must have length ${rows} × ${columns}, received ${vectors.data.length}`,
    );
  }
  // Shared where that is possible: threads then read the lengths that are here.
  const lengths =
    typeof SharedArrayBuffer === 'undefined'
      ? new Float64Array(rows)
      : new Float64Array(new SharedArrayBuffer(8 * rows));
  const sums = new Float64Array(columns);
  const share = Math.min(1, ROWS_OF_MEAN / rows);
  let summed = 0;
  const reader = openRows(vectors);
  try {
    for (let first = 0; first < rows; first += ROWS_AT_A_TIME) {
      const { data, rows: count } = reader.read(first, Math.min(rows, first + ROWS_AT_A_TIME));
      for (let row = 0; row < count; row++) {
        const at = row * columns;
        const sum = squaredLength(data, at, at + columns);
        if (share === 1 || Math.imul(first + row, 0x9e3779b1) >>> 0 < share * 2 ** 32) {
          for (let t = 0; t < columns; t++) sums[t]! += data[at + t]!;
          summed += 1;
        }
        if (!Number.isFinite(sum)) {
          const wrong = data.findIndex((value) => !Number.isFinite(value));
          const place = `${name} row ${first + Math.floor(wrong / columns)}, column ${wrong % columns}`;
          throw new RangeError(`${place} must be finite, received ${data[wrong]}`);
        }
        lengths[first + row] = Math.sqrt(sum);
      }
    }
  } finally {
    reader.close();
  }
  return { ...vectors, lengths, mean: Float32Array.from(sums, (sum) => sum / Math.max(summed, 1)) };
};
