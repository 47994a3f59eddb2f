// Kernels on float32 tensors that lie in the memory of TensorFlow.js's WebAssembly backend. All pointers are bytes,
// all strides are in floats. Nothing here has data or a heap of its own: that memory belongs to the backend.

const KC: i32 = 256; // inner blocking: a panel of B is 8 KiB
const MC: i32 = 128; // rows of A packed at a time: 128 KiB
const NC: i32 = 512; // columns of B packed at a time: 512 KiB

/** Bytes of scratch that `gemm` needs. */
export function gemmScratch(): i32 {
  return (MC * KC + NC * KC + 32) * 4;
}

@inline
function at(p: usize, i: i32): usize {
  return p + ((<usize>i) << 2);
}

/** Four vectors as rows become four vectors as columns, one after another at `out`, `step` bytes apart. */
@inline
function storeTransposed(out: usize, step: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  v128.store(out + step, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  v128.store(out + 2 * step, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  v128.store(out + 3 * step, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}

/** `lanes` (4 or 8) lines of `length` items, side by side: item after item, a lane each; missing lines are 0. */
function pack(from: usize, line: i32, item: i32, lines: i32, length: i32, lanes: i32, to: usize): void {
  const step = (<usize>lanes) << 2;
  for (let start = 0; start < lines; start += lanes) {
    const whole = start + lanes <= lines;
    const base = at(from, start * line);
    if (whole && line == 1) {
      let source = base;
      for (let k = 0; k < length; k++) {
        v128.store(to, v128.load(source));
        if (lanes == 8) v128.store(to, v128.load(source, 16), 16);
        source = at(source, item);
        to += step;
      }
    } else if (whole && item == 1) {
      let k = 0;
      for (; k + 4 <= length; k += 4) {
        for (let lane = 0; lane < lanes; lane += 4) {
          const source = at(base, lane * line + k);
          const line1 = at(source, line);
          const line2 = at(line1, line);
          const line3 = at(line2, line);
          storeTransposed(
            to + ((<usize>lane) << 2),
            step,
            v128.load(source),
            v128.load(line1),
            v128.load(line2),
            v128.load(line3),
          );
        }
        to += 4 * step;
      }
      for (; k < length; k++) {
        for (let lane = 0; lane < lanes; lane++) {
          store<f32>(to + ((<usize>lane) << 2), load<f32>(at(base, lane * line + k)));
        }
        to += step;
      }
    } else {
      for (let k = 0; k < length; k++) {
        for (let lane = 0; lane < lanes; lane++) {
          const value: f32 = start + lane < lines ? load<f32>(at(base, lane * line + k * item)) : 0;
          store<f32>(to + ((<usize>lane) << 2), value);
        }
        to += step;
      }
    }
  }
}

/** A tile of 4 × 8: c = a · b, or c += a · b, from packed panels. */
function tile(a: usize, b: usize, length: i32, c: usize, ldc: i32, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const c1 = at(c, ldc);
  const c2 = at(c1, ldc);
  const c3 = at(c2, ldc);
  const end = a + ((<usize>length) << 4);
  for (; a < end; a += 16) {
    {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const a0 = v128.load_splat<f32>(a);
      c00 = f32x4.add(c00, f32x4.mul(a0, b0));
      c01 = f32x4.add(c01, f32x4.mul(a0, b1));
      const a1 = v128.load_splat<f32>(a, 4);
      c10 = f32x4.add(c10, f32x4.mul(a1, b0));
      c11 = f32x4.add(c11, f32x4.mul(a1, b1));
      const a2 = v128.load_splat<f32>(a, 8);
      c20 = f32x4.add(c20, f32x4.mul(a2, b0));
      c21 = f32x4.add(c21, f32x4.mul(a2, b1));
      const a3 = v128.load_splat<f32>(a, 12);
      c30 = f32x4.add(c30, f32x4.mul(a3, b0));
      c31 = f32x4.add(c31, f32x4.mul(a3, b1));
    }
    b += 32;
  }
  if (add) {
    c00 = f32x4.add(c00, v128.load(c));
    c01 = f32x4.add(c01, v128.load(c, 16));
    c10 = f32x4.add(c10, v128.load(c1));
    c11 = f32x4.add(c11, v128.load(c1, 16));
    c20 = f32x4.add(c20, v128.load(c2));
    c21 = f32x4.add(c21, v128.load(c2, 16));
    c30 = f32x4.add(c30, v128.load(c3));
    c31 = f32x4.add(c31, v128.load(c3, 16));
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
}

/** C [m, n] = A [m, k] · B [k, n], or C += A · B, with any strides of A and B: a transposition costs nothing. */
export function gemm(
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  c: usize,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  add: i32,
  scratch: usize,
): void {
  const packedA = scratch;
  const packedB = at(packedA, MC * KC);
  const edge = at(packedB, NC * KC);
  for (let j0 = 0; j0 < n; j0 += NC) {
    const columns = min(NC, n - j0);
    for (let k0 = 0; k0 < k; k0 += KC) {
      const length = min(KC, k - k0);
      const adds = k0 > 0 || add != 0;
      pack(at(b, k0 * bRow + j0 * bColumn), bColumn, bRow, columns, length, 8, packedB);
      for (let i0 = 0; i0 < m; i0 += MC) {
        const rows = min(MC, m - i0);
        pack(at(a, i0 * aRow + k0 * aColumn), aRow, aColumn, rows, length, 4, packedA);
        for (let j = 0; j < columns; j += 8) {
          const panelB = at(packedB, j * length);
          for (let i = 0; i < rows; i += 4) {
            const panelA = at(packedA, i * length);
            const target = at(c, (i0 + i) * ldc + j0 + j);
            if (i + 4 <= rows && j + 8 <= columns) {
              tile(panelA, panelB, length, target, ldc, adds);
              continue;
            }
            tile(panelA, panelB, length, edge, 8, false);
            const height = min(4, rows - i);
            const width = min(8, columns - j);
            for (let y = 0; y < height; y++) {
              for (let x = 0; x < width; x++) {
                const cell = at(target, y * ldc + x);
                const value = load<f32>(at(edge, y * 8 + x));
                store<f32>(cell, adds ? load<f32>(cell) + value : value);
              }
            }
          }
        }
      }
    }
  }
}

@inline
function total(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** eˣ by Cephes' polynomial, relative error below 2e-7; 0 under −87, and NaN stays NaN. */
@inline
function exponential(x: v128): v128 {
  // Of two orders of min and max, this one lets NaN through.
  const bounded = f32x4.min(f32x4.max(x, f32x4.splat(-87.3)), f32x4.splat(88.3));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const value = f32x4.mul(p, power);
  return v128.andnot(value, f32x4.lt(x, f32x4.splat(-87.3)));
}

/** y += bias, a row at a time. */
export function addBias(y: usize, bias: usize, rows: i32, width: i32): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= width; j += 4) {
      const p = at(y, j);
      v128.store(p, f32x4.add(v128.load(p), v128.load(at(bias, j))));
    }
    for (; j < width; j++) store<f32>(at(y, j), load<f32>(at(y, j)) + load<f32>(at(bias, j)));
    y = at(y, width);
  }
}

/** out [width] = Σ rows of x. */
export function sumRows(x: usize, out: usize, rows: i32, width: i32): void {
  memory.fill(out, 0, (<usize>width) << 2);
  for (let i = 0; i < rows; i++) {
    addBias(out, x, 1, width);
    x = at(x, width);
  }
}

/** Φ(x) and φ(x)·x of the standard normal: erf by Abramowitz and Stegun 7.1.26, absolute error below 2e-7. */
@inline
function normalTail(x: v128, density: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.70710678));
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.mul(z, f32x4.splat(0.3275911)), f32x4.splat(1)));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const half = f32x4.mul(f32x4.mul(f32x4.mul(p, t), density), f32x4.splat(0.5));
  const negative = f32x4.lt(x, f32x4.splat(0));
  return v128.bitselect(half, f32x4.sub(f32x4.splat(1), half), negative);
}

