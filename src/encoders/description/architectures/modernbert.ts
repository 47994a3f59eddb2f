import { dropoutRates, headSizeOf, layerNorm, layersOf, linear, norms, table } from '../blocks.js';
import { type ConfigFields, layerTypes, rotaryBase } from '../config-fields.js';
import type { LayerDescription, TransformerDescription } from '../model-description.js';

/** ModernBERT: rotary positions, gated blocks, and attention that is local in most layers. */
export const modernbert = (fields: ConfigFields): TransformerDescription => {
  const { count, number, boolean } = fields;
  const width = count('hidden_size', 768);
  const heads = count('num_attention_heads', 12);
  const headSize = headSizeOf(fields, width, heads, 'num_attention_heads');
  if (headSize % 2 !== 0) fields.fail('num_attention_heads', 'such that heads have an even size');
  const intermediate = count('intermediate_size', 1152);
  const layers = count('num_hidden_layers', 22);
  const epsilon = number('norm_eps', 1e-5);
  const [normBias, mapBias] = [boolean('norm_bias', false), boolean('mlp_bias', false)];
  const attentionBias = boolean('attention_bias', false);
  const activation = fields.activation('hidden_activation', 'gelu');
  const distance = Math.floor(count('local_attention', 128) / 2);
  const every = count('global_attn_every_n_layers', 3);
  const types = layerTypes(fields, layers, (index) =>
    index % every === 0 ? 'full_attention' : 'sliding_attention',
  );
  const bases = {
    full_attention: rotaryBase(fields, 160_000, { layerType: 'full_attention', older: 'global_rope_theta' }),
    sliding_attention: rotaryBase(fields, 10_000, {
      layerType: 'sliding_attention',
      older: 'local_rope_theta',
    }),
  };
  const layer = (index: number): LayerDescription => {
    const at = `layers.${index}`;
    const type = types[index]!;
    return {
      attention: {
        heads,
        keyValueHeads: heads,
        headSize,
        projections: { kind: 'joined', map: linear(`${at}.attn.Wqkv`, width, 3 * width, attentionBias) },
        output: linear(`${at}.attn.Wo`, width, width, attentionBias),
        scale: 1 / Math.sqrt(headSize),
        sight: type === 'full_attention' ? { kind: 'full' } : { kind: 'window', distance },
        rotary: { base: bases[type] },
        queryNorm: null,
        keyNorm: null,
      },
      feedForward: {
        kind: 'gated',
        activation,
        projections: { kind: 'joined', map: linear(`${at}.mlp.Wi`, width, 2 * intermediate, mapBias) },
        down: linear(`${at}.mlp.Wo`, intermediate, width, mapBias),
      },
      norms: norms({
        // The embeddings' own norm stands in the place of the first.
        beforeAttention: index === 0 ? null : layerNorm(`${at}.attn_norm`, width, epsilon, normBias),
        beforeFeedForward: layerNorm(`${at}.mlp_norm`, width, epsilon, normBias),
      }),
    };
  };
  return {
    architecture: 'modernbert',
    width,
    maximumLength: count('max_position_embeddings', 8192),
    paddingId: number('pad_token_id', 50_283),
    embeddings: {
      words: table('embeddings.tok_embeddings', count('vocab_size', 50_368), width),
      positions: { kind: 'none' },
      tokenTypes: null,
      norm: layerNorm('embeddings.norm', width, epsilon, normBias),
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(layers, layer),
    finalNorm: layerNorm('final_norm', width, epsilon, normBias),
    dropout: dropoutRates(fields, {
      embeddings: ['embedding_dropout', 0],
      attention: ['attention_dropout', 0],
      attentionOutput: ['attention_dropout', 0],
      feedForwardInner: ['mlp_dropout', 0],
    }),
    prefixes: ['', 'model.'],
  };
};
