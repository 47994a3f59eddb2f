import * as tf from '@tensorflow/tfjs';

/** log(1 + Σ exp(x_i)), exact for any finite x; for use inside a custom gradient. */
export const logSumExpWithZero = (x: tf.Tensor1D): tf.Scalar => {
  const largest = tf.maximum(tf.max(x), 0) as tf.Scalar;
  const total = tf.sum(tf.exp(tf.sub(x, largest)));
  return tf.add(largest, tf.log(tf.add(total, tf.exp(tf.neg(largest)))));
};
