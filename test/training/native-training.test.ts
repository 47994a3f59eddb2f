import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeTexts,
  type NamedTensor,
  readSafetensors,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { OnnxEncoder, OnnxTrainer, type OnnxTrainerOptions } from '../../src/onnx/index.js';
import { type TrainOasisOptions, trainOasis } from '../../src/training/index.js';
import { useBackend } from '../support/backends.js';
import { saveTinyTransformer } from '../support/tiny-transformer.js';
import { toyTask } from './toy-task.js';

const { dataset, validation } = toyTask();
/** The ε of the released training code: the gradient of a key's bias is 0, and Adam would make steps of its rounding. */
const quick = {
  ...{ batchQueries: 12, negativesPerQuery: 1, epochs: 2, learningRate: 0.01, epsilon: 1e-3, seed: 3 },
  warmUpSteps: 2,
  schedule: 'cosine',
} as const;

let scratch = '';
let folder = '';
const opened: OnnxTrainer[] = [];

const nativeTrainer = async (options: OnnxTrainerOptions = {}) => {
  const encoder = await OnnxEncoder.load(folder, { threads: 1 });
  const trainer = await OnnxTrainer.create(encoder, options);
  opened.push(trainer);
  return trainer;
};

/** max |a − b| beside the largest of b, or 0.01: the bias of keys, which nothing depends on, stays near 0. */
const difference = (a: Float32Array, b: Float32Array): number => {
  const largest = b.reduce((most, x) => Math.max(most, Math.abs(x)), 0.01);
  return a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]!)), 0) / largest;
};

const savedWeights = async (of: { save(directory: string): Promise<void> }, name: string) => {
  const directory = join(scratch, name);
  await of.save(directory);
  return (await readSafetensors(join(directory, 'model.safetensors'))).tensors;
};

const bytes = (tensors: ReadonlyMap<string, NamedTensor>) =>
  [...tensors].map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ]);

