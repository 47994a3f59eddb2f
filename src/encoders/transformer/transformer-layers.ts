import * as tf from '@tensorflow/tfjs';
import { gatherRows } from '../../numerics/tensors/index.js';
import { activate, swiGlu } from './activations.js';
import { type AttentionShape, attention, causalMask, paddingMask, rotaryTables } from './attention.js';
import { addRow } from './linear.js';
import { withoutGradient } from './no-gradient.js';
import { layerNorm, rmsNorm } from './norms.js';
import type { Parameters } from './parameters.js';
import type { TransformerConfig } from './transformer-config.js';

/** Padded texts of one length. */
export interface PaddedTexts {
  /** [B · T] */
  readonly ids: Int32Array;
  /** [B], tokens without padding. */
  readonly lengths: Uint32Array;
  readonly length: number;
}

/** What the layers of one pass share. */
interface PassContext {
  readonly shape: AttentionShape;
  readonly mask: tf.Tensor4D | null;
  readonly rotary: ReturnType<typeof rotaryTables> | null;
}

const passContext = (config: TransformerConfig, { lengths, length }: PaddedTexts): PassContext => ({
  shape: {
    batch: lengths.length,
    length,
    heads: config.heads,
    keyValueHeads: config.keyValueHeads,
    headSize: config.headSize,
    lengths,
    causal: config.causal,
  },
  mask: config.causal ? causalMask(length) : paddingMask(lengths, length),
  rotary: config.rotaryBase === null ? null : rotaryTables(length, config.headSize, config.rotaryBase),
});

/** Normalization after each half: BERT and RoBERTa. */
const postNormLayer = (
  x: tf.Tensor2D,
  layer: number,
  parameters: Parameters,
  config: TransformerConfig,
  { shape, mask }: PassContext,
): tf.Tensor2D => {
  const at = `encoder.layer.${layer}`;
  const norm = (value: tf.Tensor2D, residual: tf.Tensor2D, name: string) =>
    layerNorm(
      value,
      residual,
      parameters.get(`${at}.${name}.weight`),
      parameters.get(`${at}.${name}.bias`),
      config.normEpsilon,
    );
  const context = attention(parameters.linear(x, `${at}.attention.self.qkv`), shape, mask, null);
  const attended = norm(
    parameters.linear(context, `${at}.attention.output.dense`),
    x,
    'attention.output.LayerNorm',
  );
  const inner = activate(parameters.linear(attended, `${at}.intermediate.dense`), config.activation);
  return norm(parameters.linear(inner, `${at}.output.dense`), attended, 'output.LayerNorm');
};

/** Normalization before each half, SwiGLU in the second: Qwen2. */
const preNormLayer = (
  x: tf.Tensor2D,
  layer: number,
  parameters: Parameters,
  config: TransformerConfig,
  { shape, mask, rotary }: PassContext,
): tf.Tensor2D => {
  const at = `layers.${layer}`;
  const norm = (value: tf.Tensor2D, name: string) =>
    rmsNorm(value, parameters.get(`${at}.${name}.weight`), config.normEpsilon);
  const projected = parameters.linear(norm(x, 'input_layernorm'), `${at}.self_attn.qkv_proj`);
  const context = attention(projected, shape, mask, rotary);
  const attended = tf.add(x, parameters.linear(context, `${at}.self_attn.o_proj`)) as tf.Tensor2D;
  const gates = parameters.linear(norm(attended, 'post_attention_layernorm'), `${at}.mlp.gate_up_proj`);
  return tf.add(attended, parameters.linear(swiGlu(gates), `${at}.mlp.down_proj`));
};

/** [B · T], the row of the position table for each token; null when every text counts on from the first row. */
const positionRows = ({ ids, length }: PaddedTexts, config: TransformerConfig, lengths: Uint32Array) => {
  if (config.family !== 'roberta') return null;
  const isPadding = (row: number, t: number) => ids[row * length + t] === config.paddingId;
  const rows = new Int32Array(ids.length).fill(config.paddingId);
  let plain = true;
  lengths.forEach((count, row) => {
    // RoBERTa gives the padding id in the midst of a text no position of its own.
    let position = config.positionOffset;
    for (let t = 0; t < count; t++) {
      if (isPadding(row, t)) plain = false;
      else rows[row * length + t] = position++;
    }
  });
  return plain ? null : rows;
};

const embedTokens = (texts: PaddedTexts, parameters: Parameters, config: TransformerConfig): tf.Tensor2D => {
  const { ids, lengths, length } = texts;
  const width = config.hiddenSize;
  const isQwen = config.family === 'qwen2';
  const table = isQwen ? 'embed_tokens.weight' : 'embeddings.word_embeddings.weight';
  const words = gatherRows(parameters.get<tf.Tensor2D>(table), ids);
  if (isQwen) return words;
  const positions = parameters.get<tf.Tensor2D>('embeddings.position_embeddings.weight');
  const types = parameters.get<tf.Tensor2D>('embeddings.token_type_embeddings.weight');
  const type = tf.slice(types, [0, 0], [1, width]);
  const rows = positionRows(texts, config, lengths);
  const norm = (x: tf.Tensor2D, residual: tf.Tensor2D | null) =>
    layerNorm(
      x,
      residual,
      parameters.get('embeddings.LayerNorm.weight'),
      parameters.get('embeddings.LayerNorm.bias'),
      config.normEpsilon,
    );
  if (rows !== null) {
    const typed = addRow(words, tf.reshape(type, [width]) as tf.Tensor1D);
    return norm(typed, gatherRows(positions, rows));
  }
  const place = tf.add(tf.slice(positions, [config.positionOffset, 0], [length, width]), type);
  const row = tf.reshape(place, [length * width]) as tf.Tensor1D;
  const byText = tf.reshape(words, [lengths.length, length * width]) as tf.Tensor2D;
  return norm(tf.reshape(addRow(byText, row), [lengths.length * length, width]), null);
};

/**
 * The last hidden states of padded texts.
 *
 * @returns [B · T, hiddenSize]; rows of padding hold no meaning.
 */
export const hiddenStates = (
  texts: PaddedTexts,
  parameters: Parameters,
  config: TransformerConfig,
): tf.Tensor2D => {
  const context = passContext(config, texts);
  const step = config.family === 'qwen2' ? preNormLayer : postNormLayer;
  const run = (x: tf.Tensor2D, from: number, to: number) => {
    let hidden = x;
    for (let layer = from; layer < to; layer++) {
      const before = hidden;
      hidden = tf.tidy(() => step(before, layer, parameters, config, context));
      // Outside of training nothing needs a layer's input once its output is there.
      if (layer > from) before.dispose();
    }
    return hidden;
  };
  const lowest = Math.min(parameters.lowestTrained, config.layers);
  const frozen = Math.max(lowest, 0);
  const embedded = () => run(embedTokens(texts, parameters, config), 0, frozen);
  const hidden = run(lowest < 0 ? embedded() : withoutGradient(embedded), frozen, config.layers);
  return config.family === 'qwen2'
    ? rmsNorm(hidden, parameters.get('norm.weight'), config.normEpsilon)
    : hidden;
};
