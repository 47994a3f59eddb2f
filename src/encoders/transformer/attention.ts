import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul, wasmLayers } from '../../numerics/tensors/index.js';

export interface AttentionShape {
  readonly batch: number;
  /** Tokens of each text, padding included. */
  readonly length: number;
  readonly heads: number;
  /** Key and value heads, a divisor of `heads`: each serves a group of neighboring heads. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** [batch], tokens without padding, which stands behind them. */
  readonly lengths: ArrayLike<number>;
  readonly causal: boolean;
}

/** Turns pairs of coordinates by angles that grow with the position: [1, 1, T, headSize] each. */
export interface RotaryTables {
  readonly cosine: tf.Tensor4D;
  /** The sine, negated in the first half. */
  readonly signedSine: tf.Tensor4D;
}

/**
 * Added to the scores of what must not be seen: exp of a difference with it is exactly 0. Finite, because WGSL may
 * assume that no infinity occurs, and because a row of −∞ alone would give NaN.
 */
const MASKED = -1e9;

/** [1, B, 1, T], 0 at tokens and the sentinel at padding; null when no text is padded. */
export const paddingMask = (lengths: ArrayLike<number>, length: number): tf.Tensor4D | null => {
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
export const causalMask = (length: number): tf.Tensor4D => {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(MASKED, i * length + i + 1, (i + 1) * length);
  return tf.tensor4d(mask, [1, 1, length, length]);
};

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

const rotate = (x: tf.Tensor4D, { cosine, signedSine }: RotaryTables): tf.Tensor4D =>
  tf.add(tf.mul(x, cosine), tf.mul(swapHalves(x), signedSine)) as tf.Tensor4D;

/** The transpose of {@link rotate}: its gradient. */
const rotateBack = (dy: tf.Tensor4D, { cosine, signedSine }: RotaryTables): tf.Tensor4D =>
  tf.add(tf.mul(dy, cosine), swapHalves(tf.mul(dy, signedSine))) as tf.Tensor4D;

/** [K, B, T, h] → [K · group, B, T, h]: each head once for every head of its group. */
const repeatHeads = (x: tf.Tensor4D, group: number): tf.Tensor4D => {
  if (group === 1) return x;
  const [heads, batch, length, size] = x.shape;
  const tiled = tf.tile(tf.reshape(x, [heads, 1, batch * length * size]), [1, group, 1]);
  return tf.reshape(tiled, [heads * group, batch, length, size]);
};

/** The gradient of {@link repeatHeads}. */
const sumHeads = (dy: tf.Tensor4D, group: number): tf.Tensor4D => {
  if (group === 1) return dy;
  const [heads, batch, length, size] = dy.shape;
  const grouped = tf.reshape(dy, [heads / group, group, batch * length * size]);
  return tf.reshape(tf.sum(grouped, 1), [heads / group, batch, length, size]);
};

/**
 * Multi-head attention: softmax(Q·Kᵀ / √headSize + mask) · V per head, rotary positions and grouped keys included.
 *
 * One operation with a gradient of its own: heads lie on the first axis, so that queries, keys and values are
 * contiguous slices of one transposed matrix, and the backward pass keeps the probabilities and those slices alone.
 *
 * @param projected [B · T, (heads + 2 · keyValueHeads) · headSize], queries, then keys, then values.
 * @param mask Added to the scores, broadcast to [heads, B, T, T].
 * @returns [B · T, heads · headSize]
 */
export const attention = (
  projected: tf.Tensor2D,
  { batch, length, heads, keyValueHeads, headSize, lengths, causal }: AttentionShape,
  mask: tf.Tensor4D | null,
  rotary: RotaryTables | null,
): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([projected], () => {
    const scale = 1 / Math.sqrt(headSize);
    const layers = rotary === null ? wasmLayers() : null;
    if (layers !== null) {
      const layout = { length, heads, groups: keyValueHeads, size: headSize, scale, causal };
      const { value, shares } = layers.attention(projected, lengths, layout);
      return {
        value,
        saved: [projected, shares],
        gradient: (dy, [x, weights]) => [
          layers.attentionGradient(dy, x as tf.Tensor2D, weights as tf.Tensor4D, lengths, layout),
        ],
      };
    }
    const group = heads / keyValueHeads;
    const all = heads + 2 * keyValueHeads;
    const byHead: tf.Tensor4D = tf.transpose(
      tf.reshape(projected, [batch, length, all, headSize]),
      [2, 0, 1, 3],
    );
    const part = (x: tf.Tensor4D, start: number, count: number): tf.Tensor4D =>
      tf.slice(x, [start, 0, 0, 0], [count, -1, -1, -1]);
    const turned = part(byHead, 0, heads + keyValueHeads);
    const queriesAndKeys = rotary === null ? turned : rotate(turned, rotary);
    const q = tf.mul(part(queriesAndKeys, 0, heads), scale) as tf.Tensor4D;
    const k = repeatHeads(part(queriesAndKeys, heads, keyValueHeads), group);
    const v = repeatHeads(part(byHead, heads + keyValueHeads, keyValueHeads), group);
    const scores = matMul(q, k, false, true);
    const p = tf.softmax(mask === null ? scores : (tf.add(scores, mask) as tf.Tensor4D));
    const context = tf.transpose(matMul(p, v), [1, 2, 0, 3]);
    return {
      value: tf.reshape(context, [batch * length, heads * headSize]),
      saved: rotary === null ? [q, k, v, p] : [q, k, v, p, rotary.cosine, rotary.signedSine],
      gradient: (dy, saved) => {
        const [qs, ks, vs, ps, cosine, signedSine] = saved as tf.Tensor4D[];
        const upstream: tf.Tensor4D = tf.transpose(
          tf.reshape(dy, [batch, length, heads, headSize]),
          [2, 0, 1, 3],
        );
        const dv = matMul(ps!, upstream, true, false);
        const dp = matMul(upstream, vs!, false, true);
        const weighted = tf.mul(dp, ps!);
        const ds = tf.sub(weighted, tf.mul(ps!, tf.sum(weighted, -1, true))) as tf.Tensor4D;
        const dq = tf.mul(matMul(ds, ks!), scale) as tf.Tensor4D;
        const dk = sumHeads(matMul(ds, qs!, true, false), group);
        const dqk = tf.concat([dq, dk], 0);
        const turnedBack =
          cosine === undefined ? dqk : rotateBack(dqk, { cosine, signedSine: signedSine as tf.Tensor4D });
        const dall = tf.transpose(tf.concat([turnedBack, sumHeads(dv, group)], 0), [1, 2, 0, 3]);
        return [tf.reshape(dall, [batch * length, all * headSize])];
      },
    };
  });
