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

/** Σ (x − c)² over `columns` float32 numbers at X, a multiple of 4, and the center at C. */
export function squaredDistance(X: usize, C: usize, columns: i32): f64 {
  let low = f64x2.splat(0),
    high = low;
  const end = X + ((<usize>columns) << 2);
  for (; X < end; X += 16, C += 16) {
    const x = v128.load(X),
      c = v128.load(C);
    const a = f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(c));
    const b = f64x2.sub(f64x2.promote_low_f32x4(upper(x)), f64x2.promote_low_f32x4(upper(c)));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function upper(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** Added to a number below 2⁵¹ it leaves the nearest whole number in the low bits. */
const ROUND: f64 = 6755399441055744;

/**
 * Rounds a row of `columns` float32 numbers at X, a multiple of 4, less the center at C, times `unit` to 16 bits, and
 * puts pair after pair of columns `jump` bytes apart from OUT on.
 *
 * @returns The squares of what rounding moved, summed.
 */
export function pack(X: usize, C: usize, OUT: usize, columns: i32, jump: usize, unit: f64): f64 {
  const units = f64x2.splat(unit);
  const round = f64x2.splat(ROUND);
  let low = f64x2.splat(0),
    high = low;
  const end = X + ((<usize>columns) << 2);
  for (; X < end; X += 16, C += 16) {
    const x = v128.load(X),
      c = v128.load(C);
    const a = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(c)), units);
    const b = f64x2.mul(
      f64x2.sub(f64x2.promote_low_f32x4(upper(x)), f64x2.promote_low_f32x4(upper(c))),
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

/**
 * Tells `length` scores at C apart: those that lie above `level` by more than their margin, whose number is put at OUT,
 * and those within it, whose places are put behind. The margin of a document is slope · its scale at DS + slack.
 *
 * @returns How many lie within their margin.
 */
export function split(C: usize, DS: usize, length: i32, level: f32, slope: f32, slack: f32, OUT: usize): i32 {
  const levels = f32x4.splat(level),
    slopes = f32x4.splat(slope),
    slacks = f32x4.splat(slack);
  let sure = i32x4.splat(0);
  let above = 0;
  let near = OUT + 4;
  let i = 0;
  for (const whole = length & ~3; i < whole; i += 4, C += 16, DS += 16) {
    const lead = f32x4.sub(v128.load(C), levels);
    const margin = f32x4.add(f32x4.mul(v128.load(DS), slopes), slacks);
    const over = f32x4.gt(lead, margin);
    const close = v128.andnot(f32x4.ge(lead, f32x4.neg(margin)), over);
    // A comparison that holds gives −1.
    sure = i32x4.sub(sure, over);
    if (v128.any_true(close)) {
      for (let mask = i32x4.bitmask(close); mask !== 0; mask &= mask - 1) {
        store<i32>(near, i + ctz(mask));
        near += 4;
      }
    }
  }
  for (; i < length; i++, C += 4, DS += 4) {
    const lead = load<f32>(C) - level;
    const margin = load<f32>(DS) * slope + slack;
    if (lead > margin) above++;
    else if (lead >= -margin) {
      store<i32>(near, i);
      near += 4;
    }
  }
  above +=
    i32x4.extract_lane(sure, 0) +
    i32x4.extract_lane(sure, 1) +
    i32x4.extract_lane(sure, 2) +
    i32x4.extract_lane(sure, 3);
  store<i32>(OUT, above);
  return <i32>((near - OUT - 4) >> 2);
}

/**
 * Tells `length` scores at C apart, each a byte: those above 2, whose number is put at OUT, and those from −2 to 2, whose
 * places are put behind.
 *
 * @returns How many lie from −2 to 2.
 */
export function splitBytes(C: usize, length: i32, OUT: usize): i32 {
  const upper = i8x16.splat(2),
    lower = i8x16.splat(-3);
  let above = 0;
  let near = OUT + 4;
  let i = 0;
  for (const whole = length & ~15; i < whole; i += 16, C += 16) {
    const codes = v128.load(C);
    const over = i8x16.bitmask(i8x16.gt_s(codes, upper));
    above += popcnt(over);
    for (let mask = i8x16.bitmask(i8x16.gt_s(codes, lower)) ^ over; mask !== 0; mask &= mask - 1) {
      store<i32>(near, i + ctz(mask));
      near += 4;
    }
  }
  for (; i < length; i++, C++) {
    const code = <i32>load<i8>(C);
    if (code > 2) above++;
    else if (code > -3) {
      store<i32>(near, i);
      near += 4;
    }
  }
  store<i32>(OUT, above);
  return <i32>((near - OUT - 4) >> 2);
}

/**
 * Dot products in float64 of a query of `columns` numbers at Q with `panels` × 16 documents, into OUT; at D stand panels
 * of 16 documents, one column after another. Each is summed over the columns in order, two documents an instruction.
 */
export function exactScores(Q: usize, D: usize, OUT: usize, columns: i32, panels: i32): void {
  const end = Q + ((<usize>columns) << 3);
  for (let p = 0; p < panels; p++) {
    let s0 = f64x2.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0,
      s4 = s0,
      s5 = s0,
      s6 = s0,
      s7 = s0;
    for (let q = Q; q < end; q += 8, D += 128) {
      const x = v128.load64_splat(q);
      s0 = f64x2.add(s0, f64x2.mul(x, v128.load(D)));
      s1 = f64x2.add(s1, f64x2.mul(x, v128.load(D, 16)));
      s2 = f64x2.add(s2, f64x2.mul(x, v128.load(D, 32)));
      s3 = f64x2.add(s3, f64x2.mul(x, v128.load(D, 48)));
      s4 = f64x2.add(s4, f64x2.mul(x, v128.load(D, 64)));
      s5 = f64x2.add(s5, f64x2.mul(x, v128.load(D, 80)));
      s6 = f64x2.add(s6, f64x2.mul(x, v128.load(D, 96)));
      s7 = f64x2.add(s7, f64x2.mul(x, v128.load(D, 112)));
    }
    v128.store(OUT, s0);
    v128.store(OUT, s1, 16);
    v128.store(OUT, s2, 32);
    v128.store(OUT, s3, 48);
    v128.store(OUT, s4, 64);
    v128.store(OUT, s5, 80);
    v128.store(OUT, s6, 96);
    v128.store(OUT, s7, 112);
    OUT += 128;
  }
}
