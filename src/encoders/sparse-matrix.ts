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

/** Adds value · (row of `source`) to (row of `target`), four rows of the source at a time. */
const addRows = (
  target: Float64Array,
  targetStart: number,
  source: Float64Array,
  { indices, values }: SparseMatrix,
  start: number,
  end: number,
  k: number,
) => {
  let e = start;
  for (; e + 4 <= end; e += 4) {
    const [a, b, c, d] = [indices[e]! * k, indices[e + 1]! * k, indices[e + 2]! * k, indices[e + 3]! * k];
    const [va, vb, vc, vd] = [values[e]!, values[e + 1]!, values[e + 2]!, values[e + 3]!];
    for (let j = 0; j < k; j++) {
      target[targetStart + j] =
        target[targetStart + j]! +
        va * source[a + j]! +
        vb * source[b + j]! +
        vc * source[c + j]! +
        vd * source[d + j]!;
    }
  }
  for (; e < end; e++) {
    const a = indices[e]! * k;
    const value = values[e]!;
    for (let j = 0; j < k; j++) target[targetStart + j] = target[targetStart + j]! + value * source[a + j]!;
  }
};

/** A · X, [rows, k]. Time O(entries · k). */
export const multiplySparse = (a: SparseMatrix, x: TallMatrix): TallMatrix => {
  const k = x.columns;
  const data = new Float64Array(a.rows * k);
  for (let i = 0; i < a.rows; i++) addRows(data, i * k, x.data, a, a.offsets[i]!, a.offsets[i + 1]!, k);
  return { data, rows: a.rows, columns: k };
};

/** Aᵀ, by counting sort. Time O(entries + columns). */
export const transposeSparse = (a: SparseMatrix): SparseMatrix => {
  const offsets = new Uint32Array(a.columns + 1);
  for (const column of a.indices) offsets[column + 1] = offsets[column + 1]! + 1;
  for (let j = 0; j < a.columns; j++) offsets[j + 1] = offsets[j + 1]! + offsets[j]!;
  const next = offsets.slice();
  const indices = new Uint32Array(a.indices.length);
  const values = new Float32Array(a.values.length);
  for (let i = 0; i < a.rows; i++) {
    for (let e = a.offsets[i]!; e < a.offsets[i + 1]!; e++) {
      const place = next[a.indices[e]!]!;
      next[a.indices[e]!] = place + 1;
      indices[place] = i;
      values[place] = a.values[e]!;
    }
  }
  return { rows: a.columns, columns: a.rows, offsets, indices, values };
};
