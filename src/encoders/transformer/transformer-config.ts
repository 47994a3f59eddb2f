import type { Activation } from './activations.js';

/** The families of checkpoints that {@link TransformerEncoder} runs. */
export type TransformerFamily = 'bert' | 'roberta' | 'qwen2';

/** What a transformer's arithmetic depends on, under one set of names for all families. */
export interface TransformerConfig {
  readonly family: TransformerFamily;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Below `heads` where groups of heads share keys and values. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly normEpsilon: number;
  /** Tokens of the longest text, special ones included. */
  readonly maximumPositions: number;
  /** Rows of the position table that come before the first token's; RoBERTa counts from its padding id + 1. */
  readonly positionOffset: number;
  readonly tokenTypes: number;
  /** The base of the rotary angles; null where positions are a learned table. */
  readonly rotaryBase: number | null;
  /** Whether a token sees only what stands before it. */
  readonly causal: boolean;
  /** Standard deviation of new weights. */
  readonly initializerRange: number;
  readonly paddingId: number;
}

type Json = Readonly<Record<string, unknown>>;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** The families that {@link TransformerEncoder} runs, by the `model_type` of their config.json. */
export const transformerFamilies: readonly TransformerFamily[] = ['bert', 'roberta', 'qwen2'];

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** Reads one value after another of a config.json and names the file in every error. */
const fieldReader = (json: Json, path: string) => {
  const fail = (key: string, expected: string): never => {
    throw new Error(`${path}: ${key} must be ${expected}, found ${JSON.stringify(json[key])}`);
  };
  return {
    count(key: string, fallback?: number): number {
      const value = json[key] ?? fallback;
      return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
        ? value
        : fail(key, 'a whole number above 0');
    },
    number(key: string, fallback: number): number {
      const value = json[key] ?? fallback;
      return typeof value === 'number' && Number.isFinite(value) ? value : fail(key, 'a number');
    },
    activation(): Activation {
      const known = ACTIVATIONS[String(json.hidden_act ?? 'gelu')];
      return known ?? fail('hidden_act', `one of ${Object.keys(ACTIVATIONS).join(', ')}`);
    },
    fail,
  };
};

/** Values in one weight: more do not fit into a typed array everywhere, and no known encoder comes near. */
const LARGEST_WEIGHT = 2 ** 31;

const rotaryBase = (json: Json, path: string): number => {
  const parameters = { ...record(json.rope_scaling), ...record(json.rope_parameters) };
  const kind = parameters.rope_type ?? parameters.type ?? 'default';
  if (kind !== 'default') {
    throw new Error(`${path}: rotary positions must be of type default, found ${JSON.stringify(kind)}`);
  }
  const base = parameters.rope_theta ?? json.rope_theta ?? 10_000;
  if (typeof base !== 'number' || !(base > 1)) {
    throw new Error(`${path}: rope_theta must be a number above 1, found ${JSON.stringify(base)}`);
  }
  return base;
};

/** A sliding window changes nothing for texts that fit into it. */
const positionsWithinWindow = (json: Json, positions: number): number =>
  json.use_sliding_window === true && typeof json.sliding_window === 'number'
    ? Math.min(positions, json.sliding_window)
    : positions;

/**
 * Reads a Hugging Face config.json.
 *
 * @param path Named in errors.
 * @throws Error when the architecture, activation, kind of positions or a size is missing or unsupported.
 */
export const parseTransformerConfig = (json: Json, path: string): TransformerConfig => {
  const { count, number, activation, fail } = fieldReader(json, path);
  const family = transformerFamilies.find((name) => name === json.model_type);
  if (family === undefined) return fail('model_type', `one of ${transformerFamilies.join(', ')}`);
  const isQwen = family === 'qwen2';
  const positionKind = json.position_embedding_type ?? 'absolute';
  if (!isQwen && positionKind !== 'absolute') return fail('position_embedding_type', '"absolute"');
  if (json.is_decoder === true && !isQwen) return fail('is_decoder', 'false');
  const hiddenSize = count('hidden_size');
  const heads = count('num_attention_heads');
  const headSize = isQwen ? count('head_dim', hiddenSize / heads) : hiddenSize / heads;
  const keyValueHeads = isQwen ? count('num_key_value_heads', heads) : heads;
  if (!Number.isInteger(headSize)) return fail('num_attention_heads', `a divisor of ${hiddenSize}`);
  if (heads % keyValueHeads !== 0) return fail('num_key_value_heads', `a divisor of ${heads}`);
  if (isQwen && headSize % 2 !== 0) return fail('head_dim', 'even for rotary positions');
  const vocabularySize = count('vocab_size');
  const intermediateSize = count('intermediate_size');
  for (const [key, rows] of [
    ['vocab_size', vocabularySize],
    ['intermediate_size', intermediateSize],
    ['hidden_size', hiddenSize],
  ] as const)
    if (rows * hiddenSize >= LARGEST_WEIGHT)
      return fail(key, `such that ${key} × hidden_size stays below ${LARGEST_WEIGHT}`);
  const paddingId = number('pad_token_id', family === 'roberta' ? 1 : 0);
  const positionOffset = family === 'roberta' ? paddingId + 1 : 0;
  const positions = count('max_position_embeddings', isQwen ? 32_768 : 512);
  return {
    family,
    vocabularySize,
    hiddenSize,
    layers: count('num_hidden_layers'),
    heads,
    keyValueHeads,
    headSize,
    intermediateSize,
    activation: activation(),
    normEpsilon: isQwen ? number('rms_norm_eps', 1e-6) : number('layer_norm_eps', 1e-12),
    maximumPositions: isQwen ? positionsWithinWindow(json, positions) : positions - positionOffset,
    positionOffset,
    tokenTypes: isQwen ? 0 : count('type_vocab_size', 2),
    rotaryBase: isQwen ? rotaryBase(json, path) : null,
    causal: isQwen && json.is_causal !== false,
    initializerRange: number('initializer_range', 0.02),
    paddingId,
  };
};

const HIDDEN_ACT: Readonly<Record<Activation, string>> = {
  gelu: 'gelu',
  'gelu-tanh': 'gelu_pytorch_tanh',
  relu: 'relu',
  silu: 'silu',
};

const ARCHITECTURES: Readonly<Record<TransformerFamily, string>> = {
  bert: 'BertModel',
  roberta: 'RobertaModel',
  qwen2: 'Qwen2Model',
};

/** The config.json of a model that was not loaded from one; {@link parseTransformerConfig} reads it back. */
export const formatTransformerConfig = (config: TransformerConfig): Record<string, unknown> => ({
  architectures: [ARCHITECTURES[config.family]],
  model_type: config.family,
  dtype: 'float32',
  vocab_size: config.vocabularySize,
  hidden_size: config.hiddenSize,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  intermediate_size: config.intermediateSize,
  hidden_act: HIDDEN_ACT[config.activation],
  max_position_embeddings: config.maximumPositions + config.positionOffset,
  initializer_range: config.initializerRange,
  pad_token_id: config.paddingId,
  ...(config.family === 'qwen2'
    ? {
        num_key_value_heads: config.keyValueHeads,
        head_dim: config.headSize,
        rms_norm_eps: config.normEpsilon,
        rope_theta: config.rotaryBase,
        rope_parameters: { rope_type: 'default', rope_theta: config.rotaryBase },
        use_sliding_window: false,
        tie_word_embeddings: true,
      }
    : { layer_norm_eps: config.normEpsilon, type_vocab_size: config.tokenTypes }),
});
