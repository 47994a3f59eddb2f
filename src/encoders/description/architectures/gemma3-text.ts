import { dropoutRates, layersOf, norms, rmsNorm, table } from '../blocks.js';
import { type ConfigFields, layerTypes, rotaryBase } from '../config-fields.js';
import type { LayerDescription, TransformerDescription } from '../model-description.js';
import { preNormLayer } from './pre-norm-layer.js';

/** What Gemma 3 adds to the weights of its norms. */
const OFFSET = 1;

/** Gemma 3 with attention in both directions, as EmbeddingGemma has it. */
export const gemma3Text = (fields: ConfigFields): TransformerDescription => {
  const { count, number, json, fail } = fields;
  if (json.use_bidirectional_attention !== true) fail('use_bidirectional_attention', 'true');
  fields.only('attention_bias', false);
  fields.only('attn_logit_softcapping', null);
  const width = count('hidden_size', 2304);
  const heads = count('num_attention_heads', 8);
  const keyValueHeads = count('num_key_value_heads', 4);
  if (heads % keyValueHeads !== 0) fail('num_key_value_heads', `a divisor of ${heads}`);
  const headSize = count('head_dim', 256);
  if (headSize % 2 !== 0) fail('head_dim', 'even for rotary positions');
  const layers = count('num_hidden_layers', 26);
  const epsilon = number('rms_norm_eps', 1e-6);
  const distance = Math.floor(count('sliding_window', 4096) / 2);
  const every = count('sliding_window_pattern', 6);
  const types = layerTypes(fields, layers, (index) =>
    (index + 1) % every === 0 ? 'full_attention' : 'sliding_attention',
  );
  const bases = {
    full_attention: rotaryBase(fields, 1_000_000, { layerType: 'full_attention' }),
    sliding_attention: rotaryBase(fields, 10_000, {
      layerType: 'sliding_attention',
      older: 'rope_local_base_freq',
    }),
  };
  const sizes = {
    width,
    heads,
    keyValueHeads,
    headSize,
    intermediate: count('intermediate_size', 9216),
    activation: fields.activation('hidden_activation', 'gelu_pytorch_tanh'),
    epsilon,
    projectionBias: false,
    headNorms: true,
    weightOffset: OFFSET,
    scale: 1 / Math.sqrt(number('query_pre_attn_scalar', 256)),
  };
  const layer = (index: number): LayerDescription => {
    const at = `layers.${index}`;
    const type = types[index]!;
    const norm = (name: string) => rmsNorm(`${at}.${name}`, width, epsilon, OFFSET);
    return {
      ...preNormLayer(at, {
        ...sizes,
        rotaryBase: bases[type],
        sight: type === 'full_attention' ? { kind: 'full' } : { kind: 'window', distance },
      }),
      norms: norms({
        beforeAttention: norm('input_layernorm'),
        insideAttention: norm('post_attention_layernorm'),
        beforeFeedForward: norm('pre_feedforward_layernorm'),
        insideFeedForward: norm('post_feedforward_layernorm'),
      }),
    };
  };
  return {
    architecture: 'gemma3_text',
    width,
    maximumLength: count('max_position_embeddings', 131_072),
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embed_tokens', count('vocab_size', 262_208), width),
      positions: { kind: 'none' },
      tokenTypes: null,
      norm: null,
      scale: Math.sqrt(width),
    },
    relativeBias: null,
    layers: layersOf(layers, layer),
    finalNorm: rmsNorm('norm', width, epsilon, OFFSET),
    dropout: dropoutRates(fields, { attention: ['attention_dropout', 0] }),
    prefixes: ['', 'model.'],
  };
};
