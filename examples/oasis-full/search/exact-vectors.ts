import { readSync } from 'node:fs';

/** The vectors as the model gave them, read from their file row by row. */
export interface ExactVectors {
  /** Dot product with a row in float64, summed from the first column to the last. */
  score(query: Float32Array, row: number): number;
  /** A row, as a copy. */
  row(row: number): Float32Array;
}

/**
 * @param file Open for reading; rows of `columns` float32 values begin at byte `start`.
 *
 * Reads are synchronous: a search makes a hundred or so of one row each, which the system has in memory.
 */
export const exactVectors = (file: number, start: number, columns: number): ExactVectors => {
  const vector = new Float32Array(columns);
  const bytes = new Uint8Array(vector.buffer);
  const readRow = (row: number): void => {
    const read = readSync(file, bytes, 0, bytes.length, start + row * bytes.length);
    if (read !== bytes.length) throw new Error(`the index ends early, at vector ${row}`);
  };
  return {
    row: (row) => {
      readRow(row);
      return vector.slice();
    },
    score: (query, row) => {
      readRow(row);
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += query[i]! * vector[i]!;
      return sum;
    },
  };
};
