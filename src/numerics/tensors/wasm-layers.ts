import * as tf from '@tensorflow/tfjs';
import { wasmProduct } from './mat-mul.js';
import { type WasmKernels, wasmKernels } from './wasm-kernels.js';

/** The layers of a transformer as single kernels; not differentiable: for use inside tf.customGrad. */
export interface WasmLayers {
  /** x · weight + bias: [N, I] · [I, O] + [O]. */
  linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D;
  /** [N, M] → [M] */
  sumRows(x: tf.Tensor2D): tf.Tensor1D;
  /** x · Φ(x), elementwise. */
  gelu<T extends tf.Tensor>(x: T): T;
  geluGradient<T extends tf.Tensor>(dy: T, x: T): T;
  /** Normalizes the rows of x + residual; `normal` and `inverse` [N, 1] are what the gradient needs. */
  layerNorm(
    x: tf.Tensor2D,
    residual: tf.Tensor2D | null,
    gain: tf.Tensor1D,
    bias: tf.Tensor1D,
    epsilon: number,
  ): { readonly value: tf.Tensor2D; readonly normal: tf.Tensor2D; readonly inverse: tf.Tensor2D };
  layerNormGradient(
    dy: tf.Tensor2D,
    normal: tf.Tensor2D,
    inverse: tf.Tensor2D,
    gain: tf.Tensor1D,
  ): { readonly dx: tf.Tensor2D; readonly dGain: tf.Tensor1D; readonly dBias: tf.Tensor1D };
  /**
   * Attention of [B · T, (heads + 2 · groups) · size], queries, keys and values side by side. Padding, which stands
   * behind the tokens of a text, is skipped: it gets 0 and gives nothing.
   */
  attention(
    x: tf.Tensor2D,
    lengths: ArrayLike<number>,
    shape: AttentionLayout,
  ): { readonly value: tf.Tensor2D; readonly shares: tf.Tensor4D };
  attentionGradient(
    dy: tf.Tensor2D,
    x: tf.Tensor2D,
    shares: tf.Tensor4D,
    lengths: ArrayLike<number>,
    shape: AttentionLayout,
  ): tf.Tensor2D;
}

export interface AttentionLayout {
  /** Tokens of each text, padding included. */
  readonly length: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`. */
  readonly groups: number;
  readonly size: number;
  readonly scale: number;
  readonly causal: boolean;
}

const create = (kernels: WasmKernels): WasmLayers => {
  const { run, pointer, output, scratch, gemmScratch } = kernels;
  return {
    linear(x, weight, bias) {
      const y = wasmProduct(kernels, x, weight, false, false) as tf.Tensor2D;
      run.addBias(pointer(y), pointer(bias), y.shape[0], y.shape[1]);
      return y;
    },
    sumRows(x) {
      const sums = output<tf.Tensor1D>([x.shape[1]]);
      run.sumRows(pointer(x), pointer(sums), x.shape[0], x.shape[1]);
      return sums;
    },
    gelu<T extends tf.Tensor>(x: T) {
      const y = output<T>(x.shape);
      run.gelu(pointer(x), pointer(y), x.size);
      return y;
    },
    geluGradient<T extends tf.Tensor>(dy: T, x: T) {
      const dx = output<T>(x.shape);
      run.geluGradient(pointer(x), pointer(dy), pointer(dx), x.size);
      return dx;
    },
    layerNorm(x, residual, gain, bias, epsilon) {
      const [rows, width] = x.shape;
      const value = output<tf.Tensor2D>([rows, width]);
      const normal = output<tf.Tensor2D>([rows, width]);
      const inverse = output<tf.Tensor2D>([rows, 1]);
      run.layerNorm(
        pointer(x),
        residual === null ? 0 : pointer(residual),
        pointer(gain),
        pointer(bias),
        pointer(normal),
        pointer(value),
        pointer(inverse),
        rows,
        width,
        epsilon,
      );
      return { value, normal, inverse };
    },
    layerNormGradient(dy, normal, inverse, gain) {
      const [rows, width] = dy.shape;
      const dx = output<tf.Tensor2D>([rows, width]);
      const dGain = output<tf.Tensor1D>([width]);
      const dBias = output<tf.Tensor1D>([width]);
      run.layerNormGradient(
        pointer(normal),
        pointer(gain),
        pointer(inverse),
        pointer(dy),
        pointer(dx),
        pointer(dGain),
        pointer(dBias),
        rows,
        width,
      );
      return { dx, dGain, dBias };
    },
    attention(x, lengths, { length, heads, groups, size, scale, causal }) {
      const batch = lengths.length;
      const counts = tf.tensor1d(Int32Array.from(lengths), 'int32');
      const value = output<tf.Tensor2D>([batch * length, heads * size]);
      const shares = output<tf.Tensor4D>([batch, heads, length, length]);
      run.attention(
        pointer(x),
        pointer(counts),
        pointer(value),
        pointer(shares),
        batch,
        length,
        heads,
        groups,
        size,
        scale,
        causal ? 1 : 0,
        gemmScratch,
      );
      counts.dispose();
      return { value, shares };
    },
    attentionGradient(dy, x, shares, lengths, { length, heads, groups, size, scale }) {
      const batch = lengths.length;
      const counts = tf.tensor1d(Int32Array.from(lengths), 'int32');
      const dx = output<tf.Tensor2D>(x.shape);
      const space = scratch(4 * length * length);
      run.attentionGradient(
        pointer(x),
        pointer(counts),
        pointer(shares),
        pointer(dy),
        pointer(dx),
        batch,
        length,
        heads,
        groups,
        size,
        scale,
        gemmScratch,
        space,
      );
      counts.dispose();
      return dx;
    },
  };
};

const created = new WeakMap<WasmKernels, WasmLayers>();

/** The layers of a transformer as single kernels on the WASM backend; null on every other. */
export const wasmLayers = (): WasmLayers | null => {
  const kernels = wasmKernels();
  if (kernels === null) return null;
  let layers = created.get(kernels);
  if (layers === undefined) {
    layers = create(kernels);
    created.set(kernels, layers);
  }
  return layers;
};
