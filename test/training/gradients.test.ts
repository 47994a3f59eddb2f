import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AdapterEncoder,
  type Encoder,
  type RandomTransformerOptions,
  type TokenizedTexts,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';
import type { AdamW } from '../../src/training/adam-w.js';
import { type BatchGradients, localGradients } from '../../src/training/batch-gradients.js';
import { batchTokens } from '../../src/training/batch-tokens.js';
import { assembleBatch, epochOrder, indexPairs } from '../../src/training/batches.js';
import { startWorkers } from '../../src/training/data-parallel.js';
import { trainOasis } from '../../src/training/index.js';
import { tensorModel } from '../../src/training/tensor-model.js';
import { checkedSettings } from '../../src/training/training-options.js';
import { trainingStep } from '../../src/training/training-step.js';
import { useBackend } from '../support/backends.js';
import { worstDifference } from '../support/evaluate.js';
import { toyEncoder, toyTask } from './toy-task.js';

const { dataset, validation } = toyTask();
const settings = checkedSettings({ batchQueries: 8, seed: 3 });
const index = indexPairs(dataset);
const order = epochOrder(index, settings.seed, 0);
const batch = (number: number) => assembleBatch(dataset, index, order, { epoch: 0, batch: number }, settings);

const encoded = <Tokens extends TokenizedTexts>(encoder: Encoder<Tokens>, number: number) => ({
  queries: encoder.select(encoder.tokenize(dataset.queries, 'query'), batch(number).queries),
  documents: encoder.select(encoder.tokenize(dataset.documents, 'document'), batch(number).documents),
  pairs: batch(number).pairs,
});

const valuesOf = async ({ terms, gradients }: BatchGradients) => {
  const values = await Promise.all([terms, ...gradients].map((tensor) => tensor.data()));
  tf.dispose([terms, ...gradients]);
  return values;
};

/** An encoder whose parts a test may replace. */
const wrapped = <Tokens extends TokenizedTexts>(encoder: Encoder<Tokens>): Encoder<Tokens> => ({
  kind: encoder.kind,
  dimensions: encoder.dimensions,
  variables: encoder.variables,
  tokenize: encoder.tokenize.bind(encoder),
  select: encoder.select.bind(encoder),
  encode: encoder.encode.bind(encoder),
  save: encoder.save.bind(encoder),
  dispose: encoder.dispose.bind(encoder),
});

const tinyTransformer = (options: Partial<RandomTransformerOptions> = {}) =>
  TransformerEncoder.random({
    texts: [...dataset.queries, ...dataset.documents],
    hiddenSize: 16,
    layers: 2,
    heads: 2,
    vocabularySize: 128,
    maximumLength: 16,
    seed: 4,
    ...options,
  });

/** Moves every variable: at first half of each low-rank update, and of a head, is 0 and hides the other half. */
const disturbed = <E extends Pick<Encoder, 'variables'>>(encoder: E): E => {
  encoder.variables.forEach((variable, k) => {
    const values = Float32Array.from({ length: variable.size }, (_, i) => 0.1 * Math.sin(i + k));
    tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(values, variable.shape))));
  });
  return encoder;
};

const tinyAdapter = () => {
  const random = createRandom(6, 'vectors');
  const embedded = (texts: readonly string[]) => ({
    texts,
    vectors: {
      data: Float32Array.from({ length: texts.length * 12 }, () => random.normal()),
      rows: texts.length,
      columns: 12,
    },
  });
  return AdapterEncoder.create(
    { queries: embedded(dataset.queries), documents: embedded(dataset.documents) },
    { head: 'mlp', hiddenSize: 8, separateRoles: true },
  );
};

/** Starting a worker takes seconds: `npm test` has one encoder do it, the suite `full-size` all. */
const fullSize = process.env.OASIS_FULL_SIZE !== undefined;
const inQuick = ['low-rank updates above a frozen layer'];

const encoders: [string, () => Encoder<TokenizedTexts>][] = [
  ['the subtoken bag', () => toyEncoder(dataset, { dropout: 0 }) as unknown as Encoder<TokenizedTexts>],
  ['a transformer', () => tinyTransformer() as unknown as Encoder<TokenizedTexts>],
  [
    'a transformer with a frozen layer',
    () => tinyTransformer({ frozenLayers: 1 }) as unknown as Encoder<TokenizedTexts>,
  ],
  [
    'low-rank updates above a frozen layer',
    () =>
      disturbed(
        tinyTransformer({ frozenLayers: 1, lora: { rank: 2, alpha: 3, targets: 'all-linear' } }),
      ) as unknown as Encoder<TokenizedTexts>,
  ],
  ['a head over vectors', () => disturbed(tinyAdapter()) as unknown as Encoder<TokenizedTexts>],
];