@inline
function geluOf(x: v128): v128 {
  const density = exponential(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  return f32x4.mul(x, normalTail(x, density));
}

@inline
function geluSlope(x: v128): v128 {
  const density = exponential(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  const part = f32x4.mul(f32x4.mul(x, density), f32x4.splat(0.39894228));
  return f32x4.add(normalTail(x, density), part);
}

/** y = x · Φ(x). Buffers are multiples of 16 bytes long; `size` counts floats. */
export function gelu(x: usize, y: usize, size: i32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) v128.store(at(y, i), geluOf(v128.load(at(x, i))));
  for (; i < size; i++) {
    store<f32>(at(y, i), f32x4.extract_lane(geluOf(v128.load_splat<f32>(at(x, i))), 0));
  }
}

export function geluGradient(x: usize, dy: usize, dx: usize, size: i32): void {
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    v128.store(at(dx, i), f32x4.mul(v128.load(at(dy, i)), geluSlope(v128.load(at(x, i)))));
  }
  for (; i < size; i++) {
    const slope = f32x4.extract_lane(geluSlope(v128.load_splat<f32>(at(x, i))), 0);
    store<f32>(at(dx, i), load<f32>(at(dy, i)) * slope);
  }
}

/**
 * normal = (h − mean) / √(variance + ε) a row, with h = x + residual, and y = normal · gain + bias; the reciprocal
 * deviations go to `inverses` [rows]. No residual is a pointer of 0.
 */
