import * as tf from '@tensorflow/tfjs';
import type { NormDescription } from '../description/index.js';
import { layerNorm, rmsNorm } from './norms.js';
import type { Parameters } from './parameters.js';

/** Over the last axis of x + residual, [N, D]; without a description, the sum itself. */
export const normalize = (
  x: tf.Tensor2D,
  residual: tf.Tensor2D | null,
  description: NormDescription | null,
  parameters: Parameters,
): tf.Tensor2D => {
  const sum = (): tf.Tensor2D => (residual === null ? x : tf.add(x, residual));
  if (description === null) return sum();
  const { kind, weight, bias, width, epsilon, weightOffset } = description;
  const gamma = parameters.get<tf.Tensor1D>(weight);
  if (kind === 'rms') return rmsNorm(sum(), gamma, epsilon, weightOffset);
  const beta = bias === null ? tf.zeros([width]) : parameters.get(bias);
  return layerNorm(x, residual, gamma, beta as tf.Tensor1D, epsilon);
};
