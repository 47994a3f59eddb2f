import { copyFile, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  formatSafetensors,
  readSafetensors,
  TransformerEncoder,
  type TransformerOptions,
  writeSafetensors,
} from '../../src/encoders/index.js';
import { OnnxEncoder } from '../../src/onnx/index.js';
import { useBackend } from '../support/backends.js';

type Json = Record<string, unknown>;

const fixture = (...path: string[]) => join(import.meta.dirname, 'fixtures', ...path);

describe('loading a transformer from a folder', () => {
  let scratch = '';
  let directory = '';
  let count = 0;
  beforeAll(async () => {
    await useBackend('cpu');
    scratch = await mkdtemp(join(tmpdir(), 'load-'));
  });
  beforeEach(async () => {
    directory = join(scratch, String(count++));
    await cp(fixture('bert'), directory, { recursive: true });
  });
  afterAll(() => rm(scratch, { recursive: true }));

  const path = (...parts: string[]) => join(directory, ...parts);
  const edit = async (file: string, change: (json: Json) => unknown) => {
    const json = JSON.parse(await readFile(path(file), 'utf8')) as Json;
    await writeFile(path(file), JSON.stringify(change(json) ?? json));
  };
  const config = (values: Json) => edit('config.json', (json) => ({ ...json, ...values }));

  const expectRefusal = async (message: string | RegExp, options: TransformerOptions = {}) => {
    const before = tf.memory().numTensors;
    await expect(TransformerEncoder.load(directory, options)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  };

  it.each(['config.json', 'tokenizer.json', 'model.safetensors', '1_Pooling/config.json'])(
    'names a missing %s',
    async (file) => {
      await rm(path(file));
      await expectRefusal(`cannot read ${path(file)}: `);
    },
  );

  it('says what to do with weights and tokenizers of other forms', async () => {
    await rename(path('model.safetensors'), path('pytorch_model.bin'));
    await expectRefusal(/model\.safetensors: no such file; of pytorch_model\.bin: it can run code/);
    await writeFile(path('model.safetensors'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
    await expectRefusal(/cannot read .*model\.safetensors: it is a pointer of Git LFS/);
    await rename(path('tokenizer.json'), path('vocab.txt'));
    await expectRefusal(/cannot read .*tokenizer\.json: no such file; AutoTokenizer\.from_pretrained/);
  });

  it('names a file that is no JSON', async () => {
    await writeFile(path('config.json'), '{"model_type": ');
    await expectRefusal(`cannot read ${path('config.json')}: `);
    await writeFile(path('config.json'), '[]');
    await expectRefusal(`cannot read ${path('config.json')}: not a JSON object`);
  });

  it.each<[string, Json, RegExp]>([
    ['architecture', { model_type: 'gpt2' }, /model_type must be one of bert, roberta, .*, found "gpt2"/],
    ['activation', { hidden_act: 'mish' }, /hidden_act must be one of gelu, .*, found "mish"/],
    [
      'kind of positions',
      { position_embedding_type: 'relative_key' },
      /position_embedding_type must be "absolute"/,
    ],
    ['decoder', { is_decoder: true }, /is_decoder must be false, found true/],
    ['size', { hidden_size: '32' }, /hidden_size must be a whole number above 0, found "32"/],
    [
      'absurd size',
      { hidden_size: 1e9, num_attention_heads: 1 },
      /config\.json: embeddings\.word_embeddings\.weight must have fewer than 2147483648 values, found shape \[320, 1000000000\]/,
    ],
    ['number of heads', { num_attention_heads: 5 }, /num_attention_heads must be a divisor of 32, found 5/],
    ['quantisation', { quantization_config: {} }, /config\.json: quantized weights are not supported/],
    ['padding id', { pad_token_id: 320 }, /pad_token_id must be a row of the 320 of the embedding table/],
    ['number of layers', { num_hidden_layers: 1e9 }, /num_hidden_layers must be at most 10000/],
  ])('refuses an unsupported %s', async (_, values, message) => {
    await config(values);
    await expectRefusal(message);
  });

  it.each<[Json, RegExp]>([
    [{ prompts: true }, /prompts must be an object of texts, found true/],
    [{ prompts: ['query: '] }, /prompts must be an object of texts, found \["query: "\]/],
    [{ prompts: { query: 1 } }, /prompt query must be a text, found 1/],
    [
      { prompts: {}, default_prompt_name: 'query' },
      /default_prompt_name must be one of prompts, found "query"/,
    ],
    [{ prompts: {}, default_prompt_name: true }, /default_prompt_name must be a text or null, found true/],
  ])('refuses prompts that would be dropped: %j', async (values, message) => {
    await edit('config_sentence_transformers.json', (json) => ({ ...json, ...values }));
    await expectRefusal(message);
  });

  it('refuses rotary positions that are stretched, and texts beyond a sliding window', async () => {
    await cp(fixture('qwen2'), directory, { recursive: true, force: true });
    await rm(path('modules.json'));
    await config({ rope_parameters: { rope_type: 'yarn', factor: 4, rope_theta: 1e4 } });
    await expectRefusal('rotary positions must be of type default, found "yarn"');
    await config({ rope_parameters: { rope_type: 'default', rope_theta: 1e4 }, use_sliding_window: true });
    await config({ sliding_window: 20 });
    await expectRefusal('maximumLength must be a whole number above 0 and at most 20, received 21', {
      maximumLength: 21,
    });
    const encoder = await TransformerEncoder.load(directory);
    expect(encoder.maximumLength).toBe(20);
    encoder.dispose();
  });

  it('refuses a module and a pooling that it does not have', async () => {
    await edit('1_Pooling/config.json', () => ({ pooling_mode: ['mean', 'max'] }));
    await expectRefusal('pooling must be one of mean, cls, lasttoken, weightedmean, found mean + max');
    await edit('1_Pooling/config.json', () => ({ pooling_mode_mean_tokens: true, include_prompt: false }));
    await expectRefusal('include_prompt must be true, found false');
    const dense = { idx: 3, name: '3', path: '3_Dense', type: 'sentence_transformers.models.Dense' };
    await edit('modules.json', (json) => [...(json as unknown as Json[]), dense]);
    await edit('1_Pooling/config.json', () => ({ pooling_mode_cls_token: true }));
    await expectRefusal(
      'modules must be Transformer, Pooling, Dense and Normalize, in this order, found Dense',
    );
  });

  it('reads the pooling flags of older versions', async () => {
    await edit('1_Pooling/config.json', () => ({
      pooling_mode_lasttoken: true,
      pooling_mode_mean_tokens: false,
    }));
    const encoder = await TransformerEncoder.load(directory);
    expect(encoder.pooling).toBe('last');
    encoder.dispose();
  });

  it('refuses a tokenizer with ids beyond the embedding table', async () => {
    await edit('tokenizer.json', (json) => {
      const model = json.model as { vocab: Record<string, number> };
      model.vocab.surplus = 320;
    });
    await expectRefusal(
      `${path('tokenizer.json')}: ids must be below 320, the rows of the embedding table, found 320`,
    );
  });

  it('refuses a tokenizer of an unknown kind', async () => {
    await edit('tokenizer.json', (json) => ({ ...json, model: { type: 'Oracle', vocab: {} } }));
    await expectRefusal(`${path('tokenizer.json')}: unsupported tokenizer: model.type must be one of`);
  });

  it('refuses weights that lack a tensor or have another shape, and names it', async () => {
    const { tensors } = await readSafetensors(path('model.safetensors'));
    const key = 'encoder.layer.1.attention.self.key.weight';
    await writeSafetensors(
      path('model.safetensors'),
      new Map([...tensors, [key, { shape: [16, 64], data: tensors.get(key)!.data }]]),
    );
    await expectRefusal(
      `${path('model.safetensors')}: the weights must hold ${key} of shape [32, 32], found [16, 64]`,
    );
    await writeSafetensors(path('model.safetensors'), new Map([...tensors].filter(([name]) => name !== key)));
    await expectRefusal(`the weights must hold ${key} of shape [32, 32], found no such tensor`);
  });

  it('refuses weights that are NaN or infinite, on either engine, and says how many', async () => {
    const { tensors } = await readSafetensors(path('model.safetensors'));
    const name = 'encoder.layer.1.attention.self.key.weight';
    const { shape, data } = tensors.get(name)!;
    const write = (bad: readonly number[]) => {
      const values = Float32Array.from(data);
      values.set(bad, 5);
      return writeSafetensors(
        path('model.safetensors'),
        new Map([...tensors, [name, { shape, data: values }]]),
      );
    };
    const refusals = [
      [[Number.NaN], '1 NaN'],
      [[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], '2 infinite'],
      [[Number.NaN, Number.NEGATIVE_INFINITY], '1 NaN and 1 infinite'],
    ] as const;
    for (const [bad, found] of refusals) {
      await write(bad);
      const message = `${path('model.safetensors')}: ${name} must hold finite numbers, found ${found} of 1024`;
      await expectRefusal(message);
      await expect(OnnxEncoder.load(directory)).rejects.toThrow(message);
    }
    // The largest number there is counts as one.
    await write([3.4028234663852886e38]);
    (await TransformerEncoder.load(directory)).dispose();
  });

  it('refuses an adapter with NaN', async () => {
    const file = path('adapter', 'adapter_model.safetensors');
    const { tensors } = await readSafetensors(file);
    const [name, { data }] = [...tensors][0]!;
    data[0] = Number.NaN;
    await writeSafetensors(file, tensors);
    await expectRefusal(`${file}: ${name} must hold finite numbers, found 1 NaN of ${data.length}`, {
      adapter: path('adapter'),
    });
  });

  it('refuses a weights file that is cut off', async () => {
    const bytes = await readFile(path('model.safetensors'));
    await writeFile(path('model.safetensors'), bytes.subarray(0, bytes.length - 4));
    await expectRefusal(/cannot read .*model\.safetensors: .*needs/);
    await writeFile(path('model.safetensors'), bytes.subarray(0, 4));
    await expectRefusal(/at least 8 bytes, received 4/);
  });

  it('refuses shards that are missing, lie elsewhere, or lack what the index promises', async () => {
    const index = 'model.safetensors.index.json';
    await rm(path('model.safetensors'));
    const shard = 'model-00001-of-00002.safetensors';
    await copyFile(fixture('bert', 'sharded', index), path(index));
    await expectRefusal(/cannot read .*model-0000\d-of-00002\.safetensors: ENOENT/);
    for (const file of [shard, 'model-00002-of-00002.safetensors']) {
      await copyFile(fixture('bert', 'sharded', file), path(file));
    }
    await edit(index, (json) => {
      (json.weight_map as Json).extra = shard;
    });
    await expectRefusal(`${path(shard)} has no tensor "extra"`);
    await edit(index, (json) => {
      (json.weight_map as Json).extra = '../elsewhere.safetensors';
    });
    await expectRefusal(
      'the file of extra must be a name in the same folder, found ../elsewhere.safetensors',
    );
  });

  it('reads the tensor names of checkpoints before 2019, and a model in a folder of its own', async () => {
    const expected = await TransformerEncoder.load(directory);
    const { tensors } = await readSafetensors(path('model.safetensors'));
    const older = (name: string) =>
      `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`;
    const renamed = new Map([...tensors].map(([name, tensor]) => [older(name), tensor]));
    await writeFile(path('model.safetensors'), formatSafetensors(renamed));
    await cp(directory, `${directory}-moved`, { recursive: true });
    await rename(`${directory}-moved`, path('0_Transformer'));
    await edit('modules.json', (json) =>
      (json as unknown as Json[]).map((module) =>
        module.idx === 0 ? { ...module, path: '0_Transformer' } : module,
      ),
    );
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) await rm(path(file));
    const encoder = await TransformerEncoder.load(directory);
    expect((await encoder.embed(['reads a file'])).data).toEqual(
      (await expected.embed(['reads a file'])).data,
    );
    encoder.dispose();
    expected.dispose();
  });

  it.each<[string, TransformerOptions, RegExp]>([
    ['more tokens than positions', { maximumLength: 49 }, /above 2 and at most 48, received 49/],
    [
      'a pooling it does not have',
      { pooling: 'cls' as never },
      /must be one of first, mean, last, weighted-mean, received cls/,
    ],
    ['both a new adapter and a stored one', { lora: {}, adapter: 'x' }, /must not be given together/],
    ['an adapter that is not there', { adapter: 'nowhere' }, /cannot read nowhere.adapter_config\.json/],
  ])('refuses %s', async (_, options, message) => {
    await expectRefusal(message, options);
  });

  it.each<[string, Json, RegExp]>([
    ['another method', { peft_type: 'IA3' }, /peft_type must be "LORA", found "IA3"/],
    ['weight decomposition', { use_dora: true }, /use_dora must be false, found true/],
    ['whole modules', { modules_to_save: ['pooler'] }, /modules_to_save is not supported/],
    [
      'another rank than its tensors',
      { r: 4 },
      /the update of .* must have shape \[4, \d+\], found \[3, \d+\]/,
    ],
  ])('refuses an adapter with %s', async (_, values, message) => {
    await edit('adapter/adapter_config.json', (json) => ({ ...json, ...values }));
    await expectRefusal(message, { adapter: path('adapter') });
  });

  it('refuses a folder that leaves no room beside special tokens', async () => {
    await writeFile(path('sentence_bert_config.json'), JSON.stringify({ max_seq_length: 2 }));
    await expectRefusal(/maximumLength must be a whole number above 2 and at most 48, received 2/);
  });

  it('refuses an adapter of another model', async () => {
    await expectRefusal(/the model has no linear map layers\.0\.\S+_proj/, {
      adapter: fixture('qwen2', 'adapter'),
    });
  });
});
