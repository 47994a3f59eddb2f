import * as tf from '@tensorflow/tfjs';
import type { AdamWStep } from '../numerics/index.js';

/** The smallest float16 of full precision. */
const SMALLEST = 2 ** -14;

/**
 * One AdamW step on textures of 16-bit floats, which hold no squares of small gradients: the second moment is kept as its
 * root, and squares are taken of shares of the larger of root and gradient alone.
 */
export const halfAdamW = (
  weights: tf.Tensor,
  gradient: tf.Tensor,
  first: tf.Tensor,
  root: tf.Tensor,
  { rate, keep, beta1, beta2, epsilon, gradientScale }: AdamWStep,
): { weights: tf.Tensor; first: tf.Tensor; second: tf.Tensor } => {
  const scaled = tf.mul(gradient, gradientScale);
  const unit = tf.maximum(tf.maximum(root, tf.abs(scaled)), SMALLEST);
  const kept = tf.mul(tf.square(tf.div(root, unit)), beta2);
  const added = tf.mul(tf.square(tf.div(scaled, unit)), 1 - beta2);
  const nextRoot = tf.mul(tf.sqrt(tf.add(kept, added)), unit);
  const mean = tf.add(tf.mul(first, beta1), tf.mul(scaled, 1 - beta1));
  // An epsilon of 1e-8 is 0 here; where the root is 0 as well, so is the mean.
  const direction = tf.divNoNan(mean, tf.add(nextRoot, epsilon));
  const decayed = keep === 1 ? weights : tf.mul(weights, keep);
  return { weights: tf.sub(decayed, tf.mul(direction, rate)), first: mean, second: nextRoot };
};