export function layerNorm(
  x: usize,
  residual: usize,
  gain: usize,
  bias: usize,
  normal: usize,
  y: usize,
  inverses: usize,
  rows: i32,
  width: i32,
  epsilon: f32,
): void {
  const whole = width & ~3;
  for (let i = 0; i < rows; i++) {
    let sums = f32x4.splat(0);
    let sum: f32 = 0;
    for (let j = 0; j < whole; j += 4) {
      let h = v128.load(at(x, j));
      if (residual != 0) h = f32x4.add(h, v128.load(at(residual, j)));
      v128.store(at(normal, j), h);
      sums = f32x4.add(sums, h);
    }
    for (let j = whole; j < width; j++) {
      let h = load<f32>(at(x, j));
      if (residual != 0) h += load<f32>(at(residual, j));
      store<f32>(at(normal, j), h);
      sum += h;
    }
    const mean: f32 = (total(sums) + sum) / <f32>width;
    const center = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    let square: f32 = 0;
    for (let j = 0; j < whole; j += 4) {
      const d = f32x4.sub(v128.load(at(normal, j)), center);
      v128.store(at(normal, j), d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    for (let j = whole; j < width; j++) {
      const d: f32 = load<f32>(at(normal, j)) - mean;
      store<f32>(at(normal, j), d);
      square += d * d;
    }
    const inverse: f32 = 1 / sqrt<f32>((total(squares) + square) / <f32>width + epsilon);
    const scale = f32x4.splat(inverse);
    for (let j = 0; j < whole; j += 4) {
      const value = f32x4.mul(v128.load(at(normal, j)), scale);
      v128.store(at(normal, j), value);
      v128.store(at(y, j), f32x4.add(f32x4.mul(value, v128.load(at(gain, j))), v128.load(at(bias, j))));
    }
    for (let j = whole; j < width; j++) {
      const value: f32 = load<f32>(at(normal, j)) * inverse;
      store<f32>(at(normal, j), value);
      store<f32>(at(y, j), value * load<f32>(at(gain, j)) + load<f32>(at(bias, j)));
    }
    store<f32>(inverses, inverse);
    inverses += 4;
    x = at(x, width);
    if (residual != 0) residual = at(residual, width);
    normal = at(normal, width);
    y = at(y, width);
  }
}

/** The gradient of h, and the sums over rows that are the gradients of gain and bias. */
export function layerNormGradient(
  normal: usize,
  gain: usize,
  inverses: usize,
  dy: usize,
  dh: usize,
  dGain: usize,
  dBias: usize,
  rows: i32,
  width: i32,
): void {
  const whole = width & ~3;
  memory.fill(dGain, 0, (<usize>width) << 2);
  memory.fill(dBias, 0, (<usize>width) << 2);
  for (let i = 0; i < rows; i++) {
    const inverse = load<f32>(inverses);
    let sums = f32x4.splat(0);
    let dots = f32x4.splat(0);
    for (let j = 0; j < whole; j += 4) {
      const up = v128.load(at(dy, j));
      const value = v128.load(at(normal, j));
      v128.store(at(dGain, j), f32x4.add(v128.load(at(dGain, j)), f32x4.mul(up, value)));
      v128.store(at(dBias, j), f32x4.add(v128.load(at(dBias, j)), up));
      const g = f32x4.mul(up, v128.load(at(gain, j)));
      sums = f32x4.add(sums, g);
      dots = f32x4.add(dots, f32x4.mul(g, value));
    }
    let sum = total(sums);
    let dot = total(dots);
    for (let j = whole; j < width; j++) {
      const up = load<f32>(at(dy, j));
      const value = load<f32>(at(normal, j));
      store<f32>(at(dGain, j), load<f32>(at(dGain, j)) + up * value);
      store<f32>(at(dBias, j), load<f32>(at(dBias, j)) + up);
      const g: f32 = up * load<f32>(at(gain, j));
      sum += g;
      dot += g * value;
    }
    sum /= <f32>width;
    dot /= <f32>width;
    const sumAll = f32x4.splat(sum);
    const dotAll = f32x4.splat(dot);
    const scale = f32x4.splat(inverse);
    for (let j = 0; j < whole; j += 4) {
      const g = f32x4.mul(v128.load(at(dy, j)), v128.load(at(gain, j)));
      const inner = f32x4.sub(f32x4.sub(g, sumAll), f32x4.mul(v128.load(at(normal, j)), dotAll));
      v128.store(at(dh, j), f32x4.mul(inner, scale));
    }
    for (let j = whole; j < width; j++) {
      const g: f32 = load<f32>(at(dy, j)) * load<f32>(at(gain, j));
      store<f32>(at(dh, j), (g - sum - load<f32>(at(normal, j)) * dot) * inverse);
    }
    inverses += 4;
    normal = at(normal, width);
    dy = at(dy, width);
    dh = at(dh, width);
  }
}

/** In place: a row of `width` becomes the softmax of scale · row over its first `length` columns, 0 beyond. */
function softmaxRow(x: usize, length: i32, width: i32, scale: f32): void {
  const whole = length & ~3;
  const factor = f32x4.splat(scale);
  let largest = f32x4.splat(-Infinity);
  let top: f32 = -Infinity;
  for (let j = 0; j < whole; j += 4) {
    const value = f32x4.mul(v128.load(at(x, j)), factor);
    v128.store(at(x, j), value);
    largest = f32x4.max(largest, value);
  }
  for (let j = whole; j < length; j++) {
    const value: f32 = load<f32>(at(x, j)) * scale;
    store<f32>(at(x, j), value);
    top = max(top, value);
  }
  top = max(top, max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)));
  top = max(top, max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
  const shift = f32x4.splat(top);
  let sums = f32x4.splat(0);
  for (let j = 0; j < whole; j += 4) {
    const value = exponential(f32x4.sub(v128.load(at(x, j)), shift));
    v128.store(at(x, j), value);
    sums = f32x4.add(sums, value);
  }
  let sum = total(sums);
  for (let j = whole; j < length; j++) {
    const value = f32x4.extract_lane(exponential(f32x4.splat(load<f32>(at(x, j)) - top)), 0);
    store<f32>(at(x, j), value);
    sum += value;
  }
  const inverse: f32 = 1 / sum;
  const share = f32x4.splat(inverse);
  for (let j = 0; j < whole; j += 4) v128.store(at(x, j), f32x4.mul(v128.load(at(x, j)), share));
  for (let j = whole; j < length; j++) store<f32>(at(x, j), load<f32>(at(x, j)) * inverse);
  for (let j = length; j < width; j++) store<f32>(at(x, j), 0);
}

/**
 * out = softmax(scale · Q Kᵀ) V, head by head. x [batch · length, (heads + 2 · groups) · size] holds queries, keys and
 * values side by side, out is [batch · length, heads · size]. Text i has lengths[i] tokens, the first ones; rows
 * beyond are 0. `causal` hides later tokens. The weights of attention go to `shares` [batch, heads, length, length].
 */
export function attention(
  x: usize,
  lengths: usize,
  out: usize,
  shares: usize,
  batch: i32,
  length: i32,
  heads: i32,
  groups: i32,
  size: i32,
  scale: f32,
  causal: i32,
  scratch: usize,
): void {
  const row = (heads + 2 * groups) * size;
  const outRow = heads * size;
  for (let i = 0; i < batch; i++) {
    const own = load<i32>(at(lengths, i));
    const text = at(x, i * length * row);
    for (let h = 0; h < heads; h++) {
      const group = h / (heads / groups);
      const q = at(text, h * size);
      const k = at(text, (heads + group) * size);
      const v = at(text, (heads + groups + group) * size);
      const o = at(out, i * length * outRow + h * size);
      const p = at(shares, (i * heads + h) * length * length);
      gemm(q, row, 1, k, 1, row, p, length, own, own, size, 0, scratch);
      for (let t = 0; t < own; t++) {
        softmaxRow(at(p, t * length), causal != 0 ? t + 1 : own, length, scale);
      }
      memory.fill(at(p, own * length), 0, (<usize>((length - own) * length)) << 2);
      gemm(p, length, 1, v, row, 1, o, outRow, own, size, own, 0, scratch);
      for (let t = own; t < length; t++) memory.fill(at(o, t * outRow), 0, (<usize>size) << 2);
    }
  }
}

/** The gradient of `attention` in x; `space` holds a [length, length] matrix. */
export function attentionGradient(
  x: usize,
  lengths: usize,
  shares: usize,
  dOut: usize,
  dx: usize,
  batch: i32,
  length: i32,
  heads: i32,
  groups: i32,
  size: i32,
  scale: f32,
  scratch: usize,
  space: usize,
): void {
  const row = (heads + 2 * groups) * size;
  const outRow = heads * size;
  const share = heads / groups;
  for (let i = 0; i < batch; i++) {
    const own = load<i32>(at(lengths, i));
    const text = i * length * row;
    memory.fill(at(dx, text + own * row), 0, (<usize>((length - own) * row)) << 2);
    for (let h = 0; h < heads; h++) {
      const group = h / share;
      const q = text + h * size;
      const k = text + (heads + group) * size;
      const v = text + (heads + groups + group) * size;
      const o = at(dOut, i * length * outRow + h * size);
      const p = at(shares, (i * heads + h) * length * length);
      const add = h % share > 0 ? 1 : 0;
      gemm(p, 1, length, o, outRow, 1, at(dx, v), row, own, size, own, add, scratch);
      gemm(o, outRow, 1, at(x, v), 1, row, space, length, own, own, size, 0, scratch);
      for (let t = 0; t < own; t++) {
        softmaxGradientRow(at(space, t * length), at(p, t * length), own, scale);
      }
      gemm(space, length, 1, at(x, k), row, 1, at(dx, q), row, own, size, own, 0, scratch);
      gemm(space, 1, length, at(x, q), row, 1, at(dx, k), row, own, size, own, add, scratch);
    }
  }
}

/** In place: d becomes p · (d − ⟨d, p⟩) · scale. */
function softmaxGradientRow(d: usize, p: usize, length: i32, scale: f32): void {
  const whole = length & ~3;
  let dots = f32x4.splat(0);
  for (let j = 0; j < whole; j += 4) {
    dots = f32x4.add(dots, f32x4.mul(v128.load(at(d, j)), v128.load(at(p, j))));
  }
  let dot = total(dots);
  for (let j = whole; j < length; j++) dot += load<f32>(at(d, j)) * load<f32>(at(p, j));
  const shift = f32x4.splat(dot);
  const factor = f32x4.splat(scale);
  for (let j = 0; j < whole; j += 4) {
    const inner = f32x4.sub(v128.load(at(d, j)), shift);
    v128.store(at(d, j), f32x4.mul(f32x4.mul(inner, v128.load(at(p, j))), factor));
  }
  for (let j = whole; j < length; j++) {
    store<f32>(at(d, j), (load<f32>(at(d, j)) - dot) * load<f32>(at(p, j)) * scale);
  }
}

/** Adds the four values to the two sums in double precision. */
@inline
function addDoubles(sums: v128, values: v128): v128 {
  const high = v128.shuffle<i32>(values, values, 2, 3, 2, 3);
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(values), f64x2.promote_low_f32x4(high)));
}

