/** Below this largest absolute value a row counts as zero, as it does on tensors. */
const ZERO_ROW = 1e-30;

/** In place: the rows of `x` get length 1, zero rows become zeros; 1/‖x‖, or 0 for a zero row, goes to `inverses` [rows]. */
export const normalizeRows = (x: Float32Array, columns: number, inverses: Float64Array): void => {
  for (let row = 0, at = 0; row < inverses.length; row++, at += columns) {
    const inverse = inverseLength(x, at, columns);
    inverses[row] = inverse;
    for (let j = at; j < at + columns; j++) x[j] = inverse === 0 ? 0 : x[j]! * inverse;
  }
};

/** 1/‖x‖ of the row that starts at `at`, 0 for a zero row. */
export const inverseLength = (x: Float32Array, at: number, columns: number): number => {
  let squares = 0;
  for (let j = at; j < at + columns; j++) squares += x[j]! * x[j]!;
  // The square of a float32 neither overflows nor vanishes in float64, so only short rows need a closer look.
  if (squares <= ZERO_ROW * ZERO_ROW * columns) {
    const isZero = x.subarray(at, at + columns).every((value) => Math.abs(value) <= ZERO_ROW);
    if (isZero) return 0;
  }
  return 1 / Math.sqrt(squares);
};

/** In place: the gradient in unit rows becomes that in the rows they were made of, dx = (dy − y ⟨dy, y⟩) / ‖x‖. */
export const throughNormalization = (
  dy: Float32Array,
  unit: Float32Array,
  inverses: Float64Array,
  columns: number,
): void => {
  for (let row = 0, at = 0; row < inverses.length; row++, at += columns) {
    let along = 0;
    for (let j = at; j < at + columns; j++) along += dy[j]! * unit[j]!;
    const inverse = inverses[row]!;
    for (let j = at; j < at + columns; j++) dy[j] = (dy[j]! - unit[j]! * along) * inverse;
  }
};
