import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul, wasmLayers } from '../../numerics/tensors/index.js';

/** Whether training may change a parameter: frozen ones are plain tensors, for which no gradient is computed. */
export const isTrainable = (parameter: tf.Tensor): boolean => parameter instanceof tf.Variable;

/** Σ over rows, [N, M] → [M]: a product with ones, because backends transpose before a sum over the first axis. */
export const sumRows = (x: tf.Tensor2D): tf.Tensor1D =>
  wasmLayers()?.sumRows(x) ??
  (tf.reshape(matMul(tf.ones([1, x.shape[0]]) as tf.Tensor2D, x), [x.shape[1]]) as tf.Tensor1D);

/**
 * tfjs-node makes a batch of one and two kernels of the fused product, slower than the plain ones; WebGL's counts what other
 * operations left beside an odd number of summands.
 */
const isFusedWell = (backend: string, summands: number): boolean =>
  backend !== 'tensorflow' && !(backend === 'webgl' && summands % 2 === 1);

const biasedProduct = (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D =>
  !isFusedWell(tf.getBackend(), x.shape[1])
    ? tf.add(matMul(x, weight), bias)
    : (tf.fused.matMul({ a: x, b: weight, transposeA: false, transposeB: false, bias }) as tf.Tensor2D);

/** xᵀ · dy; the narrower of the two is the one that TensorFlow turns at less cost. */
const weightGradient = (x: tf.Tensor2D, dy: tf.Tensor2D): tf.Tensor2D =>
  tf.getBackend() === 'tensorflow' && x.shape[1] > dy.shape[1]
    ? tf.transpose(matMul(dy, x, true, false))
    : matMul(x, dy, true, false);

/**
 * x · W + b in one kernel, with a gradient that leaves frozen parameters out.
 *
 * @param x [N, I]
 * @param weight [I, O]
 * @param bias [O]
 * @returns [N, O]
 */
export const linear = (x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D => {
  const parameters: tf.Tensor[] = bias === undefined ? [weight] : [weight, bias];
  const learned = parameters.filter(isTrainable);
  return customGradient<tf.Tensor2D>([x, ...learned], () => ({
    value:
      bias === undefined
        ? matMul(x, weight)
        : (wasmLayers()?.linear(x, weight, bias) ?? biasedProduct(x, weight, bias)),
    saved: isTrainable(weight) ? [weight, x] : [weight],
    gradient: (dy, [w, input]) => {
      const gradients: tf.Tensor[] = [matMul(dy, w as tf.Tensor2D, false, true)];
      if (isTrainable(weight)) gradients.push(weightGradient(input as tf.Tensor2D, dy));
      if (bias !== undefined && isTrainable(bias)) gradients.push(sumRows(dy));
      return gradients;
    },
  }));
};

/**
 * The same row added to each row of x.
 *
 * @param x [N, M]
 * @param row [M]
 */
export const addRow = (x: tf.Tensor2D, row: tf.Tensor1D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x, row], () => ({
    value: tf.add(x, row) as tf.Tensor2D,
    saved: [],
    gradient: (dy) => [dy.clone(), sumRows(dy)],
  }));