/**
 * In place: x becomes exp(z − largest) with z = power · (factor · x − bias), 0 where the mask is not. `sums` receives
 * largest, Σ exp(z − largest) and Σ x exp(z − largest) in double precision; where all is masked largest is −∞. No bias
 * is a pointer of 0. Buffers are multiples of 16 bytes long.
 */
export function shiftedExponentials(
  x: usize,
  mask: usize,
  bias: usize,
  length: i32,
  factor: f32,
  power: f32,
  sums: usize,
): void {
  const lowest = f32x4.splat(-Infinity);
  const lanes = i32x4(0, 1, 2, 3);
  const factors = f32x4.splat(factor);
  const powers = f32x4.splat(power);
  let most = lowest;
  for (let j = 0; j < length; j += 4) {
    let z = f32x4.mul(v128.load(at(x, j)), factors);
    if (bias != 0) z = f32x4.sub(z, v128.load(at(bias, j)));
    z = f32x4.mul(z, powers);
    let hidden = f32x4.ne(v128.load(at(mask, j)), f32x4.splat(0));
    hidden = v128.or(hidden, i32x4.ge_s(i32x4.add(lanes, i32x4.splat(j)), i32x4.splat(length)));
    most = f32x4.max(most, v128.bitselect(lowest, z, hidden));
  }
  const largest: f32 = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  const shift = f32x4.splat(largest);
  let sum = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let j = 0; j < length; j += 4) {
    const value = v128.load(at(x, j));
    let z = f32x4.mul(value, factors);
    if (bias != 0) z = f32x4.sub(z, v128.load(at(bias, j)));
    z = f32x4.mul(z, powers);
    let hidden = f32x4.ne(v128.load(at(mask, j)), f32x4.splat(0));
    hidden = v128.or(hidden, i32x4.ge_s(i32x4.add(lanes, i32x4.splat(j)), i32x4.splat(length)));
    const share = v128.andnot(exponential(f32x4.sub(z, shift)), hidden);
    sum = addDoubles(sum, share);
    weighted = addDoubles(weighted, f32x4.mul(share, v128.andnot(value, hidden)));
    if (j + 4 <= length) v128.store(at(x, j), share);
    else storePartial(at(x, j), share, length - j);
  }
  store<f64>(sums, largest);
  store<f64>(sums, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), 8);
  store<f64>(sums, f64x2.extract_lane(weighted, 0) + f64x2.extract_lane(weighted, 1), 16);
}

