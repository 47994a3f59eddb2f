/** Tables larger than this many cells are refused: 1 GiB of 32-bit numbers. */
export const maximumTableCells = 2 ** 28;

/** At least `length` long; contents are lost when it grows. */
export const growInt32 = (array: Int32Array, length: number): Int32Array =>
  array.length >= length
    ? array
    : new Int32Array(Math.max(length, Math.min(array.length * 2, maximumTableCells)));

/** At least `length` long; contents are lost when it grows. */
export const growFloat64 = (array: Float64Array, length: number): Float64Array =>
  array.length >= length
    ? array
    : new Float64Array(Math.max(length, Math.min(array.length * 2, maximumTableCells)));

/** Throws when the tables of two trees of these sizes would not fit. */
export const checkTable = (rows: number, columns: number): void => {
  if (rows * columns > maximumTableCells) {
    throw new RangeError(
      `a and b must need tables of at most ${maximumTableCells} cells after equal parts are set aside, ` +
        `received ${rows} × ${columns}`,
    );
  }
};
