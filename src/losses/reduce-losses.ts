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
  weights: Float64Array | null,
  reduction: Exclude<Reduction, 'none'>,
): tf.Scalar => {
  const anchors = losses.size;
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? anchors;
  if (anchors === 0 || total === 0) return tf.mul(tf.sum(losses), 0);
  // Divided on the host, in float64: weights may be as small as they like.
  const divisor = { sum: 1, mean: anchors, weighted: total }[reduction];
  if (weights === null) return tf.div(tf.sum(losses), divisor);
  return tf.sum(tf.mul(losses, tf.tensor1d(Float32Array.from(weights, (weight) => weight / divisor))));
};
