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
  /** The mean row, rounded to float32, [columns]. */
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
  const reader = openRows(vectors);
  try {
    for (let first = 0; first < rows; first += ROWS_AT_A_TIME) {
      const { data, rows: count } = reader.read(first, Math.min(rows, first + ROWS_AT_A_TIME));
      for (let row = 0; row < count; row++) {
        let sum = 0;
        for (let t = 0, at = row * columns; t < columns; t++, at++) {
          const value = data[at]!;
          sum += value * value;
          sums[t]! += value;
        }
        if (!Number.isFinite(sum)) {
          const at = data.findIndex((value) => !Number.isFinite(value));
          const place = `${name} row ${first + Math.floor(at / columns)}, column ${at % columns}`;
          throw new RangeError(`${place} must be finite, received ${data[at]}`);
        }
        lengths[first + row] = Math.sqrt(sum);
      }
    }
  } finally {
    reader.close();
  }
  return { ...vectors, lengths, mean: Float32Array.from(sums, (sum) => sum / Math.max(rows, 1)) };
};
