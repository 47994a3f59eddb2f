import type * as tf from '@tensorflow/tfjs';
import type { AdamWStep } from '../host-adam-w.js';
import { wasmKernels } from './wasm-kernels.js';

/**
 * One AdamW step of one variable in a single kernel, on the WASM backend; null on every other.
 *
 * The moments change in place. The weights come back as a new tensor: other kernels of the backend keep repacked
 * copies of a tensor's values by its identity.
 */
export const fusedAdamW = (
  weights: tf.Tensor,
  gradient: tf.Tensor,
  first: tf.Tensor,
  second: tf.Tensor,
  { rate, keep, beta1, beta2, epsilon, gradientScale }: AdamWStep,
): tf.Tensor | null => {
  const kernels = wasmKernels();
  if (kernels === null || weights.size === 0) return null;
  const { run, pointer, output } = kernels;
  const next = output(weights.shape);
  run.adamW(
    pointer(weights),
    pointer(gradient),
    pointer(first),
    pointer(second),
    pointer(next),
    weights.size,
    rate,
    keep,
    beta1,
    beta2,
    epsilon,
    gradientScale,
  );
  return next;
};

/** Σ x² on the WASM backend, in double precision and at once; null on every other. */
export const sumOfSquares = (x: tf.Tensor): number | null => {
  const kernels = wasmKernels();
  return kernels === null ? null : kernels.run.sumOfSquares(kernels.pointer(x), x.size);
};
