// Dot products of many queries with many documents in 16-bit integers: 4 queries × 8 documents at a time in registers,
// two columns an instruction.

/**
 * Scores of `groups` × 4 queries against `panels` × 8 documents, into rows of panels × 8 float32 at C.
 *
 * At Q stand groups of 4 queries, at D panels of 8 documents; in a group or panel, a pair of columns after another,
 * stand the two numbers of each row. A sum of products is multiplied by the scales of its document and of its query,
 * float32 at DS and QS.
 */
export function scores(
  Q: usize,
  D: usize,
  C: usize,
  QS: usize,
  DS: usize,
  groups: i32,
  panels: i32,
  pairs: i32,
): void {
  const stride: usize = (<usize>panels) << 5;
  const length: usize = (<usize>pairs) << 5;
  for (let p = 0; p < panels; p++) {
    let q = Q;
    let qs = QS;
    let c = C + ((<usize>p) << 5);
    const end = D + length;
    const scale0 = v128.load(DS),
      scale1 = v128.load(DS, 16);
    DS += 32;
    for (let g = 0; g < groups; g++) {
      let s00 = i32x4.splat(0),
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
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x0, y0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x0, y1));
        const x1 = v128.load32_splat(q, 4);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x1, y0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x1, y1));
        const x2 = v128.load32_splat(q, 8);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x2, y0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x2, y1));
        const x3 = v128.load32_splat(q, 12);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x3, y0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x3, y1));
      }
      put(c, s00, s01, scale0, scale1, qs);
      put(c + stride, s10, s11, scale0, scale1, qs + 4);
      put(c + 2 * stride, s20, s21, scale0, scale1, qs + 8);
      put(c + 3 * stride, s30, s31, scale0, scale1, qs + 12);
      c += 4 * stride;
      qs += 16;
    }
    D = end;
  }
}

function put(c: usize, a: v128, b: v128, scale0: v128, scale1: v128, qs: usize): void {
  const own = v128.load32_splat(qs);
  v128.store(c, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(a), scale0), own));
  v128.store(c, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(b), scale1), own), 16);
}
