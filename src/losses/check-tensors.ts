import * as tf from '@tensorflow/tfjs';
import { provideGradients } from '../numerics/tensors/index.js';
import { isLiveTensor, refuse } from './checks.js';

/** Checks rank and type of a tensor argument, before any kernel runs; nothing is read back from the device. */
export const checkTensor = (name: string, value: unknown, shape: readonly string[]): void => {
  provideGradients();
  if (!(isLiveTensor(value) && value.rank === shape.length && value.dtype === 'float32'))
    refuse(name, `be a float32 tensor of shape [${shape.join(', ')}]`, value, TypeError);
};

/** Checks that scores are a float32 or int32 tensor of shape [P] or, as a layer with one unit gives them, [P, 1]. */
export const checkScoreTensor = (scores: unknown): void => {
  if (!(isLiveTensor(scores) && /^(float|int)32 \d+(,1)?$/.test(`${scores.dtype} ${scores.shape}`)))
    refuse('scores', 'be a float32 tensor of shape [P]', scores, TypeError);
};

/** Checked scores as float32 [P]. The caller disposes of what is returned where it is not the argument, as within tf.tidy. */
export const readScores = (scores: tf.Tensor): tf.Tensor1D => {
  provideGradients();
  checkScoreTensor(scores);
  const flat = scores.rank === 2 ? tf.reshape(scores, [-1]) : scores;
  return (flat.dtype === 'float32' ? flat : tf.cast(flat, 'float32')) as tf.Tensor1D;
};
