import * as tf from '@tensorflow/tfjs';
import type { AdamWStep } from '../numerics/tensors/index.js';

/**
 * Whether reading a tensor is a mere copy: tfjs-node on the processor. There one loop over host arrays takes a fifth of the
 * time of the fourteen kernels that an update is otherwise made of, each of which goes through memory once.
 */
export const updatesOnHost = (): boolean =>
  tf.getBackend() === 'tensorflow' &&
  (tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice !== true;

/** One AdamW step over host arrays, both moments in place. Returns the new weights. */
export const hostAdamW = (
  weights: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { rate, keep, beta1, beta2, epsilon, gradientScale }: AdamWStep,
): Float32Array => {
  const next = new Float32Array(weights.length);
  for (let i = 0; i < next.length; i++) {
    const g = gradient[i]! * gradientScale;
    const mean = beta1 * first[i]! + (1 - beta1) * g;
    const variance = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = mean;
    second[i] = variance;
    next[i] = keep * weights[i]! - (rate * mean) / (Math.sqrt(variance) + epsilon);
  }
  return next;
};

/** Σ x² in double precision. */
export const hostSumOfSquares = (x: tf.Tensor): number => {
  const values = x.dataSync();
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
};
