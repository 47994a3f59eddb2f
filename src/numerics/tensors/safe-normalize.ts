import * as tf from '@tensorflow/tfjs';
import { customGradient } from './custom-gradient.js';
import { isHalfPrecision } from './web-gl.js';

/** Up to this largest absolute value the reciprocal norm overflows float32, or float16, so the row counts as zero. */
const zeroRow = (): number => (isHalfPrecision() ? 2 ** -14 : 1e-30);

/**
 * Divides each row by its L2 norm: y = x / ‖x‖.
 *
 * A zero row (no entry above 1e-30; above 6e-5 where textures hold 16-bit floats) gives a zero row and a zero gradient, where x / ‖x‖ gives NaN. Rows are
 * scaled by their largest entry first, so neither huge nor tiny rows overflow. NaN entries stay NaN.
 *
 * @param x [..., D].
 * @returns The shape of `x`, rows of unit or zero length; differentiable in `x`:
 * dx = (dy − y ⟨dy, y⟩) / ‖x‖.
 */
export const safeNormalize = <T extends tf.Tensor>(x: T): T => {
  if (x.rank < 1) throw new RangeError('x must have rank 1 or more, received a scalar');
  return tf.tidy(() => normalizeRows(x)) as T;
};

const normalizeRows = (x: tf.Tensor): tf.Tensor =>
  customGradient([x], () => {
    const largest = tf.max(tf.abs(x), -1, true);
    const nonZero = tf.step(tf.sub(largest, zeroRow()));
    const scale = tf.maximum(largest, zeroRow());
    const scaled = tf.div(x, scale);
    // At least 1 but in rows that count as zero: there the addend keeps the quotient finite, elsewhere it is rounded off.
    const squares = tf.add(tf.sum(tf.square(scaled), -1, true), isHalfPrecision() ? 2 ** -14 : 1e-30);
    const inverse = tf.div(nonZero, tf.sqrt(squares));
    const value = tf.mul(scaled, inverse);
    return {
      value,
      saved: [value, tf.div(inverse, scale)],
      gradient: (dy, [y, inverseNorm]) => {
        const along = tf.sum(tf.mul(dy, y!), -1, true);
        return [tf.mul(tf.sub(dy, tf.mul(y!, along)), inverseNorm!)];
      },
    };
  });