describe.each(encoders)('gradients of %s', (name, create) => {
  beforeAll(() => useBackend('wasm'));

  it('are those of the whole batch, chunk by chunk', async () => {
    const encoder = create();
    const whole = await valuesOf(await localGradients(encoder, settings).gradients(encoded(encoder, 0)));
    const before = tf.memory().numTensors;
    const chunks = localGradients(encoder, { ...settings, chunkSize: 3 });
    const parts = await valuesOf(await chunks.gradients(encoded(encoder, 0)));
    expect(tf.memory().numTensors).toBe(before);
    whole.forEach((values, i) => {
      expect(worstDifference(parts[i]!, values)).toBeLessThan(1e-5);
    });
    encoder.dispose();
  });

  const withWorkers: [string, number | null][] = [
    ['two workers', null],
    ['two workers, chunk by chunk', 3],
  ];
  it.each(withWorkers.filter(([, chunkSize]) => fullSize || (chunkSize !== null && inQuick.includes(name))))(
    'are those of one thread with %s, and the same every time',
    async (_, chunkSize) => {
      const encoder = create();
      const whole = await valuesOf(await localGradients(encoder, settings).gradients(encoded(encoder, 0)));
      for (const values of whole.slice(1)) expect(values.some((value) => value !== 0)).toBe(true);
      const workers = await startWorkers(encoder, { ...settings, chunkSize }, { count: 2 });
      const first = await valuesOf(await workers.gradients(encoded(encoder, 0)));
      const second = await valuesOf(await workers.gradients(encoded(encoder, 0)));
      await workers.close();
      whole.forEach((values, i) => {
        expect(worstDifference(first[i]!, values)).toBeLessThan(1e-5);
      });
      expect(second).toEqual(first);
      encoder.dispose();
    },
  );
});

describe('workers', () => {
  beforeAll(() => useBackend('wasm'));

  it('train along the curve of one thread', async () => {
    const curve = async (workers?: number) => {
      const encoder = toyEncoder(dataset);
      const { steps } = await trainOasis(encoder, dataset, {
        ...settings,
        warmUpSteps: 0,
        evaluateEvery: 100,
        epochs: 2,
        accumulationSteps: 2,
        ...(workers === undefined ? {} : { workers }),
      });
      encoder.dispose();
      return steps.map(({ loss }) => loss);
    };
    expect(worstDifference(await curve(2), await curve())).toBeLessThan(1e-4);
  });

  it('that fail are named, and training ends', async () => {
    const encoder = toyEncoder(dataset);
    await expect(
      trainOasis(encoder, dataset, { workers: { count: 1, module: 'no-such-module.js' } }),
    ).rejects.toThrow(/training worker 0: .*no-such-module/);
    await expect(trainOasis(encoder, dataset, { workers: 0 })).rejects.toThrow(
      'workers must be a whole number of at least 1, received 0',
    );
    const stranger = { ...wrapped(encoder), kind: 'stranger' };
    await expect(trainOasis(stranger, dataset, { workers: 1 })).rejects.toThrow(
      'training worker 0: an encoder of kind stranger needs workers.module, which says how to load it',
    );
    encoder.dispose();
  });
});

