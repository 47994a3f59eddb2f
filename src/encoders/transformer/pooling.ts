import * as tf from '@tensorflow/tfjs';
import { customGradient, gatherRows, matMul } from '../../numerics/tensors/index.js';

/**
 * How a text's token vectors become one: their mean, the first ("cls"), the last that is no padding, or their mean weighted by
 * their places, counted from 1.
 */
export type Pooling = 'mean' | 'first' | 'last' | 'weighted-mean';

/** Σ over a text's tokens of weight · vector, [B · T, D] → [B, D]: one product, whose gradient is one kernel too. */
const weightedSums = (hidden: tf.Tensor2D, weights: tf.Tensor3D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([hidden], () => {
    const [batch, , length] = weights.shape;
    const width = hidden.shape[1];
    return {
      value: tf.reshape(matMul(weights, tf.reshape(hidden, [batch, length, width])), [batch, width]),
      saved: [weights],
      gradient: (dy, [kept]) => {
        const shares = tf.mul(tf.reshape(kept!, [batch, length, 1]), tf.reshape(dy, [batch, 1, width]));
        return [tf.reshape(shares, [batch * length, width])];
      },
    };
  });

/**
 * One vector per text from its tokens' vectors; a text without tokens gets the zero vector.
 *
 * @param hidden [B · T, D]
 * @param lengths [B], tokens that count; those behind are padding.
 * @returns [B, D]
 */
export const poolTokens = (
  hidden: tf.Tensor2D,
  lengths: Uint32Array,
  length: number,
  pooling: Pooling,
): tf.Tensor2D => {
  const batch = lengths.length;
  if (pooling === 'mean' || pooling === 'weighted-mean') {
    const weights = new Float32Array(batch * length);
    lengths.forEach((count, i) => {
      const sum = (count * (count + 1)) / 2;
      for (let t = 0; t < count; t++) {
        weights[i * length + t] = pooling === 'mean' ? 1 / count : (t + 1) / sum;
      }
    });
    return weightedSums(hidden, tf.tensor3d(weights, [batch, 1, length]));
  }
  const rows = Int32Array.from(
    lengths,
    (count, i) => i * length + (pooling === 'first' ? 0 : Math.max(count - 1, 0)),
  );
  const picked = gatherRows(hidden, rows);
  if (lengths.every((count) => count > 0)) return picked;
  return tf.mul(
    picked,
    tf.tensor2d(
      Array.from(lengths, (count) => Math.min(count, 1)),
      [batch, 1],
    ),
  );
};
