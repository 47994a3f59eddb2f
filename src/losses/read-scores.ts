import * as tf from '@tensorflow/tfjs';
import { isTensor, refuse } from './checks.js';

/**
 * Scores [P] as float32, from a float32 or int32 tensor of shape [P] or, as a layer with one unit gives them, [P, 1].
 *
 * The caller disposes of what is returned where it is not the argument, as within tf.tidy.
 */
export const readScores = (scores: unknown): tf.Tensor1D => {
  const column = isTensor(scores) && scores.rank === 2 && scores.shape[1] === 1;
  if (!(isTensor(scores) && (column || scores.rank === 1) && /^(float|int)32$/.test(scores.dtype)))
    return refuse('scores', 'be a float32 tensor of shape [P]', scores, TypeError);
  const flat = column ? tf.reshape(scores, [-1]) : scores;
  return (flat.dtype === 'float32' ? flat : tf.cast(flat, 'float32')) as tf.Tensor1D;
};