describe('trainingStep', () => {
  beforeAll(() => useBackend('cpu'));

  const stepInput = (encoder: Encoder<TokenizedTexts>, batches: ReturnType<typeof batch>[]) => ({
    queries: batchTokens(encoder, dataset.queries, 'query'),
    documents: batchTokens(encoder, dataset.documents, 'document'),
    batches,
    step: 7,
    epoch: 1,
    firstBatch: 7,
    learningRate: 0.1,
  });

  it('updates by the mean of the gradients of its batches', async () => {
    const encoder = toyEncoder(dataset, { dropout: 0 }) as unknown as Encoder<TokenizedTexts>;
    const source = localGradients(encoder, settings);
    const [first, second] = [
      await valuesOf(await source.gradients(encoded(encoder, 0))),
      await valuesOf(await source.gradients(encoded(encoder, 1))),
    ];
    let received: Float32Array[] = [];
    const spy: Pick<AdamW, 'update'> = {
      update: (gradients, _rate, _step, scale) => {
        received = gradients.map((gradient) => gradient.dataSync<'float32'>().map((value) => value * scale));
      },
    };
    const model = tensorModel(encoder, spy as AdamW, async () => source);
    const record = await trainingStep(model, stepInput(encoder, [batch(0), batch(1)]), {
      clipNorm: 1e9,
      seed: 0,
    });
    received.forEach((values, i) => {
      const mean = first[i + 1]!.map((value, j) => (value + second[i + 1]![j]!) / 2);
      expect(worstDifference(values, mean)).toBeLessThan(1e-6);
    });
    const norm = Math.sqrt(received.flatMap((values) => [...values]).reduce((sum, v) => sum + v * v, 0));
    expect(record.gradientNorm).toBeCloseTo(norm, 4);
    expect(record.loss).toBeCloseTo((first[0]![2]! + second[0]![2]!) / 2, 5);
    encoder.dispose();
  });

  it.each([
    [
      'an empty batch',
      { ...batch(0), queries: new Uint32Array(0) },
      /a batch must hold queries and documents, received 0 and \d+ at step 7 \(epoch 1\)/,
    ],
    [
      'a batch without a positive',
      { ...batch(0), pairs: { ...batch(0).pairs, positive: Array.from(batch(0).pairs.positive, () => 0) } },
      /a batch must hold a positive pair, received \d+ pairs without one at step 7 \(epoch 1\)/,
    ],
  ])('refuses %s', async (_, bad, message) => {
    const encoder = toyEncoder(dataset) as unknown as Encoder<TokenizedTexts>;
    const source = localGradients(encoder, settings);
    const model = tensorModel(encoder, {} as AdamW, async () => source);
    await expect(trainingStep(model, stepInput(encoder, [bad]), settings)).rejects.toThrow(message);
    encoder.dispose();
  });
});

describe('a backend that fails half-way', () => {
  let directory = '';
  beforeAll(async () => {
    await useBackend('cpu');
    directory = await mkdtemp(join(tmpdir(), 'failing-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is named with the step, and leaves weights and checkpoint as they were', async () => {
    const encoder = toyEncoder(dataset);
    let failing = false;
    const fragile = {
      ...wrapped(encoder),
      encode: (...input: Parameters<typeof encoder.encode>) => {
        if (failing) throw new Error('device lost');
        return encoder.encode(...input);
      },
    };
    const checkpoint = join(directory, 'checkpoint.safetensors');
    let written: Promise<Buffer> | null = null;
    let weights: number[][] = [];
    const tensors = tf.memory().numTensors;
    await expect(
      trainOasis(fragile, dataset, {
        batchQueries: 8,
        validation,
        evaluateEvery: 2,
        checkpointDirectory: directory,
        onStep: ({ step }) => {
          if (step !== 2) return;
          weights = encoder.variables.map((variable) => Array.from(variable.dataSync()));
          failing = true;
        },
        onCheckpoint: (path) => {
          expect(path).toBe(checkpoint);
          written = readFile(path);
        },
      }),
    ).rejects.toThrow('training failed at step 3 (epoch 0): device lost');
    expect(await readFile(checkpoint)).toEqual(await written);
    expect((await readdir(directory)).sort()).toEqual(['best', 'checkpoint.safetensors', 'steps.jsonl']);
    expect(encoder.variables.map((variable) => Array.from(variable.dataSync()))).toEqual(weights);
    expect(tf.memory().numTensors).toBe(tensors);
    encoder.dispose();
  });

  it('cannot leave half a checkpoint where the folder is none', async () => {
    const encoder = toyEncoder(dataset);
    const file = join(directory, 'a-file');
    await writeFile(file, 'x');
    await expect(
      trainOasis(encoder, dataset, { batchQueries: 36, epochs: 1, checkpointDirectory: file }),
    ).rejects.toThrow(/a-file/);
    expect((await stat(file)).size).toBe(1);
    encoder.dispose();
  });

  it('refuses a precision that no backend has', async () => {
    const encoder = toyEncoder(dataset);
    await expect(trainOasis(encoder, dataset, { precision: 'float16' as 'float32' })).rejects.toThrow(
      'precision must be float32, received float16: TensorFlow.js has no 16-bit floats',
    );
    encoder.dispose();
  });
});
