/**
 * One training step of `OnnxTrainer` at the shapes of published models, with random weights: processor time of the quicker of
 * two steps, and the peak of the process's memory.
 *
 *   npx tsx bench/scale/native-models.ts minilm --texts 32 --tokens 128
 *   npx tsx bench/scale/native-models.ts qwen3-0.6b --texts 8 --tokens 128 --tokens-per-pass 1024 --lora 8
 *   npx tsx bench/scale/native-models.ts minilm --texts 8 --tokens 512 --recompute-layers
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSafetensors } from '../../src/encoders/transformer/index.js';
import { describeTransformer, type EmbeddingLoss, OnnxEncoder, OnnxTrainer } from '../../src/onnx/index.js';
import { weightList } from '../../src/onnx/model/weight-list.js';

const bert = (layers: number, width: number) => ({
  model_type: 'bert',
  num_hidden_layers: layers,
  hidden_size: width,
  num_attention_heads: 12,
  intermediate_size: 4 * width,
});

const SHAPES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
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

/** A folder with a model of that shape; kept for the next run. */
const modelFolder = async (name: string): Promise<string> => {
  const config = SHAPES[name];
  if (config === undefined)
    throw new RangeError(`the shape must be one of ${Object.keys(SHAPES).join(', ')}, received ${name}`);
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
  const list = weightList({ transformer, head, prompts: { query: '', document: '' } });
  const tensors = list.map(({ name: weight, shape }, place) => {
    const read = async () => randomWeight(weight, shape, place);
    return [weight, { shape, read }] as const;
  });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors));
  return folder;
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    texts: { type: 'string', default: '32' },
    tokens: { type: 'string', default: '128' },
    'tokens-per-pass': { type: 'string', default: '4096' },
    steps: { type: 'string', default: '2' },
    lora: { type: 'string' },
    'recompute-layers': { type: 'boolean', default: false },
    dropout: { type: 'string', default: '0' },
  },
});

const [name = 'minilm'] = positionals;
const [count, length] = [Number(values.texts), Number(values.tokens)];
const encoder = await OnnxEncoder.load(await modelFolder(name), {
  maximumLength: length,
  tokensPerPass: Number(values['tokens-per-pass']),
});
const trainer = await OnnxTrainer.create(encoder, {
  recomputeLayers: values['recompute-layers'],
  dropout: Number(values.dropout),
  ...(values.lora === undefined ? {} : { lora: { rank: Number(values.lora) } }),
});
const words = (text: number) => Array.from({ length: 2 * length }, (_, i) => (text * 31 + i * 7) % 10);
const texts = Array.from({ length: count }, (_, text) => words(text).join(' '));
const tokens = encoder.tokenize(texts, 'document');
/** Along a fixed direction: losses are measured elsewhere. */
const loss: EmbeddingLoss = ({ data }) => ({ value: 1, gradient: data.map((_, i) => Math.sin(i + 1) / 10) });

let [processor, clock] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
for (let step = 0; step < Number(values.steps); step++) {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await trainer.step(tokens, loss, 1e-5);
  const { user, system } = process.cpuUsage(before);
  processor = Math.min(processor, (user + system) / 1e6);
  clock = Math.min(clock, (performance.now() - start) / 1e3);
}
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
console.log(
  `${name}, ${count} × ${length} tokens: ${processor.toFixed(1)} s of processor, ${clock.toFixed(1)} s by the clock, ` +
    `peak ${(Number(peak) / 2 ** 20).toFixed(2)} GiB`,
);
await trainer.close();
await encoder.close();
