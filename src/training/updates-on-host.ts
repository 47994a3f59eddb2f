import * as tf from '@tensorflow/tfjs';

/**
 * Whether reading a tensor is a mere copy: tfjs-node on the processor. There one loop over host arrays takes the place of
 * the fourteen kernels that an update is otherwise made of, each of which goes through memory once.
 */
export const updatesOnHost = (): boolean =>
  tf.getBackend() === 'tensorflow' &&
  (tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice !== true;

/** Σ x² in double precision. */
export const hostSumOfSquares = (x: tf.Tensor): number => {
  const values = x.dataSync();
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
};
