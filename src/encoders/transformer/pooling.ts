import * as tf from '@tensorflow/tfjs';
import { gatherRows } from '../../numerics/tensors/index.js';

/** How a text's token vectors become one: their mean, the first ("cls"), or the last that is no padding. */
export type Pooling = 'mean' | 'first' | 'last';

/**
 * One vector a text from its tokens' vectors; a text without tokens gets the zero vector.
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
  const width = hidden.shape[1];
  if (pooling === 'mean') {
    const weights = new Float32Array(batch * length);
    lengths.forEach((count, i) => {
      weights.fill(1 / count, i * length, i * length + count);
    });
    const weighted = tf.mul(
      tf.reshape(hidden, [batch, length, width]),
      tf.tensor3d(weights, [batch, length, 1]),
    );
    return tf.sum(weighted, 1);
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