@inline
function highDoubles(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
}

/** Two pairs of doubles as four floats. */
@inline
function floats(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** In place: the rows of x get length 1, rows without an entry above 1e-30 become 0; 1/‖x‖, or 0, goes to `inverses`. */
export function unitRows(x: usize, inverses: usize, rows: i32, width: i32): void {
  const whole = width & ~3;
  for (let i = 0; i < rows; i++) {
    let sums = f64x2.splat(0);
    for (let j = 0; j < whole; j += 4) {
      const value = v128.load(at(x, j));
      const low = f64x2.promote_low_f32x4(value);
      const high = highDoubles(value);
      sums = f64x2.add(sums, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    }
    let squares: f64 = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let j = whole; j < width; j++) {
      const value: f64 = load<f32>(at(x, j));
      squares += value * value;
    }
    let isZero = squares <= 1e-60 * <f64>width;
    if (isZero) {
      for (let j = 0; j < width; j++) if (abs<f32>(load<f32>(at(x, j))) > 1e-30) isZero = false;
    }
    const inverse: f64 = isZero ? 0 : 1 / sqrt<f64>(squares);
    store<f64>(inverses, inverse);
    const factor = f64x2.splat(inverse);
    for (let j = 0; j < whole; j += 4) {
      const value = v128.load(at(x, j));
      const low = f64x2.mul(f64x2.promote_low_f32x4(value), factor);
      v128.store(at(x, j), floats(low, f64x2.mul(highDoubles(value), factor)));
    }
    for (let j = whole; j < width; j++) {
      store<f32>(at(x, j), <f32>(<f64>load<f32>(at(x, j)) * inverse));
    }
    inverses += 8;
    x = at(x, width);
  }
}

/** In place: dy becomes (dy − y ⟨dy, y⟩) / ‖x‖, row by row. */
export function unitRowsGradient(dy: usize, y: usize, inverses: usize, rows: i32, width: i32): void {
  const whole = width & ~3;
  for (let i = 0; i < rows; i++) {
    let sums = f64x2.splat(0);
    for (let j = 0; j < whole; j += 4) {
      sums = addDoubles(sums, f32x4.mul(v128.load(at(dy, j)), v128.load(at(y, j))));
    }
    let along: f64 = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let j = whole; j < width; j++) along += <f64>load<f32>(at(dy, j)) * <f64>load<f32>(at(y, j));
    const inverse = load<f64>(inverses);
    const shift = f64x2.splat(along);
    const factor = f64x2.splat(inverse);
    for (let j = 0; j < whole; j += 4) {
      const g = v128.load(at(dy, j));
      const u = v128.load(at(y, j));
      const low = f64x2.sub(f64x2.promote_low_f32x4(g), f64x2.mul(f64x2.promote_low_f32x4(u), shift));
      const high = f64x2.sub(highDoubles(g), f64x2.mul(highDoubles(u), shift));
      v128.store(at(dy, j), floats(f64x2.mul(low, factor), f64x2.mul(high, factor)));
    }
    for (let j = whole; j < width; j++) {
      const value: f64 = <f64>load<f32>(at(dy, j)) - <f64>load<f32>(at(y, j)) * along;
      store<f32>(at(dy, j), <f32>(value * inverse));
    }
    inverses += 8;
    dy = at(dy, width);
    y = at(y, width);
  }
}

