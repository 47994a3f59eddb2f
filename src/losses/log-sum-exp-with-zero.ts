import * as tf from '@tensorflow/tfjs';
import { NEGATIVE_SENTINEL } from '../numerics/tensors/index.js';

/** Sums longer than this are taken in two stages: the WASM backend adds float32 one by one. */
const STAGE = 512;

/** log(1 + Σ exp(x_i)), exact for any finite x; for use inside a custom gradient. */
export const logSumExpWithZero = (x: tf.Tensor1D): tf.Scalar => {
  const largest = tf.maximum(tf.max(x), 0) as tf.Scalar;
  const rows = Math.ceil(x.size / STAGE);
  const padded = rows <= 1 ? x : tf.pad1d(x, [0, rows * STAGE - x.size], NEGATIVE_SENTINEL);
  const shifted = tf.exp(tf.sub(rows <= 1 ? padded : tf.reshape(padded, [rows, STAGE]), largest));
  const total = rows <= 1 ? tf.sum(shifted) : tf.sum(tf.sum(shifted, 1));
  return tf.add(largest, tf.log(tf.add(total, tf.exp(tf.neg(largest)))));
};
