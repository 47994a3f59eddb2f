import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTransformer, weightList } from '../../src/encoders/description/index.js';
import { writeSafetensors } from '../../src/encoders/transformer/index.js';

const bert = (layers: number, width: number) => ({
  model_type: 'bert',
  num_hidden_layers: layers,
  hidden_size: width,
  num_attention_heads: 12,
  intermediate_size: 4 * width,
});

/** Configurations of published models, by a short name. */
export const MODEL_SHAPES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  minilm: bert(6, 384),
  'bge-small': bert(12, 384),
  'bge-base': bert(12, 768),
  mpnet: { ...bert(12, 768), model_type: 'mpnet', max_position_embeddings: 514, vocab_size: 30_527 },
  'qwen3-0.6b': {
    model_type: 'qwen3',
    num_hidden_layers: 28,
    hidden_size: 1024,
    num_attention_heads: 16,
    num_key_value_heads: 8,
    head_dim: 128,
    intermediate_size: 3072,
    vocab_size: 151_669,
    max_position_embeddings: 32_768,
    rope_theta: 1_000_000,
    hidden_act: 'silu',
  },
};

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/** Small numbers that follow from a weight's place in the list. */
const randomWeight = (name: string, shape: readonly number[], place: number): Float32Array => {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (/norm.*weight$/i.test(name)) return values.fill(1);
  let state = place * 7919 + 1;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = (state / 2 ** 31) * 0.035;
  }
  return values;
};

/** A folder with a model of that shape and random weights; kept for the next run. */
export const shapeFolder = async (name: string): Promise<string> => {
  const config = MODEL_SHAPES[name];
  if (config === undefined)
    throw new RangeError(
      `the shape must be one of ${Object.keys(MODEL_SHAPES).join(', ')}, received ${name}`,
    );
  const folder = join(tmpdir(), 'oasis-embed-bench', 'shapes', name);
  if (existsSync(join(folder, 'model.safetensors'))) return folder;
  mkdirSync(folder, { recursive: true });
  const family = config.model_type === 'qwen3' ? 'qwen2' : 'bert';
  const fixture = join(import.meta.dirname, '../../test/encoders/fixtures', family);
  for (const file of TOKENIZER_FILES)
    if (existsSync(join(fixture, file))) copyFileSync(join(fixture, file), join(folder, file));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const head = { pooling: 'mean', dense: [], normalize: true } as const;
  const transformer = describeTransformer(config, 'config.json');
  const list = weightList({ transformer, head });
  const tensors = list.map(({ name: weight, shape }, place) => {
    const read = async () => randomWeight(weight, shape, place);
    return [weight, { shape, read }] as const;
  });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors));
  return folder;
};
