import type { DenseMatrix } from '../../numerics/index.js';

/** A whole number that equal rows share; −0 is 0. */
const hashRow = (data: Float32Array, bits: Uint32Array, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (data[i] === 0 ? 0 : bits[i]!), 0x01000193);
  return hash;
};

/** For each row the first one with the same numbers, itself where there is none. O(rows·columns). */
export const firstEqualRows = ({ data, rows, columns }: DenseMatrix): Uint32Array => {
  const firsts = new Uint32Array(rows);
  const bits = new Uint32Array(data.buffer, data.byteOffset, rows * columns);
  const known = new Map<number, number[]>();
  const areEqual = (row: number, other: number): boolean => {
    for (let i = row * columns, j = other * columns, end = i + columns; i < end; i++, j++) {
      if (data[i] !== data[j]) return false;
    }
    return true;
  };
  for (let row = 0; row < rows; row++) {
    // Told at the first number that differs, without a hash.
    if (row > 0 && areEqual(row, row - 1)) {
      firsts[row] = firsts[row - 1]!;
      continue;
    }
    const from = row * columns;
    const hash = hashRow(data, bits, from, from + columns);
    const candidates = known.get(hash);
    const equal = candidates?.find((other) => areEqual(row, other));
    firsts[row] = equal ?? row;
    if (equal !== undefined) continue;
    if (candidates === undefined) known.set(hash, [row]);
    else candidates.push(row);
  }
  return firsts;
};

/** Whether all rows have the same numbers. Done at the first that differs. */
export const isOneRow = ({ data, rows, columns }: DenseMatrix): boolean => {
  for (let i = columns, end = rows * columns, t = 0; i < end; i++, t = t + 1 === columns ? 0 : t + 1) {
    if (data[i] !== data[t]) return false;
  }
  return true;
};
