import * as tf from '@tensorflow/tfjs';
import type { AttentionDescription, NormDescription } from '../description/index.js';
import { attention } from './attention.js';
import { seesAll } from './attention-mask.js';
import { projectionMap, singleMap } from './joined-maps.js';
import { normalize } from './normalize.js';
import type { Parameters } from './parameters.js';
import type { PassContext } from './pass-context.js';

/** Each head of queries and keys normalized by itself: [N, (heads + 2 · keyValueHeads) · headSize]. */
const withHeadNorms = (
  projected: tf.Tensor2D,
  { heads, keyValueHeads, headSize, queryNorm, keyNorm }: AttentionDescription,
  parameters: Parameters,
): tf.Tensor2D => {
  if (queryNorm === null && keyNorm === null) return projected;
  const rows = projected.shape[0];
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize];
  const part = (from: number, width: number, norm: NormDescription | null): tf.Tensor2D => {
    const own = tf.slice(projected, [0, from], [-1, width]);
    if (norm === null) return own;
    const byHead: tf.Tensor2D = tf.reshape(own, [(rows * width) / headSize, headSize]);
    return tf.reshape(normalize(byHead, null, norm, parameters), [rows, width]);
  };
  return tf.concat(
    [
      part(0, queries, queryNorm),
      part(queries, keys, keyNorm),
      tf.slice(projected, [0, queries + keys], [-1, keys]),
    ],
    1,
  );
};

/** Multi-head attention of a layer, its maps included: [B · T, width] → [B · T, width]. */
export const attend = (
  x: tf.Tensor2D,
  description: AttentionDescription,
  parameters: Parameters,
  context: PassContext,
): tf.Tensor2D => {
  const { heads, keyValueHeads, headSize, scale, sight, output } = description;
  const { lengths, length } = context;
  const projected = withHeadNorms(
    parameters.linear(x, projectionMap(description).name),
    description,
    parameters,
  );
  const isPlain = sight.kind === 'causal' || seesAll(sight, length);
  const mixed = attention(
    projected,
    { batch: lengths.length, length, heads, keyValueHeads, headSize, scale },
    {
      mask: context.mask(description),
      plain: isPlain ? { lengths, causal: sight.kind === 'causal' } : null,
      bias: context.bias,
      rotary: context.rotary(description),
    },
  );
  return parameters.linear(mixed, singleMap(output).name);
};
