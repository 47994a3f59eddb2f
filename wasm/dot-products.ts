/**
 * scores[i] = scale · scales[i] · (row i · query), for `count` rows of `columns` signed bytes that lie one after
 * another and a query of as many 16-bit numbers; `columns` is a multiple of 16. The sum must fit 32 bits.
 *
 * Four rows at a time share what is loaded of the query; each has four running sums, one a lane.
 */
export function dotProducts(
  query: usize,
  rows: usize,
  count: i32,
  columns: i32,
  scale: f32,
  scales: usize,
  scores: usize,
): void {
  const stride = <usize>columns;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = rows + <usize>i * stride;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    let sa = i32x4.splat(0);
    let sb = i32x4.splat(0);
    let sc = i32x4.splat(0);
    let sd = i32x4.splat(0);
    for (let j: usize = 0; j < stride; j += 16) {
      const low = v128.load(query + (j << 1));
      const high = v128.load(query + (j << 1), 16);
      sa = step(sa, v128.load(a + j), low, high);
      sb = step(sb, v128.load(b + j), low, high);
      sc = step(sc, v128.load(c + j), low, high);
      sd = step(sd, v128.load(d + j), low, high);
    }
    const at = (<usize>i) << 2;
    store<f32>(scores + at, scale * load<f32>(scales + at) * <f32>sum(sa));
    store<f32>(scores + at, scale * load<f32>(scales + at, 4) * <f32>sum(sb), 4);
    store<f32>(scores + at, scale * load<f32>(scales + at, 8) * <f32>sum(sc), 8);
    store<f32>(scores + at, scale * load<f32>(scales + at, 12) * <f32>sum(sd), 12);
  }
  for (; i < count; i++) {
    const a = rows + <usize>i * stride;
    let sa = i32x4.splat(0);
    for (let j: usize = 0; j < stride; j += 16) {
      sa = step(sa, v128.load(a + j), v128.load(query + (j << 1)), v128.load(query + (j << 1), 16));
    }
    const at = (<usize>i) << 2;
    store<f32>(scores + at, scale * load<f32>(scales + at) * <f32>sum(sa));
  }
}

function step(total: v128, row: v128, low: v128, high: v128): v128 {
  return i32x4.add(
    total,
    i32x4.add(
      i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(row), low),
      i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(row), high),
    ),
  );
}

function sum(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}
