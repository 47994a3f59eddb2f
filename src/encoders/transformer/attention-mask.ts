import * as tf from '@tensorflow/tfjs';
import type { AttentionDescription } from '../description/index.js';

/**
 * Added to the scores of what must not be seen: exp of a difference with it is exactly 0. Finite, because WGSL may
 * assume that no infinity occurs, and because a row of −∞ alone would give NaN.
 */
const MASKED = -1e9;

/** [1, B, 1, T], 0 at tokens and the sentinel at padding; null when no text is padded. */
const paddingMask = (lengths: ArrayLike<number>, length: number): tf.Tensor4D | null => {
  const batch = lengths.length;
  const mask = new Float32Array(batch * length);
  let padded = false;
  for (let i = 0; i < batch; i++) {
    if (lengths[i]! >= length) continue;
    padded = true;
    mask.fill(MASKED, i * length + lengths[i]!, (i + 1) * length);
  }
  return padded ? tf.tensor4d(mask, [1, batch, 1, length]) : null;
};

/** [1, 1, T, T]: a token sees itself and what stands before it, so padding behind a text needs no mask of its own. */
const causalMask = (length: number): tf.Tensor4D => {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(MASKED, i * length + i + 1, (i + 1) * length);
  return tf.tensor4d(mask, [1, 1, length, length]);
};

/** [1, 1, T, T]: a token sees what is at most `distance` places away. */
const windowMask = (length: number, distance: number): tf.Tensor4D => {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) if (Math.abs(i - j) > distance) mask[i * length + j] = MASKED;
  }
  return tf.tensor4d(mask, [1, 1, length, length]);
};

/** Whether every token of texts so long sees all of its text. */
export const seesAll = (sight: AttentionDescription['sight'], length: number): boolean =>
  sight.kind === 'full' || (sight.kind === 'window' && sight.distance >= length - 1);

/**
 * What is added to the scores [heads, B, T, T] to hide tokens; null where nothing is hidden.
 *
 * @param lengths [B], tokens without padding, which stands behind them.
 */
export const attentionMask = (
  sight: AttentionDescription['sight'],
  lengths: ArrayLike<number>,
  length: number,
): tf.Tensor4D | null => {
  if (sight.kind === 'causal') return causalMask(length);
  const padding = paddingMask(lengths, length);
  if (sight.kind === 'full' || seesAll(sight, length)) return padding;
  const near = windowMask(length, sight.distance);
  return padding === null ? near : (tf.add(padding, near) as tf.Tensor4D);
};
