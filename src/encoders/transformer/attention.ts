import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul, wasmLayers } from '../../numerics/tensors/index.js';
import { type RotaryTables, rotate, rotateBack } from './rotary.js';

export interface AttentionShape {
  readonly batch: number;
  /** Tokens of each text, padding included. */
  readonly length: number;
  readonly heads: number;
  /** Key and value heads, a divisor of `heads`: each serves a group of neighboring heads. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** A factor of the scores, 1 / √headSize as a rule. */
  readonly scale: number;
}

/** A bias of the scores that training may change: [heads, 1, T, T]. */
export interface LearnedBias {
  readonly values: tf.Tensor4D;
  readonly isTrained: boolean;
}

/** What tokens see of each other, and how much their places count. */
export interface AttentionSight {
  /** Added to the scores, broadcast to [heads, B, T, T]; null where nothing is hidden. */
  readonly mask: tf.Tensor4D | null;
  /** What the mask says, where lengths and direction are all of it: for kernels that need no mask. */
  readonly plain: { readonly lengths: ArrayLike<number>; readonly causal: boolean } | null;
  readonly bias: LearnedBias | null;
  readonly rotary: RotaryTables | null;
}

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
 * Multi-head attention: softmax(scale · Q·Kᵀ + bias + mask) · V per head, rotary positions and grouped keys included.
 *
 * One operation with a gradient of its own: heads lie on the first axis, so that queries, keys and values are
 * contiguous slices of one transposed matrix, and the backward pass keeps the probabilities and those slices alone.
 *
 * @param projected [B · T, (heads + 2 · keyValueHeads) · headSize], queries, then keys, then values.
 * @returns [B · T, heads · headSize]
 */
export const attention = (
  projected: tf.Tensor2D,
  { batch, length, heads, keyValueHeads, headSize, scale }: AttentionShape,
  { mask, plain, bias, rotary }: AttentionSight,
): tf.Tensor2D => {
  const isBiasTrained = bias?.isTrained === true;
  return customGradient<tf.Tensor2D>(isBiasTrained ? [projected, bias.values] : [projected], () => {
    const layers = rotary === null && bias === null && plain !== null ? wasmLayers() : null;
    if (layers !== null) {
      const { lengths, causal } = plain!;
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
    const summands = [bias?.values ?? null, mask].filter((summand) => summand !== null);
    const scores = summands.reduce<tf.Tensor4D>((sum, own) => tf.add(sum, own), matMul(q, k, false, true));
    const p = tf.softmax(scores);
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
        const dProjected = tf.reshape(dall, [batch * length, all * headSize]);
        return isBiasTrained ? [dProjected, tf.sum(ds, 1, true)] : [dProjected];
      },
    };
  });
};
