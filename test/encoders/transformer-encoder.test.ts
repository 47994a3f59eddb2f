import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Activation,
  encodeTexts,
  type RandomTransformerOptions,
  readSafetensors,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { activate, swiGlu } from '../../src/encoders/transformer/activations.js';
import { lengthBuckets } from '../../src/encoders/transformer/token-batch.js';
import { testBackends, useBackend } from '../support/backends.js';

const texts = [
  'sorts a list of numbers',
  'reads a text file',
  'function deepClone(value) { return JSON.parse(JSON.stringify(value)); }',
  'x',
];
const random = (options: Partial<RandomTransformerOptions> = {}) =>
  TransformerEncoder.random({
    texts,
    vocabularySize: 300,
    hiddenSize: 16,
    layers: 2,
    heads: 2,
    intermediateSize: 24,
    maximumLength: 64,
    ...options,
  });

const rowsOf = ({ data, rows, columns }: { data: Float32Array; rows: number; columns: number }) =>
  Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns));

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(0, ...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

/** The gradients of a fixed function of the embeddings, by variable. */
const gradientsOf = (encoder: TransformerEncoder) => {
  const tokens = encoder.tokenize(texts, 'document');
  return tf.tidy(() => {
    const direction = tf.sin(tf.range(0, tokens.length * encoder.dimensions));
    return tf.variableGrads(
      () => tf.sum(tf.mul(tf.reshape(encoder.encode(tokens, 'document'), [-1]), direction)),
      [...encoder.variables],
    ).grads;
  });
};

describe.each(testBackends())('TransformerEncoder on %s', (backend) => {
  beforeEach(() => useBackend(backend));

  it('encodes both sides of a batch at once to the rows of either alone, with the same gradients', async () => {
    const encoder = random();
    const all = encoder.tokenize(texts, 'document');
    const sides = { queries: encoder.select(all, [1, 3, 0]), documents: encoder.select(all, [2, 1]) };
    const run = async (encode: () => { queries: tf.Tensor2D; documents: tf.Tensor2D }) => {
      const tensors = tf.tidy(() => {
        let rows: tf.Tensor[] = [];
        const { grads } = tf.variableGrads(() => {
          const { queries, documents } = encode();
          rows = [tf.keep(queries.clone()), tf.keep(documents.clone())];
          return tf.sum(tf.matMul(queries, documents, false, true).square()) as tf.Scalar;
        }, [...encoder.variables]);
        return [...rows, ...encoder.variables.map(({ name }) => grads[name]!)];
      });
      const values = await Promise.all(tensors.map((tensor) => tensor.data()));
      tf.dispose(tensors);
      return values;
    };
    const together = await run(() => encoder.encodeSides(sides.queries, sides.documents));
    const apart = await run(() => ({
      queries: encoder.encode(sides.queries, 'query'),
      documents: encoder.encode(sides.documents, 'document'),
    }));
    expect(together.map(({ length }) => length)).toEqual(apart.map(({ length }) => length));
    together.forEach((values, i) => {
      expect(distance(values, apart[i]!)).toBeLessThan(1e-4);
    });
    encoder.dispose();
  });

  it('leaves no tensor behind, in embedding, gradients, merging and loading', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'transformer-'));
    try {
      const before = tf.memory().numTensors;
      const encoder = random();
      for (let i = 0; i < 2; i++) {
        await encoder.embed(texts);
        tf.dispose(gradientsOf(encoder));
      }
      await encoder.save(join(directory, 'model'));
      encoder.dispose();
      const loaded = await TransformerEncoder.load(join(directory, 'model'), { lora: { rank: 2 } });
      tf.dispose(gradientsOf(loaded));
      await loaded.saveAdapter(join(directory, 'adapter'));
      loaded.mergeAdapter();
      await loaded.embed(texts);
      loaded.dispose();
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('gives the gradients of the automatic ones for every activation', async () => {
    const x = tf.tensor2d([-3, -1, -0.2, 0.1, 0.7, 2.5], [2, 3]);
    const plain: Record<Activation, (v: tf.Tensor) => tf.Tensor> = {
      gelu: (v) => tf.mul(tf.mul(v, 0.5), tf.add(tf.erf(tf.mul(v, Math.SQRT1_2)), 1)),
      'gelu-tanh': (v) =>
        tf.mul(
          tf.mul(v, 0.5),
          tf.add(tf.tanh(tf.mul(tf.add(v, tf.mul(tf.pow(v, 3), 0.044715)), Math.sqrt(2 / Math.PI))), 1),
        ),
      relu: (v) => tf.relu(v),
      silu: (v) => tf.mul(v, tf.sigmoid(v)),
    };
    for (const [name, reference] of Object.entries(plain)) {
      const ours = tf.valueAndGrad((v: tf.Tensor) =>
        tf.sum(tf.square(activate(v as tf.Tensor2D, name as Activation))),
      )(x);
      const theirs = tf.valueAndGrad((v: tf.Tensor) => tf.sum(tf.square(reference(v))))(x);
      expect(distance(await ours.value.data(), await theirs.value.data()), name).toBeLessThan(1e-4);
      expect(distance(await ours.grad.data(), await theirs.grad.data()), name).toBeLessThan(1e-4);
      tf.dispose([ours, theirs] as unknown as tf.TensorContainer);
    }
    const wide = tf.concat([x, tf.mul(x, 0.5)], 1) as tf.Tensor2D;
    const ours = tf.grad((v: tf.Tensor) => tf.sum(tf.square(swiGlu(v as tf.Tensor2D))))(wide);
    const theirs = tf.grad((v: tf.Tensor) => {
      const [gate, up] = tf.split(v, 2, 1);
      return tf.sum(tf.square(tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), up!)));
    })(wide);
    expect(distance(await ours.data(), await theirs.data())).toBeLessThan(1e-4);
    tf.dispose([x, wide, ours, theirs]);
  });
});

