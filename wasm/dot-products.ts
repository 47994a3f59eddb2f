/**
 * scores[i] = row i · query, for `count` rows of `columns` floats that lie one after another. Four rows at a time
 * share what is loaded of the query; each has four running sums, one a lane.
 */
export function dotProducts(query: usize, rows: usize, count: i32, columns: i32, scores: usize): void {
  const stride = (<usize>columns) << 2;
  const whole = (<usize>(columns & ~3)) << 2;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = rows + <usize>i * stride;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    let sa = f32x4.splat(0);
    let sb = f32x4.splat(0);
    let sc = f32x4.splat(0);
    let sd = f32x4.splat(0);
    for (let j: usize = 0; j < whole; j += 16) {
      const q = v128.load(query + j);
      sa = f32x4.add(sa, f32x4.mul(q, v128.load(a + j)));
      sb = f32x4.add(sb, f32x4.mul(q, v128.load(b + j)));
      sc = f32x4.add(sc, f32x4.mul(q, v128.load(c + j)));
      sd = f32x4.add(sd, f32x4.mul(q, v128.load(d + j)));
    }
    const out = scores + ((<usize>i) << 2);
    store<f32>(out, sum(sa) + rest(query, a, whole, stride));
    store<f32>(out, sum(sb) + rest(query, b, whole, stride), 4);
    store<f32>(out, sum(sc) + rest(query, c, whole, stride), 8);
    store<f32>(out, sum(sd) + rest(query, d, whole, stride), 12);
  }
  for (; i < count; i++) {
    const a = rows + <usize>i * stride;
    let sa = f32x4.splat(0);
    for (let j: usize = 0; j < whole; j += 16) {
      sa = f32x4.add(sa, f32x4.mul(v128.load(query + j), v128.load(a + j)));
    }
    store<f32>(scores + ((<usize>i) << 2), sum(sa) + rest(query, a, whole, stride));
  }
}

function sum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** What four lanes leave of a row. */
function rest(query: usize, row: usize, from: usize, to: usize): f32 {
  let total: f32 = 0;
  for (let j = from; j < to; j += 4) total += load<f32>(query + j) * load<f32>(row + j);
  return total;
}