beforeAll(async () => {
  await useBackend('wasm');
  scratch = await mkdtemp(join(tmpdir(), 'native-training-'));
  const texts = [...dataset.queries, ...dataset.documents];
  folder = await saveTinyTransformer(join(scratch, 'tiny'), { texts, vocabularySize: 300, seed: 4 });
});
afterEach(async () => {
  for (const trainer of opened.splice(0)) {
    await trainer.close();
    await trainer.encoder.close();
  }
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('trainOasis on ONNX Runtime', () => {
  it.each<[string, OnnxTrainerOptions, TrainOasisOptions]>([
    ['all weights, clipped', {}, { clipNorm: 0.3, epochs: 2, validation }],
    ['low-rank updates of the upper layer', { lora: { rank: 4, seed: 7 }, frozenLayers: 1 }, {}],
    ['a frozen layer, batches accumulated', { frozenLayers: 1 }, { accumulationSteps: 2 }],
    [
      'chunk by chunk, other forms of both terms',
      {},
      {
        chunkSize: 5,
        infoNce: { directions: 'all', hardnessWeighting: 1 },
        cosent: { groups: 'query', margin: 0.1, normalize: 'mean', temperature: 0.1 },
        weights: { infoNce: 0.5, cosent: 0.5 },
      },
    ],
  ])('makes the steps of TensorFlow.js: %s', async (name, trained, options) => {
    const [trainer, tfjs] = [await nativeTrainer(trained), await TransformerEncoder.load(folder, trained)];
    const [found, expected] = [
      await trainOasis(trainer, dataset, { ...quick, epochs: 1, ...options }),
      await trainOasis(tfjs, dataset, { ...quick, epochs: 1, ...options }),
    ];
    expect(found.steps.length).toBe(expected.steps.length);
    found.steps.forEach((step, i) => {
      const other = expected.steps[i]!;
      expect(step.learningRate).toBe(other.learningRate);
      for (const term of ['infoNce', 'cosent', 'loss', 'gradientNorm'] as const)
        expect(Math.abs(step[term] / other[term] - 1), `${term} of step ${i}`).toBeLessThan(2e-5);
    });
    expect(found.evaluations.map(({ mrr }) => mrr)).toEqual(expected.evaluations.map(({ mrr }) => mrr));
    const [ours, theirs] = [
      await savedWeights(trainer, `native ${name}`),
      await savedWeights(tfjs, `tfjs ${name}`),
    ];
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [key, { data }] of ours)
      expect(difference(data, theirs.get(key)!.data), key).toBeLessThan(2e-5);
    tfjs.dispose();
  });

  it('ends with the weights of the best evaluation, and embeds with them', async () => {
    const trainer = await nativeTrainer({ lora: { rank: 4, targets: 'all-linear' } });
    const run = await trainOasis(trainer, dataset, { ...quick, epochs: 6, validation });
    expect(run.best!.mrr).toBeGreaterThan(run.evaluations[0]!.mrr);
    const saved = join(scratch, 'best');
    await trainer.save(saved);
    const tokens = trainer.encoder.tokenize(validation.queries, 'query');
    const merged = await TransformerEncoder.load(saved);
    const { data } = await encodeTexts(merged, validation.queries, 'query');
    expect(difference((await trainer.encode(tokens)).data, data)).toBeLessThan(1e-5);
    // The updates alone, as PEFT has them, over the model as it was.
    await trainer.saveAdapter(join(scratch, 'adapter'), folder);
    const adapted = await TransformerEncoder.load(folder, { adapter: join(scratch, 'adapter') });
    expect(difference((await encodeTexts(adapted, validation.queries, 'query')).data, data)).toBeLessThan(
      1e-5,
    );
    for (const encoder of [merged, adapted]) encoder.dispose();
  });

  it.each<[string, OnnxTrainerOptions, TrainOasisOptions]>([
    ['all weights', {}, {}],
    ['low-rank updates, chunk by chunk', { lora: { rank: 2 } }, { chunkSize: 7, accumulationSteps: 2 }],
  ])('resumes to the bit: %s', async (name, trained, more) => {
    const options = { ...quick, ...more, validation, evaluateEvery: 2 };
    const straight = await nativeTrainer(trained);
    const expected = await trainOasis(straight, dataset, options);
    const checkpointDirectory = join(scratch, `checkpoint ${name}`);
    const controller = new AbortController();
    const interrupted = trainOasis(await nativeTrainer(trained), dataset, {
      ...options,
      checkpointDirectory,
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 2) controller.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(/abort/i);
    const resumed = await nativeTrainer(trained);
    const run = await trainOasis(resumed, dataset, { ...options, checkpointDirectory });
    expect(run).toEqual(expected);
    expect(bytes(await resumed.state())).toEqual(bytes(await straight.state()));
    expect((await readdir(checkpointDirectory)).sort()).toEqual([
      'best',
      'checkpoint.safetensors',
      'steps.jsonl',
    ]);
    // Neither another engine nor other updates go on from here.
    const tfjs = await TransformerEncoder.load(folder, trained);
    await expect(trainOasis(tfjs, dataset, { ...options, checkpointDirectory })).rejects.toThrow(
      /belongs to another run \(different: encoder\)/,
    );
    tfjs.dispose();
  });

  it('names step and weight where a gradient is not finite, and keeps the state before it', async () => {
    const straight = await nativeTrainer();
    const expected = await trainOasis(straight, dataset, quick);
    const checkpointDirectory = join(scratch, 'not-finite');
    const poisoned = await nativeTrainer();
    const accumulate = poisoned.accumulate.bind(poisoned);
    poisoned.accumulate = (batch, options) =>
      accumulate(
        {
          ...batch,
          loss(rows) {
            const result = batch.loss(rows);
            if (poisoned.steps === 3) result.gradient.fill(Number.NaN);
            return result;
          },
        },
        options,
      );
    const options = { ...quick, checkpointDirectory };
    await expect(trainOasis(poisoned, dataset, options)).rejects.toThrow(
      /^the gradient of embeddings\.word_embeddings\.weight is not finite at step 3 \(epoch 1\)$/,
    );
    const resumed = await nativeTrainer();
    let first = -1;
    const run = await trainOasis(resumed, dataset, {
      ...options,
      onStep: ({ step }) => {
        if (first < 0) first = step;
      },
    });
    expect(first).toBe(3);
    expect(run).toEqual(expected);
    expect(bytes(await resumed.weights())).toEqual(bytes(await straight.weights()));
  });

  it('refuses worker threads', async () => {
    await expect(trainOasis(await nativeTrainer(), dataset, { workers: 2 })).rejects.toThrow(
      'workers are threads of TensorFlow.js: ONNX Runtime has its own, leave them out',
    );
  });
});
