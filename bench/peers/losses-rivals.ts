import * as tf from '@tensorflow/tfjs';

/** CoSENT as the field writes it: all P × P differences, masked, one log-sum-exp, stock gradients. */
export const pairwiseCosent = (scores: tf.Tensor1D, labels: tf.Tensor1D, scale = 20): tf.Scalar =>
  tf.tidy(() => {
    const scaled = tf.mul(scores, scale);
    const differences = tf.sub(tf.expandDims(scaled, 1), tf.expandDims(scaled, 0));
    const ordered = tf.less(tf.expandDims(labels, 1), tf.expandDims(labels, 0));
    const masked = tf.where(ordered, differences, tf.fill(differences.shape, -1e12));
    return tf.logSumExp(tf.concat1d([tf.tensor1d([0]), tf.reshape(masked, [-1])])) as tf.Scalar;
  });

/** In-batch InfoNCE as a softmax cross-entropy on the whole score matrix, stock gradients. */
export const plainInfoNce = (queries: tf.Tensor2D, documents: tf.Tensor2D, scale = 20): tf.Scalar =>
  tf.tidy(() => {
    const unit = (x: tf.Tensor2D) => tf.div(x, tf.norm(x, 'euclidean', 1, true)) as tf.Tensor2D;
    const logits = tf.mul(tf.matMul(unit(queries), unit(documents), false, true), scale) as tf.Tensor2D;
    const rows = queries.shape[0];
    return tf.losses.softmaxCrossEntropy(tf.eye(rows, documents.shape[0]), logits) as tf.Scalar;
  });
