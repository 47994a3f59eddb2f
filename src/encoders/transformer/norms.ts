import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul, wasmLayers } from '../../numerics/tensors/index.js';
import { isTrainable, sumRows } from './linear.js';

/** [N, D] → [N, 1]; tfjs-node makes several kernels of tf.mean, and one of a product. */
const meanOfRows = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.getBackend() === 'tensorflow'
    ? matMul(x, tf.fill([x.shape[1], 1], 1 / x.shape[1]) as tf.Tensor2D)
    : tf.mean(x, -1, true);

/**
 * Layer normalization of x + residual: γ · (h − mean(h)) / √(var(h) + ε) + β over the last axis.
 *
 * One operation for both, so that the sum itself is not kept for the gradient.
 *
 * @param x [N, D]
 * @param residual [N, D], or null for none.
 * @param gamma [D]
 * @param beta [D]
 */
export const layerNorm = (
  x: tf.Tensor2D,
  residual: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): tf.Tensor2D => {
  const summands = residual === null ? [x] : [x, residual];
  const learned = [gamma, beta].filter(isTrainable);
  return customGradient<tf.Tensor2D>([...summands, ...learned], () => {
    const layers = wasmLayers();
    if (layers !== null) {
      const { value, normal, inverse } = layers.layerNorm(x, residual, gamma, beta, epsilon);
      return {
        value,
        saved: [normal, inverse, gamma],
        gradient: (dy, saved) => {
          const { dx, dGain, dBias } = layers.layerNormGradient(
            dy,
            ...(saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]),
          );
          return [
            ...summands.map((_, i) => (i === 0 ? dx : dx.clone())),
            ...(isTrainable(gamma) ? [dGain] : []),
            ...(isTrainable(beta) ? [dBias] : []),
          ];
        },
      };
    }
    const h: tf.Tensor2D = residual === null ? x : tf.add(x, residual);
    const centered: tf.Tensor2D = tf.sub(h, meanOfRows(h));
    const inverse = tf.rsqrt(tf.add(meanOfRows(tf.square(centered)), epsilon));
    const normalized = tf.mul(centered, inverse);
    return {
      value: tf.add(tf.mul(normalized, gamma), beta) as tf.Tensor2D,
      saved: [normalized, inverse, gamma],
      gradient: (dy, [y, scale, weight]) => {
        const upstream: tf.Tensor2D = tf.mul(dy, weight!);
        const along = meanOfRows(tf.mul(upstream, y!));
        const dh = tf.mul(tf.sub(tf.sub(upstream, meanOfRows(upstream)), tf.mul(y!, along)), scale!);
        const gradients: tf.Tensor[] = residual === null ? [dh] : [dh, dh.clone()];
        if (isTrainable(gamma)) gradients.push(sumRows(tf.mul(dy, y!)));
        if (isTrainable(beta)) gradients.push(sumRows(dy));
        return gradients;
      },
    };
  });
};

/**
 * Root mean square normalization over the last axis: (γ + offset) · x / √(mean(x²) + ε).
 *
 * @param x [N, D]
 * @param gamma [D]
 * @param offset Gemma stores its weights less 1.
 *
 * @see Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019
 */
export const rmsNorm = (x: tf.Tensor2D, gamma: tf.Tensor1D, epsilon: number, offset = 0): tf.Tensor2D =>
  customGradient<tf.Tensor2D>(isTrainable(gamma) ? [x, gamma] : [x], () => {
    const inverse = tf.rsqrt(tf.add(meanOfRows(tf.square(x)), epsilon));
    const normalized = tf.mul(x, inverse);
    const factor = offset === 0 ? gamma : tf.add(gamma, offset);
    return {
      value: tf.mul(normalized, factor) as tf.Tensor2D,
      saved: [normalized, inverse, factor],
      gradient: (dy, [y, scale, weight]) => {
        const upstream: tf.Tensor2D = tf.mul(dy, weight!);
        const along = meanOfRows(tf.mul(upstream, y!));
        const dx = tf.mul(tf.sub(upstream, tf.mul(y!, along)), scale!);
        return isTrainable(gamma) ? [dx, sumRows(tf.mul(dy, y!))] : [dx];
      },
    };
  });
