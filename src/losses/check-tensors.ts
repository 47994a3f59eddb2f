import * as tf from '@tensorflow/tfjs';
import { provideGradients } from '../numerics/tensors/index.js';
import { isTensor, refuse } from './checks.js';

/** Checks rank and type of a tensor argument, before any kernel runs; nothing is read back from the device. */
export const checkTensor = (name: string, value: unknown, shape: readonly string[]): void => {
  provideGradients();
  if (!(isTensor(value) && value.rank === shape.length && value.dtype === 'float32'))
    refuse(name, `be a float32 tensor of shape [${shape.join(', ')}]`, value, TypeError);
};

/**
 * Scores [P] as float32, from a float32 or int32 tensor of shape [P] or, as a layer with one unit gives them, [P, 1].
 *
 * The caller disposes of what is returned where it is not the argument, as within tf.tidy.
 */
export const readScores = (scores: unknown): tf.Tensor1D => {
  provideGradients();
  const column = isTensor(scores) && scores.rank === 2 && scores.shape[1] === 1;
  if (!(isTensor(scores) && (column || scores.rank === 1) && /^(float|int)32$/.test(scores.dtype)))
    return refuse('scores', 'be a float32 tensor of shape [P]', scores, TypeError);
  const flat = column ? tf.reshape(scores, [-1]) : scores;
  return (flat.dtype === 'float32' ? flat : tf.cast(flat, 'float32')) as tf.Tensor1D;
};