/** y += factor · x */
export function addScaled(x: usize, y: usize, factor: f32, size: i32): void {
  const factors = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= size; j += 4) {
    v128.store(at(y, j), f32x4.add(v128.load(at(y, j)), f32x4.mul(v128.load(at(x, j)), factors)));
  }
  for (; j < size; j++) store<f32>(at(y, j), load<f32>(at(y, j)) + load<f32>(at(x, j)) * factor);
}

/** x ·= factor */
export function scale(x: usize, factor: f32, size: i32): void {
  const factors = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= size; j += 4) v128.store(at(x, j), f32x4.mul(v128.load(at(x, j)), factors));
  for (; j < size; j++) store<f32>(at(x, j), load<f32>(at(x, j)) * factor);
}

/** out [count, width] = rows of x by index. */
export function gather(x: usize, indices: usize, out: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < count; i++) {
    memory.copy(out, x + (<usize>load<u32>(at(indices, i))) * bytes, bytes);
    out += bytes;
  }
}

/** out [rows, width] = 0, then row indices[i] += updates[i]. */
export function scatter(
  updates: usize,
  indices: usize,
  out: usize,
  count: i32,
  rows: i32,
  width: i32,
): void {
  const bytes = (<usize>width) << 2;
  memory.fill(out, 0, (<usize>rows) * bytes);
  for (let i = 0; i < count; i++) {
    addBias(out + (<usize>load<u32>(at(indices, i))) * bytes, updates, 1, width);
    updates += bytes;
  }
}

