import * as tf from '@tensorflow/tfjs';

/** Turns pairs of coordinates by angles that grow with the position: [1, 1, T, headSize] each. */
export interface RotaryTables {
  readonly cosine: tf.Tensor4D;
  /** The sine, negated in the first half. */
  readonly signedSine: tf.Tensor4D;
}

/**
 * The rotary tables of positions 0 to length − 1: angle(t, j) = t / base^(2j / headSize).
 *
 * @see Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021
 */
export const rotaryTables = (length: number, headSize: number, base: number): RotaryTables => {
  const cosine = new Float32Array(length * headSize);
  const signedSine = new Float32Array(length * headSize);
  const half = headSize / 2;
  for (let t = 0; t < length; t++) {
    for (let j = 0; j < half; j++) {
      // In float32 as the checkpoints' own code, or far positions would turn by another angle.
      const angle = Math.fround(t * Math.fround(1 / base ** ((2 * j) / headSize)));
      const at = t * headSize + j;
      cosine[at] = cosine[at + half] = Math.cos(angle);
      signedSine[at + half] = Math.sin(angle);
      signedSine[at] = -signedSine[at + half]!;
    }
  }
  const shape: [number, number, number, number] = [1, 1, length, headSize];
  return { cosine: tf.tensor4d(cosine, shape), signedSine: tf.tensor4d(signedSine, shape) };
};

const swapHalves = (x: tf.Tensor4D): tf.Tensor4D => {
  const half = x.shape[3] / 2;
  const first = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, half]);
  const second = tf.slice(x, [0, 0, 0, half], [-1, -1, -1, half]);
  return tf.concat([second, first], 3);
};

/** Turns the pairs of features (i, i + headSize / 2) of [heads, B, T, headSize] by the angles of their places. */
export const rotate = (x: tf.Tensor4D, { cosine, signedSine }: RotaryTables): tf.Tensor4D =>
  tf.add(tf.mul(x, cosine), tf.mul(swapHalves(x), signedSine)) as tf.Tensor4D;

/** The transpose of {@link rotate}: its gradient. */
export const rotateBack = (dy: tf.Tensor4D, { cosine, signedSine }: RotaryTables): tf.Tensor4D =>
  tf.add(tf.mul(dy, cosine), swapHalves(tf.mul(dy, signedSine))) as tf.Tensor4D;
