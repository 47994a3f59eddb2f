/** A sparse matrix by rows: row i owns entries offsets[i] to offsets[i + 1]. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** A row-major matrix in float64: the range finder's own precision. */
export interface TallMatrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** A · X, [rows, k]. Time O(entries · k). */
export const multiplySparse = (a: SparseMatrix, x: TallMatrix): TallMatrix => {
  const k = x.columns;
  const data = new Float64Array(a.rows * k);
  for (let i = 0; i < a.rows; i++) {
    const target = i * k;
    for (let entry = a.offsets[i]!; entry < a.offsets[i + 1]!; entry++) {
      const value = a.values[entry]!;
      const source = a.indices[entry]! * k;
      for (let j = 0; j < k; j++) data[target + j] = data[target + j]! + value * x.data[source + j]!;
    }
  }
  return { data, rows: a.rows, columns: k };
};

/** Aᵀ · X, [columns, k]. Time O(entries · k). */
export const multiplyTransposed = (a: SparseMatrix, x: TallMatrix): TallMatrix => {
  const k = x.columns;
  const data = new Float64Array(a.columns * k);
  for (let i = 0; i < a.rows; i++) {
    const source = i * k;
    for (let entry = a.offsets[i]!; entry < a.offsets[i + 1]!; entry++) {
      const value = a.values[entry]!;
      const target = a.indices[entry]! * k;
      for (let j = 0; j < k; j++) data[target + j] = data[target + j]! + value * x.data[source + j]!;
    }
  }
  return { data, rows: a.columns, columns: k };
};
