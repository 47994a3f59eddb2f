import * as tf from '@tensorflow/tfjs';

/**
 * How the losses of the anchors become one number: `none` leaves them as they are, `sum` is Σ w ℓ, `mean` is
 * Σ w ℓ divided by the number of anchors, `weighted` is Σ w ℓ / Σ w. Where the divisor is 0 the result is 0.
 */
export type Reduction = 'none' | 'mean' | 'sum' | 'weighted';

/**
 * @param losses [A], one per anchor.
 * @param weights [A], on the host; a weight of 0 removes an anchor, whatever its loss.
 */
export const reduceLosses = (
  losses: tf.Tensor1D,
  weights: Float32Array | null,
  reduction: Exclude<Reduction, 'none'>,
): tf.Scalar => {
  const anchors = losses.size;
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? anchors;
  if (anchors === 0 || total === 0) return tf.mul(tf.sum(losses), 0);
  const weighted = weights === null ? losses : tf.mul(losses, tf.tensor1d(weights));
  const sum = tf.sum(weighted) as tf.Scalar;
  if (reduction === 'sum') return sum;
  return tf.div(sum, reduction === 'mean' ? anchors : total);
};
