import type { DenseMatrix } from '../../numerics/index.js';

/**
 * One dot product, summed in float64 in the order of the columns: bit for bit what {@link dotProducts} gives.
 */
export const dotProduct = (a: DenseMatrix, row: number, b: DenseMatrix, other: number): number => {
  const columns = a.columns;
  let p = row * columns;
  let r = other * columns;
  let sum = 0;
  for (const end = p + columns; p < end; p++, r++) sum += a.data[p]! * b.data[r]!;
  return sum;
};

/**
 * The dot products of rows [aStart, aEnd) of `a` with rows [bStart, bEnd) of `b`, into `out` at
 * `(i − aStart)·stride + j − bStart`.
 *
 * Sixteen sums at a time stay in registers, so each number read is used four times. Every sum runs over the
 * columns in order in float64, whatever the tile, so equal rows get equal scores.
 */
export const dotProducts = (
  a: DenseMatrix,
  aStart: number,
  aEnd: number,
  b: DenseMatrix,
  bStart: number,
  bEnd: number,
  out: Float64Array,
  stride: number,
): void => {
  const A = a.data;
  const B = b.data;
  const D = a.columns;
  let i = aStart;
  for (; i + 4 <= aEnd; i += 4) {
    const a0 = i * D;
    const a1 = a0 + D;
    const a2 = a1 + D;
    const a3 = a2 + D;
    let j = bStart;
    for (; j + 4 <= bEnd; j += 4) {
      const b0 = j * D;
      const b1 = b0 + D;
      const b2 = b1 + D;
      const b3 = b2 + D;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      let s33 = 0;
      for (let t = 0; t < D; t++) {
        const y0 = B[b0 + t]!;
        const y1 = B[b1 + t]!;
        const y2 = B[b2 + t]!;
        const y3 = B[b3 + t]!;
        const x0 = A[a0 + t]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        const x1 = A[a1 + t]!;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
        const x2 = A[a2 + t]!;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
        s23 += x2 * y3;
        const x3 = A[a3 + t]!;
        s30 += x3 * y0;
        s31 += x3 * y1;
        s32 += x3 * y2;
        s33 += x3 * y3;
      }
      let o = (i - aStart) * stride + j - bStart;
      out[o] = s00;
      out[o + 1] = s01;
      out[o + 2] = s02;
      out[o + 3] = s03;
      o += stride;
      out[o] = s10;
      out[o + 1] = s11;
      out[o + 2] = s12;
      out[o + 3] = s13;
      o += stride;
      out[o] = s20;
      out[o + 1] = s21;
      out[o + 2] = s22;
      out[o + 3] = s23;
      o += stride;
      out[o] = s30;
      out[o + 1] = s31;
      out[o + 2] = s32;
      out[o + 3] = s33;
    }
    for (; j < bEnd; j++) {
      for (let u = 0; u < 4; u++) out[(i + u - aStart) * stride + j - bStart] = dotProduct(a, i + u, b, j);
    }
  }
  for (; i < aEnd; i++) {
    for (let j = bStart; j < bEnd; j++) out[(i - aStart) * stride + j - bStart] = dotProduct(a, i, b, j);
  }
};