describe('TransformerEncoder', () => {
  let directory = '';
  beforeAll(async () => {
    await useBackend('wasm');
    directory = await mkdtemp(join(tmpdir(), 'transformer-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('embeds a text alike in any batch, whatever stands beside it', async () => {
    const encoder = random();
    const alone = await encodeTexts(encoder, texts, 'document', { batchSize: 1 });
    const together = await encodeTexts(encoder, texts, 'document');
    expect(distance(alone.data, together.data)).toBeLessThan(1e-5);
    encoder.dispose();
  });

  it('keeps the order of texts that are split into buckets by length', async () => {
    const encoder = random();
    const many = Array.from({ length: 120 }, (_, i) =>
      'list of numbers '.repeat((i * 7) % 16).concat(String(i)),
    );
    const tokens = encoder.tokenize(many, 'document');
    expect(lengthBuckets(tokens, 64).length).toBeGreaterThan(1);
    const together = rowsOf(await encoder.embed(many));
    for (const i of [0, 1, 57, 119]) {
      expect(distance(together[i]!, (await encoder.embed([many[i]!])).data)).toBeLessThan(1e-5);
    }
    encoder.dispose();
  });

  it('puts every text into one bucket of its length, at no higher cost than one bucket for all', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 40 }), (counts, most) => {
        const offsets = new Uint32Array(counts.length + 1);
        counts.forEach((count, i) => {
          offsets[i + 1] = offsets[i]! + count;
        });
        const tokens = { length: counts.length, offsets, ids: new Int32Array(offsets[counts.length]!) };
        const buckets = lengthBuckets(tokens, 200, () => most);
        expect(buckets.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)).toEqual(
          counts.map((_, i) => i),
        );
        for (const { rows, lengths: own, length } of buckets) {
          expect(rows.length).toBeLessThanOrEqual(most);
          expect([...own]).toEqual(Array.from(rows, (row) => counts[row]));
          expect(length).toBeGreaterThanOrEqual(Math.max(...own));
          expect(length).toBeLessThanOrEqual(200);
        }
        const whole = lengthBuckets(tokens, 200);
        const cost = whole.reduce((sum, { rows, length }) => sum + rows.length * length + 1024, 0);
        const padded = Math.min(Math.max(Math.ceil(Math.max(...counts) / 8), 1) * 8, 200);
        expect(cost).toBeLessThanOrEqual(counts.length * padded + 1024);
      }),
    );
  });

  it('gives the zero row for no tokens and no rows for no texts', async () => {
    const encoder = random();
    expect((await encoder.embed([])).data.length).toBe(0);
    const empty = { length: 1, offsets: Uint32Array.of(0, 0), ids: new Int32Array(0) };
    const row = encoder.encode(empty, 'document');
    expect([...(await row.data())].every((value) => value === 0)).toBe(true);
    row.dispose();
    encoder.dispose();
  });

  it('freezes embeddings and lower layers: the rest has the gradients it had', async () => {
    const whole = random();
    const partly = random({ frozenLayers: 1 });
    const layerOf = (variable: tf.Variable) => /layer\.(\d+)/.exec(variable.name)?.[1] ?? 'embeddings';
    expect(new Set(partly.variables.map(layerOf))).toEqual(new Set(['1']));
    const [all, some] = [gradientsOf(whole), gradientsOf(partly)];
    const gradient = (grads: tf.NamedTensorMap, name: string) =>
      Object.entries(grads)
        .find(([key]) => key.endsWith(name))![1]
        .data();
    for (const variable of partly.variables) {
      const name = variable.name.slice(variable.name.indexOf('/'));
      expect(distance(await gradient(all, name), await gradient(some, name)), name).toBeLessThan(1e-5);
    }
    expect(random({ frozenLayers: 'all' }).variables).toEqual([]);
    const updates = random({ frozenLayers: 1, lora: {} }).variables.map(layerOf);
    expect([updates.length, new Set(updates)]).toEqual([4, new Set(['1'])]);
    expect(random({ frozenEmbeddings: true }).variables.some((v) => v.name.includes('embeddings'))).toBe(
      false,
    );
    tf.dispose([all, some]);
    whole.dispose();
    partly.dispose();
  });

  it('keeps nothing of frozen layers for the backward pass', () => {
    const kept = (options: Partial<RandomTransformerOptions>) => {
      const encoder = random({ layers: 3, ...options });
      const tokens = encoder.tokenize(texts, 'document');
      let bytes = 0;
      const { value, grads } = tf.variableGrads(() => {
        const loss = tf.sum(encoder.encode(tokens, 'document')) as tf.Scalar;
        bytes = tf.memory().numBytes;
        return loss;
      }, [...encoder.variables]);
      tf.dispose([value, grads]);
      encoder.dispose();
      return bytes - tf.memory().numBytes;
    };
    expect(kept({ frozenLayers: 2 })).toBeLessThan(kept({}) * 0.75);
  });

  it('starts low-rank updates at the base model, trains them alone, and saves them merged or apart', async () => {
    const base = random();
    const path = join(directory, 'base');
    await base.save(path);
    const encoder = await TransformerEncoder.load(path, { lora: { rank: 2, targets: 'all-linear' } });
    expect(encoder.variables.every(({ name }) => /lora_[AB]\.weight$/.test(name))).toBe(true);
    expect(encoder.variables.length).toBe(2 * 2 * 6);
    expect(distance((await encoder.embed(texts)).data, (await base.embed(texts)).data)).toBeLessThan(1e-6);
    encoder.variables.forEach((variable, k) => {
      tf.tidy(() => variable.assign(tf.add(variable, tf.mul(tf.cos(tf.add(variable, k)), 0.2))));
    });
    const moved = (await encoder.embed(texts)).data;
    expect(distance(moved, (await base.embed(texts)).data)).toBeGreaterThan(1e-3);
    await encoder.save(join(directory, 'merged'));
    await encoder.saveAdapter(join(directory, 'adapter'), 'base');
    const merged = await TransformerEncoder.load(join(directory, 'merged'));
    expect(distance((await merged.embed(texts)).data, moved)).toBeLessThan(1e-5);
    const again = await TransformerEncoder.load(path, { adapter: join(directory, 'adapter') });
    expect(distance((await again.embed(texts)).data, moved)).toBeLessThan(1e-5);
    expect(again.variables.length).toBe(encoder.variables.length);
    const { r, lora_alpha, peft_type } = JSON.parse(
      await readFile(join(directory, 'adapter', 'adapter_config.json'), 'utf8'),
    );
    expect({ r, lora_alpha, peft_type }).toEqual({ r: 2, lora_alpha: 4, peft_type: 'LORA' });
    for (const model of [base, encoder, merged, again]) model.dispose();
  });

  it('saves a folder with the files and tensor names that sentence-transformers reads, and no other', async () => {
    const encoder = random({ queryPrompt: 'query: ', pooling: 'last', maximumLength: 40 });
    const path = join(directory, 'saved', 'deep');
    await encoder.save(path);
    await encoder.save(path);
    expect((await readdir(path)).sort()).toEqual([
      '1_Pooling',
      '2_Normalize',
      'config.json',
      'config_sentence_transformers.json',
      'model.safetensors',
      'modules.json',
      'sentence_bert_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readdir(join(directory, 'saved'))).toEqual(['deep']);
    const { tensors, metadata } = await readSafetensors(join(path, 'model.safetensors'));
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('encoder.layer.1.attention.self.key.weight')?.shape).toEqual([16, 16]);
    expect(tensors.get('encoder.layer.0.intermediate.dense.weight')?.shape).toEqual([24, 16]);
    const loaded = await TransformerEncoder.load(path);
    expect(loaded.pooling).toBe('last');
    expect(loaded.maximumLength).toBe(40);
    expect(loaded.prompt('query')).toBe('query: ');
    expect(loaded.prompt('document')).toBe('');
    for (const role of ['query', 'document'] as const) {
      const [ours, theirs] = [await encoder.embed(texts, { role }), await loaded.embed(texts, { role })];
      expect(distance(ours.data, theirs.data)).toBeLessThan(1e-6);
    }
    expect(loaded.name).not.toBe(encoder.name);
    encoder.dispose();
    loaded.dispose();
  });

  it('leaves the folder as it was when saving fails half-way', async () => {
    const encoder = random();
    const path = join(directory, 'kept');
    await encoder.save(path);
    const before = await stat(join(path, 'model.safetensors'));
    const broken = random({ seed: 1 });
    broken.variables.at(-1)!.dispose();
    await expect(broken.save(path)).rejects.toThrow();
    expect((await stat(join(path, 'model.safetensors'))).ino).toBe(before.ino);
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const loaded = await TransformerEncoder.load(path);
    expect(distance((await loaded.embed(texts)).data, (await encoder.embed(texts)).data)).toBeLessThan(1e-6);
    encoder.dispose();
    loaded.dispose();
  });

  it('names models apart by weights and by settings', async () => {
    const encoders = [
      random(),
      random({ seed: 1 }),
      random({ queryPrompt: 'q' }),
      random({ pooling: 'last' }),
    ];
    expect(new Set(encoders.map(({ name }) => name)).size).toBe(4);
    const same = random();
    expect(same.name).toBe(encoders[0]!.name);
    for (const encoder of [...encoders, same]) encoder.dispose();
  });

  it.each<[string, Partial<RandomTransformerOptions>, string]>([
    [
      'heads that do not divide the width',
      { heads: 3 },
      'heads must be a divisor of hiddenSize = 16, received 3',
    ],
    ['no layers', { layers: 0 }, 'layers must be a whole number of at least 1, received 0'],
    [
      'more frozen layers than there are',
      { frozenLayers: 3 },
      "must be 'all' or a whole number up to 2, received 3",
    ],
    ['a length without room for a text', { maximumLength: 2 }, 'above 2 and at most 2, received 2'],
    [
      'low-rank updates of layers that are all frozen',
      { lora: {}, frozenLayers: 2 },
      'lora needs a layer to train, received frozenLayers that hold them all',
    ],
    ['a rank of 0', { lora: { rank: 0 } }, 'lora.rank must be a whole number of at least 1, received 0'],
    [
      'a target that is not there',
      { lora: { targets: ['q_proj'] } },
      /lora.targets must name .*received q_proj/ as never,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => random(options)).toThrow(message);
  });

  it('refuses a text above the maximum when asked to, and tokens that are not its own', () => {
    const encoder = random({ overlong: 'error', maximumLength: 8 });
    expect(() => encoder.tokenize(['x', 'list of numbers list of numbers list'], 'query')).toThrow(
      'texts[1] must have at most 8 tokens, received 9',
    );
    const ids = (values: number[]) => ({
      length: 1,
      offsets: Uint32Array.of(0, values.length),
      ids: Int32Array.from(values),
    });
    expect(() => encoder.encode(ids([2, 300, 3]), 'query')).toThrow(
      'token ids must be in [0, 300), received 300',
    );
    expect(() => encoder.encode(ids(Array(9).fill(5)), 'query')).toThrow(
      'text 0 must have at most 8 tokens, received 9',
    );
    expect(() => encoder.select(ids([2, 3]), [1])).toThrow('rows[0] must be a row of 1 texts, received 1');
    encoder.dispose();
  });
});
