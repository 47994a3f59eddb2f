import { dropoutRates, headSizeOf, layerNorm, layersOf, linear, norms, table } from '../blocks.js';
import type { ConfigFields } from '../config-fields.js';
import type { Activation, LayerDescription, TransformerDescription } from '../model-description.js';

const GATES: Readonly<Record<string, Activation>> = { swiglu: 'silu', geglu: 'gelu' };

/** NomicBERT with the fields and names of its own code, as nomic-embed-text-v1 and v1.5 are published. */
export const nomicBertFirstRelease = (fields: ConfigFields): TransformerDescription => {
  const { count, number, boolean, only } = fields;
  const width = count('n_embd', 768);
  const heads = count('n_head', 12);
  const headSize = headSizeOf(fields, width, heads, 'n_head');
  if (headSize % 2 !== 0) fields.fail('n_head', 'such that heads have an even size');
  only('rotary_emb_fraction', 1);
  only('rotary_emb_interleaved', false);
  only('rotary_emb_scale_base', null);
  only('rotary_scaling_factor', null);
  for (const key of ['prenorm', 'use_rms_norm', 'causal', 'parallel_block']) only(key, false);
  only('moe_every_n_layers', 0);
  const gate = String(fields.json.activation_function ?? 'swiglu');
  const activation = Object.hasOwn(GATES, gate) ? GATES[gate] : undefined;
  if (activation === undefined) fields.fail('activation_function', `one of ${Object.keys(GATES).join(', ')}`);
  const epsilon = number('layer_norm_epsilon', 1e-12);
  const inner = count('n_inner', 4 * width);
  const base = number('rotary_emb_base', 1000);
  if (base <= 1) fields.fail('rotary_emb_base', 'a number above 1');
  const [joinedBias, upBias] = [boolean('qkv_proj_bias', true), boolean('mlp_fc1_bias', true)];
  const downBias = boolean('mlp_fc2_bias', true);
  const layer = (index: number): LayerDescription => {
    const at = `encoder.layers.${index}`;
    return {
      attention: {
        heads,
        keyValueHeads: heads,
        headSize,
        projections: { kind: 'joined', map: linear(`${at}.attn.Wqkv`, width, 3 * width, joinedBias) },
        output: linear(`${at}.attn.out_proj`, width, width, joinedBias),
        scale: 1 / Math.sqrt(headSize),
        sight: { kind: 'full' },
        rotary: { base },
        queryNorm: null,
        keyNorm: null,
      },
      feedForward: {
        kind: 'gated',
        activation,
        projections: {
          kind: 'separate',
          gate: linear(`${at}.mlp.fc12`, width, inner, upBias),
          up: linear(`${at}.mlp.fc11`, width, inner, upBias),
        },
        down: linear(`${at}.mlp.fc2`, inner, width, downBias),
      },
      norms: norms({
        afterAttention: layerNorm(`${at}.norm1`, width, epsilon),
        afterFeedForward: layerNorm(`${at}.norm2`, width, epsilon),
      }),
    };
  };
  return {
    architecture: 'nomic_bert',
    width,
    maximumLength: count('n_positions', 2048),
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embeddings.word_embeddings', count('vocab_size', 30_528), width),
      positions: { kind: 'none' },
      tokenTypes: table('embeddings.token_type_embeddings', count('type_vocab_size', 2), width),
      norm: layerNorm('emb_ln', width, epsilon),
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(count('n_layer', 12), layer),
    finalNorm: null,
    dropout: dropoutRates(fields, {
      embeddings: ['embd_pdrop', 0],
      attention: ['attn_pdrop', 0],
      attentionOutput: ['resid_pdrop', 0],
      feedForwardOutput: ['resid_pdrop', 0],
    }),
    prefixes: ['', 'bert.', 'nomic_bert.'],
  };
};
