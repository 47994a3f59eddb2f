// Dot products of many queries with many documents in float32: 4 queries × 8 documents at a time in registers, 256
// columns at a time so that their rows stay in the first cache.

/** One rounding instead of two where the machine has it: the caller's error bound covers both. */
function multiplyAdd(sum: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * Scores of `groups` × 4 queries against `panels` × 8 documents, into rows of panels × 8 at C.
 *
 * At Q and D lie blocks of 256 columns (the last one shorter), one after another. A block holds groups of 4 queries,
 * or panels of 8 documents; in a group or panel, column by column, stand the values of its rows.
 */
export function scores(Q: usize, D: usize, C: usize, groups: i32, panels: i32, columns: i32): void {
  const stride: usize = (<usize>panels) << 5;
  for (let start = 0; start < columns; start += 256) {
    const block: usize = <usize>min(256, columns - start);
    for (let p = 0; p < panels; p++) {
      let q = Q;
      let c = C + ((<usize>p) << 5);
      const end = D + (block << 5);
      for (let g = 0; g < groups; g++) {
        const c1 = c + stride,
          c2 = c1 + stride,
          c3 = c2 + stride;
        let s00 = f32x4.splat(0),
          s01 = s00,
          s10 = s00,
          s11 = s00,
          s20 = s00,
          s21 = s00,
          s30 = s00,
          s31 = s00;
        for (let d = D; d < end; d += 32, q += 16) {
          const y0 = v128.load(d),
            y1 = v128.load(d, 16);
          const x0 = v128.load32_splat(q);
          s00 = multiplyAdd(s00, x0, y0);
          s01 = multiplyAdd(s01, x0, y1);
          const x1 = v128.load32_splat(q, 4);
          s10 = multiplyAdd(s10, x1, y0);
          s11 = multiplyAdd(s11, x1, y1);
          const x2 = v128.load32_splat(q, 8);
          s20 = multiplyAdd(s20, x2, y0);
          s21 = multiplyAdd(s21, x2, y1);
          const x3 = v128.load32_splat(q, 12);
          s30 = multiplyAdd(s30, x3, y0);
          s31 = multiplyAdd(s31, x3, y1);
        }
        if (start > 0) {
          s00 = f32x4.add(s00, v128.load(c));
          s01 = f32x4.add(s01, v128.load(c, 16));
          s10 = f32x4.add(s10, v128.load(c1));
          s11 = f32x4.add(s11, v128.load(c1, 16));
          s20 = f32x4.add(s20, v128.load(c2));
          s21 = f32x4.add(s21, v128.load(c2, 16));
          s30 = f32x4.add(s30, v128.load(c3));
          s31 = f32x4.add(s31, v128.load(c3, 16));
        }
        v128.store(c, s00);
        v128.store(c, s01, 16);
        v128.store(c1, s10);
        v128.store(c1, s11, 16);
        v128.store(c2, s20);
        v128.store(c2, s21, 16);
        v128.store(c3, s30);
        v128.store(c3, s31, 16);
        c = c3 + stride;
      }
      D = end;
    }
    Q += (block * <usize>groups) << 4;
  }
}
