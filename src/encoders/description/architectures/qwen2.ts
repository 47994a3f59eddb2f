import { dropoutRates, headSizeOf, layersOf, rmsNorm, table } from '../blocks.js';
import { type ConfigFields, rotaryBase } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { preNormLayer } from './pre-norm-layer.js';

/** A sliding window changes nothing for texts that fit into it. */
const lengthWithinWindow = ({ json, count }: ConfigFields, positions: number): number =>
  json.use_sliding_window === true && json.sliding_window != null
    ? Math.min(positions, count('sliding_window'))
    : positions;

/** What Qwen2 and Qwen3 differ in. */
interface Generation {
  readonly architecture: string;
  readonly projectionBias: boolean;
  readonly headNorms: boolean;
  readonly headSize: (fields: ConfigFields, width: number, heads: number) => number;
}

/** A causal model with grouped attention, unless its config says `is_causal: false`. */
export const qwen = (fields: ConfigFields, generation: Generation): TransformerDescription => {
  const { count, number, boolean, fail } = fields;
  const width = count('hidden_size');
  const heads = count('num_attention_heads');
  const keyValueHeads = count('num_key_value_heads', heads);
  if (heads % keyValueHeads !== 0) fail('num_key_value_heads', `a divisor of ${heads}`);
  const headSize = generation.headSize(fields, width, heads);
  if (headSize % 2 !== 0) fail('head_dim', 'even for rotary positions');
  const epsilon = number('rms_norm_eps', 1e-6);
  const sizes = {
    width,
    heads,
    keyValueHeads,
    headSize,
    intermediate: count('intermediate_size'),
    activation: fields.activation('hidden_act', 'silu'),
    epsilon,
    projectionBias: generation.projectionBias,
    headNorms: generation.headNorms,
    weightOffset: 0,
    scale: 1 / Math.sqrt(headSize),
    rotaryBase: rotaryBase(fields, 10_000),
    sight: { kind: boolean('is_causal', true) ? ('causal' as const) : ('full' as const) },
  };
  return {
    architecture: generation.architecture,
    width,
    maximumLength: lengthWithinWindow(fields, count('max_position_embeddings', 32_768)),
    paddingId: number('pad_token_id', 0),
    embeddings: {
      words: table('embed_tokens', count('vocab_size'), width),
      positions: { kind: 'none' },
      tokenTypes: null,
      norm: null,
      scale: 1,
    },
    relativeBias: null,
    layers: layersOf(count('num_hidden_layers'), (index) => preNormLayer(`layers.${index}`, sizes)),
    finalNorm: rmsNorm('norm', width, epsilon),
    dropout: dropoutRates(fields, { attention: ['attention_dropout', 0] }),
    prefixes: ['', 'model.'],
  };
};

export const qwen2 = (fields: ConfigFields): TransformerDescription =>
  qwen(fields, {
    architecture: 'qwen2',
    projectionBias: true,
    headNorms: false,
    headSize: (own, width, heads) =>
      own.json.head_dim === undefined
        ? headSizeOf(own, width, heads, 'num_attention_heads')
        : own.count('head_dim'),
  });
