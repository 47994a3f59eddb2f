import * as tf from '@tensorflow/tfjs';
import { customGradient } from './custom-gradient.js';

/** Swaps the last two axes; the gradient of tf.transpose is itself a plain transpose. */
const swapLast = <T extends tf.Tensor>(x: T): T => {
  const axes = x.shape.map((_, i) => i);
  const last = axes.length - 1;
  [axes[last - 1], axes[last]] = [last, last - 1];
  return tf.transpose(x, axes);
};

const untransposed = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  customGradient([a, b], () => ({
    value: tf.matMul(a, b),
    saved: [a, b],
    gradient: (dy, [x, y]) => [untransposed(dy, swapLast(y!)), untransposed(swapLast(x!), dy)],
  }));

/**
 * The matrix product, by the fast path of the backend it runs on.
 *
 * The WASM backend computes a product with `transposeA` or `transposeB` on a scalar path, up to 26 times
 * slower than the plain one, and the stock gradient always asks for one: there operands are transposed
 * explicitly first, forward and backward. Every other backend gets the built-in product.
 *
 * @param a [..., M, K], or [..., K, M] with `transposeA`; rank 2 or more.
 * @param b [..., K, N], or [..., N, K] with `transposeB`; the same rank and batch shape as `a`.
 * @returns [..., M, N]; differentiable in both, to any order.
 * @throws {RangeError} When ranks, batch shapes or inner dimensions do not agree.
 */
export const matMul = <T extends tf.Tensor>(a: T, b: T, transposeA = false, transposeB = false): T => {
  const rank = a.shape.length;
  if (rank < 2 || b.shape.length !== rank) {
    throw new RangeError(`matMul needs two tensors of one rank >= 2, received ${show(a)} and ${show(b)}`);
  }
  const inner = a.shape[transposeA ? rank - 2 : rank - 1];
  const batchAgrees = a.shape.slice(0, -2).every((size, i) => size === b.shape[i]);
  if (!batchAgrees || inner !== b.shape[transposeB ? rank - 1 : rank - 2]) {
    throw new RangeError(
      `matMul shapes do not agree: ${show(a)}${transposeA ? 'ᵀ' : ''} and ${show(b)}${transposeB ? 'ᵀ' : ''}`,
    );
  }
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => untransposed(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b) as T);
};

const show = (x: tf.Tensor): string => `[${x.shape.join(', ')}]`;
