/** Rows are padded with zeros to this many bytes, which the kernel reads at once. */
const BLOCK = 16;

export const paddedColumns = (columns: number): number => Math.ceil(columns / BLOCK) * BLOCK;

/** Vectors to one byte a number: value ≈ scale of its row · code. */
export interface QuantizedRows {
  /** [rows, padded columns]. */
  readonly codes: Int8Array;
  /** [rows]. */
  readonly scales: Float32Array;
  /** [rows]: how far each row is from what its codes stand for, in Euclidean length; never less. */
  readonly errors: Float32Array;
}

/** @param vectors [rows, columns], row by row, finite. */
export const quantizeRows = (vectors: Float32Array, rows: number, columns: number): QuantizedRows => {
  const stride = paddedColumns(columns);
  const codes = new Int8Array(rows * stride);
  const scales = new Float32Array(rows);
  const errors = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = 0; i < columns; i++) largest = Math.max(largest, Math.abs(vectors[row * columns + i]!));
    scales[row] = largest / 127;
    const scale = scales[row]!;
    if (scale === 0) continue;
    let squares = 0;
    for (let i = 0; i < columns; i++) {
      const value = vectors[row * columns + i]!;
      const code = Math.max(-127, Math.min(127, Math.round(value / scale)));
      codes[row * stride + i] = code;
      squares += (value - scale * code) ** 2;
    }
    // Up by more than rounding to float32 can take away.
    errors[row] = Math.sqrt(squares) * (1 + 1e-6);
  }
  return { codes, scales, errors };
};

/** A query to 16 bits, so that its sum with any row of codes fits 32. */
export interface QuantizedQuery {
  /** [padded columns]. */
  readonly codes: Int16Array;
  readonly scale: number;
  readonly norm: number;
  /** As for rows. */
  readonly error: number;
}

export const quantizeQuery = (query: Float32Array): QuantizedQuery => {
  const limit = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * query.length)));
  let largest = 0;
  let norm = 0;
  for (const value of query) {
    largest = Math.max(largest, Math.abs(value));
    norm += value * value;
  }
  const scale = Math.fround(largest / limit);
  const codes = new Int16Array(paddedColumns(query.length));
  let squares = 0;
  query.forEach((value, i) => {
    codes[i] = scale === 0 ? 0 : Math.max(-limit, Math.min(limit, Math.round(value / scale)));
    squares += (value - scale * codes[i]!) ** 2;
  });
  return { codes, scale, norm: Math.sqrt(norm), error: Math.sqrt(squares) };
};
