/** Rows of numbers as whole numbers in [-127, 127] and a factor for each row: off by at most half the factor. */
export const quantizedRows = (
  data: Float32Array,
  rows: number,
): { readonly values: Int8Array; readonly scales: Float32Array } => {
  const values = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  const columns = rows === 0 ? 0 : data.length / rows;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = 0;
    for (let i = start; i < start + columns; i++) largest = Math.max(largest, Math.abs(data[i]!));
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = start; i < start + columns; i++)
      values[i] = Math.max(-127, Math.min(127, Math.round(data[i]! / scale)));
  }
  return { values, scales };
};

/** Multiplies each row by its factor, in place. */
export const scaleRows = (data: Float32Array, scales: Float32Array): void => {
  const columns = data.length / scales.length;
  for (let row = 0; row < scales.length; row++)
    for (let i = row * columns; i < (row + 1) * columns; i++) data[i]! *= scales[row]!;
};
