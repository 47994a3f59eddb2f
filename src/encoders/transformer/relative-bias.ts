import * as tf from '@tensorflow/tfjs';
import { gatherRows } from '../../numerics/tensors/index.js';
import { bucketOf, type RelativeBiasDescription } from '../description/index.js';

/**
 * What is added to each head's scores by the distance of key and query.
 *
 * @param table [buckets, heads]
 * @returns [heads, 1, T, T]
 */
export const relativeBias = (
  table: tf.Tensor2D,
  { table: { rows }, maximumDistance }: RelativeBiasDescription,
  length: number,
): tf.Tensor4D => {
  const buckets = new Int32Array(length * length);
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) {
      buckets[query * length + key] = bucketOf(key - query, rows, maximumDistance);
    }
  }
  const byPair = gatherRows(table, buckets);
  return tf.reshape(tf.transpose(byPair), [table.shape[1], 1, length, length]);
};
