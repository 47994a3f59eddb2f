import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numerics/index.js';
import {
  fusedAdamW,
  matMul,
  scatterRows,
  sumOfSquares,
  type WasmLayers,
  wasmLayers,
} from '../../src/numerics/tensors/index.js';
import { useBackend } from '../support/backends.js';
import { worstDifference } from '../support/evaluate.js';

const random = createRandom(3, 'layers');
const normal = (...shape: number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());

/** ⟨f(x), weights⟩ differentiated by central differences in float64. */
const slopes = (f: (x: Float64Array) => number, at: ArrayLike<number>): number[] =>
  Array.from(at, (value, i) => {
    const moved = (by: number) => f(Float64Array.from(at, (v, j) => (i === j ? value + by : v)));
    return (moved(1e-4) - moved(-1e-4)) / 2e-4;
  });

const erf = (x: number): number => {
  // The series converges for the arguments used here.
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const phi = (x: number) => (1 + erf(x / Math.SQRT2)) / 2;

describe('our kernels on the wasm backend', () => {
  let layers: WasmLayers;
  beforeAll(async () => {
    await useBackend('wasm');
    layers = wasmLayers()!;
  });

  it('come from a module without data that would land in the backend’s memory', async () => {
    const { readFileSync } = await import('node:fs');
    const committed = readFileSync(
      new URL('../../src/numerics/tensors/wasm-module.ts', import.meta.url),
      'utf8',
    );
    const bytes = Buffer.from(/'([^']{100,})'/.exec(committed)![1]!, 'base64');
    const sections: number[] = [];
    for (let at = 8; at < bytes.length; ) {
      sections.push(bytes[at++]!);
      let size = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        more = bytes[at]! > 127;
        size += (bytes[at++]! & 127) * 2 ** shift;
      }
      at += size;
    }
    // Types, imports, functions, perhaps globals, exports, code; 11 would be data, 8 a start function.
    expect(sections.filter((section) => ![1, 2, 3, 6, 7, 10].includes(section))).toEqual([]);
  });

  it.each([
    [1, 1, 1],
    [4, 8, 3],
    [5, 9, 2],
    [13, 7, 300],
    [131, 21, 257],
    [3, 530, 10],
  ])('multiply %i × %i over %i with every transposition', async (m, n, k) => {
    const [a, b] = [normal(m, k), normal(k, n)];
    const expected = new Float64Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let q = 0; q < k; q++) expected[i * n + j]! += a[i * k + q]! * b[q * n + j]!;
    for (const [ta, tb] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const product = tf.tidy(() => {
        const [x, y] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
        return matMul(ta ? tf.transpose(x) : x, tb ? tf.transpose(y) : y, ta, tb);
      });
      expect(worstDifference(await product.data(), expected)).toBeLessThan(1e-4);
      product.dispose();
    }
  });

  it('linear adds the bias, and sumRows is its gradient', async () => {
    const [x, w, b] = [normal(6, 5), normal(5, 7), normal(7)];
    const y = layers.linear(tf.tensor2d(x, [6, 5]), tf.tensor2d(w, [5, 7]), tf.tensor1d(b));
    const expected = Array.from({ length: 42 }, (_, cell) => {
      const [i, j] = [Math.floor(cell / 7), cell % 7];
      return x.subarray(i * 5, i * 5 + 5).reduce((sum, value, q) => sum + value * w[q * 7 + j]!, b[j]!);
    });
    expect(worstDifference(await y.data(), expected)).toBeLessThan(1e-5);
    const sums = await layers.sumRows(y).data();
    const columns = Array.from({ length: 7 }, (_, j) =>
      expected.reduce((sum, value, cell) => sum + (cell % 7 === j ? value : 0), 0),
    );
    expect(worstDifference(sums, columns)).toBeLessThan(1e-5);
  });

  it('gelu and its gradient follow the definition, tails included, and NaN stays NaN', async () => {
    const x = Float32Array.of(-4, -3, -1.5, -0.2, 0, 1e-4, 0.7, 2.5, 4, -30, 30);
    const y = await layers.gelu(tf.tensor1d(x)).data();
    const slope = await layers.geluGradient(tf.onesLike(tf.tensor1d(x)), tf.tensor1d(x)).data();
    x.forEach((value, i) => {
      const cdf = Math.abs(value) > 9 ? (value > 0 ? 1 : 0) : phi(value);
      const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
      expect(y[i]).toBeCloseTo(value * cdf, 6);
      expect(slope[i]).toBeCloseTo(cdf + value * density, 6);
    });
    const poisoned = await layers.gelu(tf.tensor1d([1, 2, Number.NaN, 4, Number.NaN])).data();
    expect(Array.from(poisoned, Number.isNaN)).toEqual([false, false, true, false, true]);
  });

  it.each([4, 7, 16])('layerNorm of rows of %i, and its gradients, follow the definition', async (width) => {
    const rows = 3;
    const [x, r, g, b, up] = [
      normal(rows, width),
      normal(rows, width),
      normal(width),
      normal(width),
      normal(rows, width),
    ];
    const f = (h: ArrayLike<number>, gain: ArrayLike<number>, bias: ArrayLike<number>) => {
      const out = new Float64Array(rows * width);
      for (let i = 0; i < rows; i++) {
        const row = Array.from({ length: width }, (_, j) => h[i * width + j]!);
        const mean = row.reduce((sum, v) => sum + v, 0) / width;
        const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
        row.forEach((v, j) => {
          out[i * width + j] = ((v - mean) / Math.sqrt(variance + 1e-5)) * gain[j]! + bias[j]!;
        });
      }
      return out;
    };
    const dot = (out: Float64Array) => out.reduce((sum, v, i) => sum + v * up[i]!, 0);
    const h = x.map((v, i) => v + r[i]!);
    const shape: [number, number] = [rows, width];
    const gain = tf.tensor1d(g);
    const result = layers.layerNorm(tf.tensor2d(x, shape), tf.tensor2d(r, shape), gain, tf.tensor1d(b), 1e-5);
    expect(worstDifference(await result.value.data(), f(h, g, b))).toBeLessThan(1e-5);
    const alone = layers.layerNorm(tf.tensor2d(h, shape), null, gain, tf.tensor1d(b), 1e-5);
    expect(worstDifference(await alone.value.data(), f(h, g, b))).toBeLessThan(1e-5);
    const { dx, dGain, dBias } = layers.layerNormGradient(
      tf.tensor2d(up, shape),
      result.normal,
      result.inverse,
      gain,
    );
    expect(
      worstDifference(
        await dx.data(),
        slopes((p) => dot(f(p, g, b)), h),
      ),
    ).toBeLessThan(1e-3);
    expect(
      worstDifference(
        await dGain.data(),
        slopes((p) => dot(f(h, p, b)), g),
      ),
    ).toBeLessThan(1e-3);
    expect(
      worstDifference(
        await dBias.data(),
        slopes((p) => dot(f(h, g, p)), b),
      ),
    ).toBeLessThan(1e-3);
  });

  it.each([
    { heads: 2, groups: 2, size: 3, causal: false },
    { heads: 4, groups: 2, size: 4, causal: true },
  ])('attention %o and its gradient follow the definition and skip padding', async (kind) => {
    const { heads, groups, size, causal } = kind;
    const length = 6;
    const lengths = [6, 3];
    const row = (heads + 2 * groups) * size;
    const x = normal(lengths.length * length, row);
    const up = normal(lengths.length * length, heads * size);
    const scale = 1 / Math.sqrt(size);
    const f = (p: ArrayLike<number>) => {
      const out = new Float64Array(lengths.length * length * heads * size);
      lengths.forEach((own, i) => {
        for (let h = 0; h < heads; h++) {
          const group = Math.floor(h / (heads / groups));
          const cell = (t: number, part: number, j: number) => p[(i * length + t) * row + part * size + j]!;
          for (let t = 0; t < own; t++) {
            const seen = causal ? t + 1 : own;
            const scores = Array.from({ length: seen }, (_, u) => {
              let sum = 0;
              for (let j = 0; j < size; j++) sum += cell(t, h, j) * cell(u, heads + group, j);
              return Math.exp(sum * scale);
            });
            const total = scores.reduce((sum, v) => sum + v, 0);
            for (let j = 0; j < size; j++)
              for (let u = 0; u < seen; u++)
                out[((i * length + t) * heads + h) * size + j]! +=
                  (scores[u]! / total) * cell(u, heads + groups + group, j);
          }
        }
      });
      return out;
    };
    const layout = { length, heads, groups, size, scale, causal };
    const input = tf.tensor2d(x, [lengths.length * length, row]);
    const { value, shares } = layers.attention(input, lengths, layout);
    expect(worstDifference(await value.data(), f(x))).toBeLessThan(1e-5);
    const dy = tf.tensor2d(up, [lengths.length * length, heads * size]);
    const gradient = layers.attentionGradient(dy, input, shares, lengths, layout);
    const expected = slopes((p) => f(p).reduce((sum, v, i) => sum + v * up[i]!, 0), x);
    expect(worstDifference(await gradient.data(), expected)).toBeLessThan(1e-3);
  });

  it('fusedAdamW follows the printed algorithm on any number of weights', async () => {
    for (const size of [1, 3, 4, 9]) {
      const [w, g, m, v] = [normal(size), normal(size), normal(size), normal(size).map(Math.abs)];
      const [first, second] = [tf.tensor1d(m), tf.tensor1d(v)];
      const step = { rate: 0.1, keep: 0.99, beta1: 0.9, beta2: 0.999, epsilon: 1e-3, gradientScale: 0.5 };
      const next = fusedAdamW(tf.tensor1d(w), tf.tensor1d(g), first, second, step)!;
      const mean = m.map((value, i) => 0.9 * value + 0.1 * 0.5 * g[i]!);
      const variance = v.map((value, i) => 0.999 * value + 0.001 * (0.5 * g[i]!) ** 2);
      expect(worstDifference(await first.data(), mean)).toBeLessThan(1e-6);
      expect(worstDifference(await second.data(), variance)).toBeLessThan(1e-6);
      const expected = w.map(
        (value, i) => 0.99 * value - (0.1 * mean[i]!) / (Math.sqrt(variance[i]!) + 1e-3),
      );
      expect(worstDifference(await next.data(), expected)).toBeLessThan(1e-5);
      expect(sumOfSquares(next)).toBeCloseTo(
        expected.reduce((sum, value) => sum + value * value, 0),
        4,
      );
    }
  });

  it('refuse an index out of range, which would write beside the tensor', () => {
    const indices = tf.tensor1d([0, 5], 'int32');
    expect(() => scatterRows(tf.ones([2, 3]), indices, 4)).toThrow(
      'indices[1] must be a row in [0, 4), received 5',
    );
  });

  it('are at hand on the wasm backend alone', async () => {
    await useBackend('cpu');
    expect(wasmLayers()).toBeNull();
    await useBackend('wasm');
    expect(wasmLayers()).not.toBeNull();
  });
});
