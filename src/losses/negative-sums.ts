import * as tf from '@tensorflow/tfjs';
import { isHalfPrecision, matMul, NEGATIVE_SENTINEL } from '../numerics/tensors/index.js';
import { type Block, type NegativeScores, rowsOf } from './negative-scores.js';

/** Sums of exponentials over the negatives of each row of a block. */
export interface NegativeSums {
  /**
   * @param power What the logits are multiplied by.
   * @returns The exponentials, relative to a reference of the row, [b, M], 0 at candidates that are no negatives of a row
   * that has some; their sum, [b, 1]; and its logarithm, [b, 1].
   */
  of(power: number): { readonly terms: tf.Tensor; readonly sum: tf.Tensor; readonly total: () => tf.Tensor };
  /** `total`, and `nothing` where a row has no negative, [b, 1]. */
  orNothing(total: tf.Tensor): tf.Tensor;
  /** `factor`, and 0 where a row has no negative, [b, 1]. */
  orZero(factor: tf.Tensor): tf.Tensor2D;
}

/** Logits up to here may have the sentinel added to them. */
const ADDABLE = 1000;

/** Up to here exp(−2 reach) and its reciprocal are far from the ends of float32, so no row's largest logit need be known. */
const LEVEL = 30;

/** Whether exponentials of logits within `reach`, and of their differences, are safe as they are. */
export const isLevel = (reach: number): boolean => reach <= LEVEL && !isHalfPrecision();

/** @param logits [b, M], of candidates that are no negatives too. */
export const negativeSums = (scores: NegativeScores, block: Block, logits: tf.Tensor2D): NegativeSums =>
  scores.guide === undefined && scores.reach * (1 + scores.hardness.beta) <= ADDABLE
    ? sumsByAddition(scores, block, logits)
    : sumsBySelection(scores, block, logits);

/**
 * A sentinel is added where a candidate is no negative, and the host knows the rows without any. Selection costs GPUs several
 * launches over the whole block, an addition one.
 */
const sumsByAddition = (scores: NegativeScores, [from, to]: Block, logits: tf.Tensor2D): NegativeSums => {
  const { reach, hardness, nothing } = scores;
  const level = hardness.beta === 0 && isLevel(reach) ? reach : 0;
  const columns = logits.shape[1];
  const listed = scores.exclude(from, to);
  const lonely = new Uint8Array(to - from);
  for (let row = 0; row < lonely.length; row++) {
    let negatives = 0;
    for (let k = row * columns; k < (row + 1) * columns; k++) {
      if (listed[k] === 0) negatives++;
      listed[k]! -= level;
    }
    lonely[row] = +(negatives === 0);
  }
  const mask = tf.tensor2d(listed, [to - from, columns]);
  const isLonely = lonely.includes(1) ? tf.tensor2d(lonely, [to - from, 1], 'bool') : null;
  const orElse = (value: tf.Tensor, otherwise: () => tf.Tensor) =>
    isLonely === null ? value : tf.where(isLonely, otherwise(), value);
  return {
    of: (power) => {
      const listedLogits = tf.add(power === 1 ? logits : tf.mul(logits, power), mask);
      if (level > 0) {
        const terms = tf.exp(listedLogits);
        const sum = orElse(tf.sum(terms, 1, true), () => tf.ones([to - from, 1]));
        return { terms, sum, total: () => tf.add(tf.log(sum), level) };
      }
      const largest = tf.max(listedLogits, 1, true);
      const terms = tf.exp(tf.sub(listedLogits, largest));
      const sum = tf.sum(terms, 1, true);
      return { terms, sum, total: () => tf.add(tf.log(sum), largest) };
    },
    orNothing: (total) => orElse(total, () => column(nothing, from, to)),
    orZero: (factor) => orElse(factor, () => tf.zerosLike(factor)) as tf.Tensor2D,
  };
};

/** Logits without bounds are moved above the least of their row, and the sentinel selected elsewhere. */
const sumsBySelection = (scores: NegativeScores, block: Block, logits: tf.Tensor2D): NegativeSums => {
  const least = tf.min(logits, 1, true);
  const above = tf.sub(logits, least);
  const isNegative = negativesOf(scores, block);
  let any: tf.Tensor | null = null;
  return {
    of: (power) => {
      const sharpened = power === 1 ? above : tf.mul(above, power);
      const selected = tf.where(isNegative, sharpened, tf.fill(above.shape, NEGATIVE_SENTINEL));
      const largest = tf.max(selected, 1, true);
      any ??= tf.greaterEqual(largest, 0);
      const terms = tf.exp(tf.sub(selected, largest));
      const sum = tf.sum(terms, 1, true);
      return { terms, sum, total: () => tf.add(largest, tf.log(sum)) };
    },
    orNothing: (total) => tf.where(any!, tf.add(total, least), column(scores.nothing, ...block)),
    orZero: (factor) => tf.where(any!, factor, tf.zerosLike(factor)) as tf.Tensor2D,
  };
};

const column = (values: tf.Tensor1D, from: number, to: number): tf.Tensor =>
  tf.reshape(from === 0 && to === values.size ? values : tf.slice1d(values, from, to - from), [-1, 1]);

/** Whether a candidate is a negative of a row, [b, M], bool. */
const negativesOf = ({ candidates, exclude, guide }: NegativeScores, block: Block): tf.Tensor2D => {
  const [from, to] = block;
  const listed = tf.equal(tf.tensor2d(exclude(from, to), [to - from, candidates.shape[0]]), 0) as tf.Tensor2D;
  if (guide === undefined) return listed;
  const similarities = matMul(rowsOf(guide.anchors, block), guide.candidates, false, true);
  const limits = column(guide.limits, from, to);
  return tf.logicalAnd(listed, tf.logicalNot(tf.greater(similarities, limits)));
};
