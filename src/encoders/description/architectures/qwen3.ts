import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { qwen } from './qwen2.js';

/** Qwen3: heads are normalized instead of shifted by biases, and may be wider than their share of the model. */
export const qwen3 = (fields: ConfigFields): TransformerDescription => {
  fields.only('attention_bias', false);
  return qwen(fields, {
    architecture: 'qwen3',
    projectionBias: false,
    headNorms: true,
    headSize: ({ count }) => count('head_dim', 128),
  });
};
