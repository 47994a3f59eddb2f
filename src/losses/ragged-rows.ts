import * as tf from '@tensorflow/tfjs';
import { customGradient, gatherRows } from '../numerics/tensors/index.js';

/** Lists of items of several lengths as rows of one width: behind its own items a row repeats its first. */
export interface RaggedRows {
  readonly rows: number;
  readonly width: number;
  /** [rows · width], items. */
  readonly indices: Int32Array;
  /** [rows · width], 1 at a list's own items, 0 at repeats. */
  readonly present: Uint8Array;
}

/** @param lists Items by row, at least one each. */
export const raggedRows = (lists: readonly (readonly number[])[]): RaggedRows => {
  const width = lists.reduce((most, list) => Math.max(most, list.length), 1);
  const indices = new Int32Array(lists.length * width);
  const present = new Uint8Array(lists.length * width);
  lists.forEach((list, row) => {
    indices.fill(list[0]!, row * width, (row + 1) * width);
    indices.set(list, row * width);
    present.fill(1, row * width, row * width + list.length);
  });
  return { rows: lists.length, width, indices, present };
};

/** The items' values, [rows, width]; differentiable. */
export const gatherRagged = (values: tf.Tensor1D, { rows, width, indices }: RaggedRows): tf.Tensor2D =>
  tf.reshape(gatherRows(values, indices), [rows, width]);

/**
 * log Σ exp of each row's own items. Repeats are left out by selection, so no stand-in for log 0 limits the values.
 *
 * @param values [rows, width], as gatherRagged gives them.
 * @returns [rows]; differentiable once.
 */
export const raggedLogSumExp = (values: tf.Tensor2D, { rows, width, present }: RaggedRows): tf.Tensor1D =>
  logSumExpWhere(values, () => tf.tensor2d(present, [rows, width], 'bool'));

/** log Σ exp of each row, [rows]; differentiable once. */
export const logSumExpRows = (values: tf.Tensor2D): tf.Tensor1D => logSumExpWhere(values, null);

const logSumExpWhere = (values: tf.Tensor2D, present: (() => tf.Tensor2D) | null): tf.Tensor1D =>
  customGradient<tf.Tensor1D>([values], () => {
    const rows = values.shape[0];
    const largest = tf.max(values, 1, true);
    const shares = tf.exp(tf.sub(values, largest));
    const own = present === null ? shares : tf.where(present(), shares, tf.zerosLike(shares));
    const total = tf.sum(own, 1, true);
    return {
      value: tf.reshape(tf.add(largest, tf.log(total)), [rows]),
      saved: [tf.div(own, total)],
      gradient: (dy, [share]) => [tf.mul(share!, tf.reshape(dy, [rows, 1]))],
    };
  });