/** Σ x², in double precision. */
export function sumOfSquares(x: usize, size: i32): f64 {
  let sum: f64 = 0;
  for (let start = 0; start < size; start += 4096) {
    const end = min(start + 4096, size);
    let part = f32x4.splat(0);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      const value = v128.load(at(x, i));
      part = f32x4.add(part, f32x4.mul(value, value));
    }
    sum += <f64>total(part);
    for (; i < end; i++) {
      const value = load<f32>(at(x, i));
      sum += <f64>(value * value);
    }
  }
  return sum;
}

/** One step of AdamW: moments in place, new weights to `next`. */
export function adamW(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  next: usize,
  size: i32,
  rate: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  gradientScale: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const c1 = f32x4.splat(1 - beta1);
  const c2 = f32x4.splat(1 - beta2);
  for (let i = 0; i < size; i += 4) {
    const one = i + 4 > size;
    // The last few: a lane each, by reading them once into a vector of zeros.
    const left = size - i;
    const g0 = one ? partial(at(gradient, i), left) : v128.load(at(gradient, i));
    const m0 = one ? partial(at(first, i), left) : v128.load(at(first, i));
    const v0 = one ? partial(at(second, i), left) : v128.load(at(second, i));
    const w0 = one ? partial(at(weights, i), left) : v128.load(at(weights, i));
    const g = f32x4.mul(g0, f32x4.splat(gradientScale));
    const m = f32x4.add(f32x4.mul(m0, b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v0, b2), f32x4.mul(f32x4.mul(g, g), c2));
    const direction = f32x4.div(m, f32x4.add(f32x4.sqrt(v), f32x4.splat(epsilon)));
    const w = f32x4.sub(f32x4.mul(w0, f32x4.splat(keep)), f32x4.mul(direction, f32x4.splat(rate)));
    if (one) {
      storePartial(at(first, i), m, left);
      storePartial(at(second, i), v, left);
      storePartial(at(next, i), w, left);
    } else {
      v128.store(at(first, i), m);
      v128.store(at(second, i), v);
      v128.store(at(next, i), w);
    }
  }
}

function partial(p: usize, left: i32): v128 {
  let value = f32x4.splat(0);
  value = f32x4.replace_lane(value, 0, load<f32>(p));
  if (left > 1) value = f32x4.replace_lane(value, 1, load<f32>(p, 4));
  if (left > 2) value = f32x4.replace_lane(value, 2, load<f32>(p, 8));
  return value;
}

function storePartial(p: usize, value: v128, left: i32): void {
  store<f32>(p, f32x4.extract_lane(value, 0));
  if (left > 1) store<f32>(p, f32x4.extract_lane(value, 1), 4);
  if (left > 2) store<f32>(p, f32x4.extract_lane(value, 2), 8);
}
