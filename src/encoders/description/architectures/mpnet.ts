import { bertDropout, headSizeOf, layerNorm, layersOf, table } from '../blocks.js';
import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { postNormLayer } from './post-norm-layer.js';

const layerNames = (at: string) => ({
  query: `${at}.attention.attn.q`,
  key: `${at}.attention.attn.k`,
  value: `${at}.attention.attn.v`,
  attentionOutput: `${at}.attention.attn.o`,
  attentionNorm: `${at}.attention.LayerNorm`,
  up: `${at}.intermediate.dense`,
  down: `${at}.output.dense`,
  feedForwardNorm: `${at}.output.LayerNorm`,
});

/** The number from which on MPNet's code counts places, whatever its config says. */
const PADDING_ID = 1;

/** Likewise the number of its buckets. */
const BUCKETS = 32;

/** MPNet: RoBERTa's places, and a bias by distance that all layers share. */
export const mpnet = (fields: ConfigFields): TransformerDescription => {
  const { count, number } = fields;
  const width = count('hidden_size', 768);
  const heads = count('num_attention_heads', 12);
  const epsilon = number('layer_norm_eps', 1e-12);
  const rows = count('max_position_embeddings', 512);
  if (rows <= PADDING_ID + 1) fields.fail('max_position_embeddings', `above ${PADDING_ID + 1}`);
  fields.only('relative_attention_num_buckets', BUCKETS);
  const sizes = {
    width,
    heads,
    headSize: headSizeOf(fields, width, heads, 'num_attention_heads'),
    intermediate: count('intermediate_size', 3072),
    activation: fields.activation('hidden_act', 'gelu'),
    epsilon,
  };
  return {
    architecture: 'mpnet',
    width,
    maximumLength: rows - PADDING_ID - 1,
    paddingId: number('pad_token_id', PADDING_ID),
    embeddings: {
      words: table('embeddings.word_embeddings', count('vocab_size', 30_527), width),
      positions: {
        kind: 'absolute-without-padding',
        table: table('embeddings.position_embeddings', rows, width),
        paddingId: PADDING_ID,
      },
      tokenTypes: null,
      norm: layerNorm('embeddings.LayerNorm', width, epsilon),
      scale: 1,
    },
    relativeBias: {
      table: table('encoder.relative_attention_bias', BUCKETS, heads),
      maximumDistance: 128,
    },
    layers: layersOf(count('num_hidden_layers', 12), (index) =>
      postNormLayer(layerNames(`encoder.layer.${index}`), sizes),
    ),
    finalNorm: null,
    dropout: bertDropout(fields, 0.1),
    prefixes: ['', 'mpnet.', 'model.'],
  };
};
