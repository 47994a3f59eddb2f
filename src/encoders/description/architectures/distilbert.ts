import { dropoutRates, headSizeOf, layerNorm, layersOf, table } from '../blocks.js';
import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { postNormLayer } from './post-norm-layer.js';

const layerNames = (at: string) => ({
  query: `${at}.attention.q_lin`,
  key: `${at}.attention.k_lin`,
  value: `${at}.attention.v_lin`,
  attentionOutput: `${at}.attention.out_lin`,
  attentionNorm: `${at}.sa_layer_norm`,
  up: `${at}.ffn.lin1`,
  down: `${at}.ffn.lin2`,
  feedForwardNorm: `${at}.output_layer_norm`,
});

const EPSILON = 1e-12;

/** DistilBERT: BERT without token types, under names of its own. Its angles are learned rows, whatever `sinusoidal_pos_embds` says. */
export const distilbert = (fields: ConfigFields): TransformerDescription => {
  const { count, number } = fields;
  const width = count('dim', 768);
  const heads = count('n_heads', 12);
  const maximumLength = count('max_position_embeddings', 512);
  const sizes = {
    width,
    heads,
    headSize: headSizeOf(fields, width, heads, 'n_heads'),
    intermediate: count('hidden_dim', 3072),
    activation: fields.activation('activation', 'gelu'),
    epsilon: EPSILON,
  };
  return {
    architecture: 'distilbert',
    width,
    maximumLength,
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embeddings.word_embeddings', count('vocab_size', 30_522), width),
      positions: { kind: 'absolute', table: table('embeddings.position_embeddings', maximumLength, width) },
      tokenTypes: null,
      norm: layerNorm('embeddings.LayerNorm', width, EPSILON),
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(count('n_layers', 6), (index) =>
      postNormLayer(layerNames(`transformer.layer.${index}`), sizes),
    ),
    finalNorm: null,
    dropout: dropoutRates(fields, {
      embeddings: ['dropout', 0.1],
      attention: ['attention_dropout', 0.1],
      feedForwardOutput: ['dropout', 0.1],
    }),
    prefixes: ['', 'distilbert.', 'model.'],
  };
};
