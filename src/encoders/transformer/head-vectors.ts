import * as tf from '@tensorflow/tfjs';
import { safeNormalize } from '../../numerics/tensors/index.js';
import type { HeadDescription } from '../description/index.js';
import { activate } from './activations.js';
import { singleMap } from './joined-maps.js';
import type { Parameters } from './parameters.js';

/** From pooled vectors to embeddings: the linear maps behind the pooling, and unit length. [B, width] → [B, dimensions] */
export const headVectors = (
  pooled: tf.Tensor2D,
  { dense, normalize }: HeadDescription,
  parameters: Parameters,
): tf.Tensor2D => {
  let vectors = pooled;
  for (const { map, activation } of dense) {
    vectors = parameters.linear(vectors, singleMap(map).name);
    if (activation === 'tanh') vectors = tf.tanh(vectors);
    else if (activation === 'relu') vectors = activate(vectors, 'relu');
  }
  return normalize ? safeNormalize(vectors) : vectors;
};
