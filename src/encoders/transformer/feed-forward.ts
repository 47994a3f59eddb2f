import * as tf from '@tensorflow/tfjs';
import type { Activation, FeedForwardDescription } from '../description/index.js';
import { activate, swiGlu } from './activations.js';
import { innerMap, singleMap } from './joined-maps.js';
import type { Parameters } from './parameters.js';

/** activation(gates) ∘ rest, both halves of one matrix: [N, 2F] → [N, F]. */
const gatedProduct = (x: tf.Tensor2D, activation: Activation): tf.Tensor2D => {
  if (activation === 'silu') return swiGlu(x);
  const width = x.shape[1] / 2;
  const gates = activate(tf.slice(x, [0, 0], [-1, width]), activation);
  return tf.mul(gates, tf.slice(x, [0, width], [-1, width]));
};

/** [N, width] → [N, width] */
export const feedForward = (
  x: tf.Tensor2D,
  block: FeedForwardDescription,
  parameters: Parameters,
): tf.Tensor2D => {
  const wide = parameters.linear(x, innerMap(block).name);
  const inner =
    block.kind === 'gated' ? gatedProduct(wide, block.activation) : activate(wide, block.activation);
  return parameters.linear(inner, singleMap(block.down).name);
};
