import { bertDropout, headSizeOf, layerNorm, layersOf, norms, table } from '../blocks.js';
import { type ConfigFields, rotaryBase } from '../config-fields.js';
import type { LayerDescription, TransformerDescription } from '../model-description.js';
import { nomicBertFirstRelease } from './nomic-bert-first-release.js';
import { preNormLayer } from './pre-norm-layer.js';

/** NomicBERT: BERT with rotary positions, gated blocks and no biases. Fields and names are those of transformers, or of its first release. */
export const nomicBert = (fields: ConfigFields): TransformerDescription => {
  const { count, number, json } = fields;
  if (json.n_embd !== undefined) return nomicBertFirstRelease(fields);
  const width = count('hidden_size', 768);
  const heads = count('num_attention_heads', 12);
  const headSize =
    json.head_dim == null ? headSizeOf(fields, width, heads, 'num_attention_heads') : count('head_dim');
  if (headSize % 2 !== 0) fields.fail('head_dim', 'even for rotary positions');
  const epsilon = number('layer_norm_eps', 1e-12);
  const sizes = {
    width,
    heads,
    keyValueHeads: heads,
    headSize,
    intermediate: count('intermediate_size', 3072),
    activation: fields.activation('hidden_act', 'silu'),
    epsilon,
    projectionBias: false,
    headNorms: false,
    weightOffset: 0,
    scale: 1 / Math.sqrt(headSize),
    rotaryBase: rotaryBase(fields, 1000),
    sight: { kind: 'full' as const },
  };
  const layer = (index: number): LayerDescription => ({
    ...preNormLayer(`layers.${index}`, sizes),
    norms: norms({
      afterAttention: layerNorm(`layers.${index}.post_attention_layernorm`, width, epsilon),
      afterFeedForward: layerNorm(`layers.${index}.post_mlp_layernorm`, width, epsilon),
    }),
  });
  return {
    architecture: 'nomic_bert',
    width,
    maximumLength: count('max_position_embeddings', 2048),
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embeddings.word_embeddings', count('vocab_size', 30_528), width),
      positions: { kind: 'none' },
      tokenTypes: table('embeddings.token_type_embeddings', count('type_vocab_size', 2), width),
      norm: layerNorm('embeddings.LayerNorm', width, epsilon),
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(count('num_hidden_layers', 12), layer),
    finalNorm: null,
    dropout: bertDropout(fields, 0),
    prefixes: ['', 'model.', 'nomic_bert.'],
  };
};
