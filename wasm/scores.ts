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

/** Added to a number below 2⁵¹ it leaves the nearest whole number in the low bits. */
const ROUND: f64 = 6755399441055744;

/**
 * Rounds a row of `columns` float32 numbers at X, a multiple of 4, times `unit` to 16 bits, and puts pair after pair
 * of columns `jump` bytes apart from OUT on.
 *
 * @returns The squares of what rounding moved, summed.
 */
export function pack(X: usize, OUT: usize, columns: i32, jump: usize, unit: f64): f64 {
  const units = f64x2.splat(unit);
  const round = f64x2.splat(ROUND);
  let low = f64x2.splat(0),
    high = low;
  const end = X + ((<usize>columns) << 2);
  for (; X < end; X += 16) {
    const x = v128.load(X);
    const a = f64x2.mul(f64x2.promote_low_f32x4(x), units);
    const b = f64x2.mul(
      f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
      units,
    );
    const s = f64x2.add(a, round);
    const t = f64x2.add(b, round);
    const moved = f64x2.sub(a, f64x2.sub(s, round));
    const also = f64x2.sub(b, f64x2.sub(t, round));
    low = f64x2.add(low, f64x2.mul(moved, moved));
    high = f64x2.add(high, f64x2.mul(also, also));
    // The low 32 bits of each sum, then the low 16 of each of those.
    const whole = i8x16.shuffle(s, t, 0, 1, 8, 9, 16, 17, 24, 25, 0, 1, 8, 9, 16, 17, 24, 25);
    v128.store32_lane(OUT, whole, 0);
    v128.store32_lane(OUT + jump, whole, 1);
    OUT += jump << 1;
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** How many of `length` scores at C lie above `high`; −1 when one lies in [low, high]. */
export function countAbove(C: usize, length: i32, low: f32, high: f32): i32 {
  const lows = f32x4.splat(low),
    highs = f32x4.splat(high);
  let above = i32x4.splat(0),
    near = above;
  const whole = C + ((<usize>(length & ~3)) << 2);
  const end = C + ((<usize>length) << 2);
  for (; C < whole; C += 16) {
    const score = v128.load(C);
    const over = f32x4.gt(score, highs);
    // A comparison that holds gives −1.
    above = i32x4.sub(above, over);
    near = v128.or(near, v128.andnot(f32x4.ge(score, lows), over));
  }
  if (v128.any_true(near)) return -1;
  let count =
    i32x4.extract_lane(above, 0) +
    i32x4.extract_lane(above, 1) +
    i32x4.extract_lane(above, 2) +
    i32x4.extract_lane(above, 3);
  for (; C < end; C += 4) {
    const score = load<f32>(C);
    if (score > high) count++;
    else if (score >= low) return -1;
  }
  return count;
}
