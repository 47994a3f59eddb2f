import * as tf from '@tensorflow/tfjs';
import { customGradient } from './custom-gradient.js';
import { type WasmKernels, wasmKernels } from './wasm-kernels.js';
import { isPacked } from './web-gl.js';

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

/** The product alone, by our own kernel: it reads operands by strides, so a transposition costs nothing. */
export const wasmProduct = (
  { run, pointer, output, gemmScratch }: WasmKernels,
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA: boolean,
  transposeB: boolean,
): tf.Tensor => {
  const rank = a.shape.length;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const c = output([...a.shape.slice(0, rank - 2), m, n]);
  const [startA, startB, startC] = [pointer(a), pointer(b), pointer(c)];
  const batches = c.size / (m * n);
  for (let i = 0; i < batches; i++) {
    run.gemm(
      startA + 4 * i * m * k,
      transposeA ? 1 : columnsA,
      transposeA ? columnsA : 1,
      startB + 4 * i * k * n,
      transposeB ? 1 : columnsB,
      transposeB ? columnsB : 1,
      startC + 4 * i * m * n,
      n,
      m,
      n,
      k,
      0,
      gemmScratch,
    );
  }
  return c;
};

type Product = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => tf.Tensor;

/** A product whose gradients are products of the same kind. */
const differentiable =
  (product: Product): Product =>
  (a, b, transposeA, transposeB) =>
    customGradient([a, b], () => ({
      value: product(a, b, transposeA, transposeB),
      saved: [a, b],
      gradient: (dy, saved) => {
        const [x, y] = saved as [tf.Tensor, tf.Tensor];
        const again = differentiable(product);
        return [
          transposeA ? again(y, dy, transposeB, true) : again(dy, y, false, !transposeB),
          transposeB ? again(dy, x, true, transposeA) : again(x, dy, !transposeA, false),
        ];
      },
    }));

/** The product of tensors without elements is 0; the WASM backend gives what lay in its memory. */
const sumOfNothing: Product = (a, b, transposeA, transposeB) =>
  customGradient([a, b], () => {
    const rows = a.shape[transposeA ? a.rank - 1 : a.rank - 2]!;
    const columns = b.shape[transposeB ? b.rank - 2 : b.rank - 1]!;
    return {
      value: tf.zeros([...a.shape.slice(0, -2), rows, columns]),
      saved: [],
      gradient: () => [tf.zeros(a.shape), tf.zeros(b.shape)],
    };
  });

const evenAxis = (x: tf.Tensor, axis: number): tf.Tensor =>
  tf.pad(
    x,
    x.shape.map((_, i): [number, number] => [0, i === axis ? 1 : 0]),
  );

/**
 * WebGL multiplies texels of two by two, and so counts what other operations left beyond an odd number of summands: a
 * summand of 0 makes them even.
 */
const evenProduct: Product = (a, b, transposeA, transposeB) => {
  const axisA = transposeA ? a.rank - 2 : a.rank - 1;
  const axisB = transposeB ? b.rank - 1 : b.rank - 2;
  return a.shape[axisA]! % 2 === 0
    ? tf.matMul(a, b, transposeA, transposeB)
    : tf.matMul(evenAxis(a, axisA), evenAxis(b, axisB), transposeA, transposeB);
};

/**
 * The matrix product, by the fast path of the backend it runs on.
 *
 * The WASM backend computes a product with `transposeA` or `transposeB` on a scalar path, up to 40 times slower than
 * the plain one, and the stock gradient always asks for one: there a kernel of our own takes over, to which a
 * transposition costs nothing. On WebGL an odd number of summands is made even. Every other backend gets the built-in
 * product.
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
  if (a.size === 0 || b.size === 0) return sumOfNothing(a, b, transposeA, transposeB) as T;
  if (isPacked()) return differentiable(evenProduct)(a, b, transposeA, transposeB) as T;
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  const kernels = wasmKernels();
  if (kernels !== null && a.dtype === 'float32' && b.dtype === 'float32') {
    const product = differentiable((x, y, ...transposed) => wasmProduct(kernels, x, y, ...transposed));
    return product(a, b, transposeA, transposeB) as T;
  }
  return tf.tidy(() => untransposed(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b) as T);
};

const show = (x: tf.Tensor): string => `[${x.shape.join(', ')}]`;
