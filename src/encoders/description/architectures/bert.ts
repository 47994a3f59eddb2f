import { bertDropout, headSizeOf, layerNorm, layersOf, table } from '../blocks.js';
import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { postNormLayer } from './post-norm-layer.js';

const layerNames = (at: string) => ({
  query: `${at}.attention.self.query`,
  key: `${at}.attention.self.key`,
  value: `${at}.attention.self.value`,
  attentionOutput: `${at}.attention.output.dense`,
  attentionNorm: `${at}.attention.output.LayerNorm`,
  up: `${at}.intermediate.dense`,
  down: `${at}.output.dense`,
  feedForwardNorm: `${at}.output.LayerNorm`,
});

/** BERT: MiniLM, BGE and E5 are of this architecture. */
export const bert = (fields: ConfigFields): TransformerDescription => {
  const { count, number } = fields;
  fields.only('position_embedding_type', 'absolute');
  fields.only('is_decoder', false);
  const width = count('hidden_size', 768);
  const heads = count('num_attention_heads', 12);
  const epsilon = number('layer_norm_eps', 1e-12);
  const maximumLength = count('max_position_embeddings', 512);
  const sizes = {
    width,
    heads,
    headSize: headSizeOf(fields, width, heads, 'num_attention_heads'),
    intermediate: count('intermediate_size', 3072),
    activation: fields.activation('hidden_act', 'gelu'),
    epsilon,
  };
  return {
    architecture: 'bert',
    width,
    maximumLength,
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embeddings.word_embeddings', count('vocab_size', 30_522), width),
      positions: { kind: 'absolute', table: table('embeddings.position_embeddings', maximumLength, width) },
      tokenTypes: table('embeddings.token_type_embeddings', count('type_vocab_size', 2), width),
      norm: layerNorm('embeddings.LayerNorm', width, epsilon),
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(count('num_hidden_layers', 12), (index) =>
      postNormLayer(layerNames(`encoder.layer.${index}`), sizes),
    ),
    finalNorm: null,
    dropout: bertDropout(fields, 0.1),
    prefixes: ['', 'bert.', 'model.'],
  };
};
