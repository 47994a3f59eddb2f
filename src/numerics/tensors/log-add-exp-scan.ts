import * as tf from '@tensorflow/tfjs';
import { NEGATIVE_SENTINEL } from '../negative-sentinel.js';

/** log(eᵃ + eᵇ), elementwise, exact for any finite a and b. */
export const logAddExp = <T extends tf.Tensor>(a: T, b: T): T =>
  tf.add(tf.maximum(a, b), tf.log1p(tf.exp(tf.neg(tf.abs(tf.sub(a, b))))));

/**
 * The inclusive prefix log-sum-exp y_k = log Σ_{i ≤ k} exp(x_i), restarted at each segment.
 *
 * A cumulative sum under one global maximum loses every item more than 88 below it in float32; here each
 * addition is a log-add-exp of its own, so the result is as exact as its inputs over any range. After the step of
 * distance d (Hillis and Steele), item k holds the sum of its last 2d items: O(P log L) element operations in O(log L)
 * kernels for a longest segment of L items. Not differentiable: for use inside tf.customGrad.
 *
 * @param x [P], finite (NaN stays NaN) and at least −1,000.
 * @param before [P], how many items stand before each in its segment.
 * @returns [P].
 */
export const scanLogAddExp = (x: tf.Tensor1D, before: Int32Array): tf.Tensor1D =>
  tf.tidy(() => {
    const longest = before.reduce((most, count) => Math.max(most, count), 0);
    let scanned = x.clone();
    for (let distance = 1; distance <= longest; distance *= 2) {
      let shifted = tf.pad1d(tf.slice(scanned, 0, x.size - distance), [distance, 0], NEGATIVE_SENTINEL);
      const crosses = before.map((count) => +(count < distance));
      // Padding stands before the first segment; the others need a mask.
      if (crosses.indexOf(1, distance) >= 0)
        shifted = tf.where(tf.tensor1d(crosses, 'bool'), NEGATIVE_SENTINEL, shifted);
      scanned = logAddExp(scanned, shifted);
    }
    return scanned;
  });
