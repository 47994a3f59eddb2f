import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Encoder,
  encodeTexts,
  SubtokenBagEncoder,
  TextFile,
  TransformerEncoder,
  writeTextFile,
} from '../../src/encoders/index.js';
import { meanReciprocalRank, relevantRanks } from '../../src/metrics/index.js';
import { type OasisDataset, type StepRecord, trainOasis } from '../../src/training/index.js';
import { testBackends, useBackend } from '../support/backends.js';
import { worstDifference } from '../support/evaluate.js';
import { toyEncoder, toyTask } from './toy-task.js';

const { dataset, validation } = toyTask();
const quick = { epochs: 4, batchQueries: 8, learningRate: 0.02, seed: 3 } as const;

const weightsOf = (encoder: Encoder) =>
  Promise.all(encoder.variables.map(async (variable) => Array.from(await variable.data())));

const mrrOf = async (encoder: Encoder) => {
  const queries = await encodeTexts(encoder, validation.queries, 'query');
  const documents = await encodeTexts(encoder, validation.documents, 'document');
  return meanReciprocalRank(relevantRanks(queries, documents, validation.relevant));
};

describe.each(testBackends())('trainOasis on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('learns what held-out queries need, and ends with the weights of the best evaluation', async () => {
    const encoder = toyEncoder(dataset);
    const before = await mrrOf(encoder);
    const run = await trainOasis(encoder, dataset, { ...quick, epochs: 8, validation });
    expect(run.evaluations[0]?.mrr).toBeCloseTo(before, 6);
    expect(run.best!.mrr).toBeGreaterThan(before + 0.1);
    expect(await mrrOf(encoder)).toBeCloseTo(run.best!.mrr, 6);
    expect(run.best!.mrr).toBe(Math.max(...run.evaluations.map(({ mrr }) => mrr)));
    encoder.dispose();
  });

  it('records every term of every step, and the mix is their weighted sum', async () => {
    const encoder = toyEncoder(dataset);
    const seen: StepRecord[] = [];
    const run = await trainOasis(encoder, dataset, { ...quick, onStep: (record) => seen.push(record) });
    expect(run.steps.length).toBe(4 * Math.ceil(36 / 8));
    expect(seen).toEqual(run.steps);
    expect(run.best).toBeNull();
    run.steps.forEach((record, i) => {
      expect(record.step).toBe(i);
      expect(record.loss).toBeCloseTo(0.98 * record.infoNce + 0.02 * record.cosent, 4);
    });
    const mean = (records: readonly StepRecord[]) =>
      records.reduce((sum, { loss }) => sum + loss, 0) / records.length;
    expect(mean(run.steps.slice(-5))).toBeLessThan(0.8 * mean(run.steps.slice(0, 5)));
    encoder.dispose();
  });

  // A GPU adds scattered rows in any order.
  it.skipIf(backend === 'webgpu')(
    'gives the same curve and weights bit for bit for the same seed, and others for another',
    async () => {
      const train = async (seed: number) => {
        const encoder = toyEncoder(dataset);
        const { steps } = await trainOasis(encoder, dataset, { ...quick, epochs: 2, seed });
        const weights = await weightsOf(encoder);
        encoder.dispose();
        return { steps, weights };
      };
      const first = await train(1);
      expect(await train(1)).toEqual(first);
      expect((await train(2)).weights).not.toEqual(first.weights);
    },
  );

  it('leaves no tensor behind over many steps', async () => {
    const encoder = toyEncoder(dataset);
    const before = tf.memory().numTensors;
    let during = 0;
    let grew = false;
    await trainOasis(encoder, dataset, {
      ...quick,
      validation,
      onStep: ({ step }) => {
        if (step === 1) during = tf.memory().numTensors;
        if (step > 1 && tf.memory().numTensors !== during) grew = true;
      },
    });
    expect(grew).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
  });
});

describe('trainOasis', () => {
  beforeAll(() => useBackend('cpu'));

  it('moves every variable', async () => {
    const encoder = toyEncoder(dataset);
    const before = await weightsOf(encoder);
    await trainOasis(encoder, dataset, { ...quick, epochs: 1 });
    (await weightsOf(encoder)).forEach((values, i) => {
      expect(values, encoder.variables[i]!.name).not.toEqual(before[i]);
    });
    encoder.dispose();
  });

  it('trains on InfoNCE alone and on CoSENT alone', async () => {
    for (const weights of [
      { infoNce: 1, cosent: 0 },
      { infoNce: 0, cosent: 1 },
    ]) {
      const encoder = toyEncoder(dataset);
      const { steps } = await trainOasis(encoder, dataset, { ...quick, epochs: 6, weights });
      const term = weights.cosent === 0 ? 'infoNce' : 'cosent';
      expect(steps.at(-1)![term]).toBeLessThan(steps[0]![term]);
      expect(steps[0]!.loss).toBeCloseTo(steps[0]![term], 4);
      encoder.dispose();
    }
  });

  it('stops after so many evaluations without a better MRR', async () => {
    const encoder = toyEncoder(dataset);
    const run = await trainOasis(encoder, dataset, {
      ...quick,
      epochs: 50,
      learningRate: 1e-9,
      validation,
      evaluateEvery: 2,
      patience: 3,
    });
    expect(run.stopped).toBe('patience');
    expect(run.evaluations.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    expect(run.steps.length).toBe(6);
    expect(run.best?.step).toBe(0);
    encoder.dispose();
  });

  it('evaluates after the last step even when it is not a multiple of the interval', async () => {
    const encoder = toyEncoder(dataset);
    const run = await trainOasis(encoder, dataset, { ...quick, epochs: 1, validation, evaluateEvery: 3 });
    expect(run.evaluations.map(({ step }) => step)).toEqual([0, 3, 5]);
    expect(run.stopped).toBe('epochs');
    encoder.dispose();
  });

  it('clips before the optimizer: gradients cut far below its epsilon move nothing', async () => {
    const moved = async (clipNorm: number) => {
      const encoder = toyEncoder(dataset);
      const before = (await weightsOf(encoder)).flat();
      const run = await trainOasis(encoder, dataset, { ...quick, epochs: 1, clipNorm, weightDecay: 0 });
      const after = (await weightsOf(encoder)).flat();
      encoder.dispose();
      // The norm is recorded as it was before the cut.
      expect(run.steps.every(({ gradientNorm }) => gradientNorm > 0.1)).toBe(true);
      return Math.max(...after.map((value, i) => Math.abs(value - before[i]!)));
    };
    expect(await moved(1e-13)).toBeLessThan(1e-4);
    expect(await moved(1)).toBeGreaterThan(1e-2);
  });

  it('names the step and the term that is not finite, and leaves the weights as they were', async () => {
    const encoder = toyEncoder(dataset);
    let before: number[][] = [];
    const poisoned: Encoder<ReturnType<typeof encoder.tokenize>> = {
      kind: encoder.kind,
      dimensions: encoder.dimensions,
      variables: encoder.variables,
      tokenize: encoder.tokenize.bind(encoder),
      select: encoder.select.bind(encoder),
      encode: (tokens, role) => {
        const rows = encoder.encode(tokens, role);
        return role === 'query' && before.length > 0 ? tf.mul(rows, Number.NaN) : rows;
      },
      save: encoder.save.bind(encoder),
      dispose: encoder.dispose.bind(encoder),
    };
    const training = trainOasis(poisoned, dataset, {
      ...quick,
      onStep: ({ step }) => {
        if (step === 2) before = encoder.variables.map((variable) => Array.from(variable.dataSync()));
      },
    });
    await expect(training).rejects.toThrow(/infoNce is NaN at step 3 \(epoch 0\)/);
    expect(await weightsOf(encoder)).toEqual(before);
    encoder.dispose();
  });
});

describe('trainOasis with a checkpoint', () => {
  let directory = '';
  beforeAll(() => useBackend('cpu'));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const options = { ...quick, epochs: 3, validation, evaluateEvery: 4 } as const;

  it.each([
    [1, 1],
    [6, 1],
    [8, 1],
    [4, 2],
  ])(
    'goes on after an interruption at step %i, %i batches a step, as if there had been none',
    async (at, n) => {
      const options = { ...quick, epochs: 3, validation, evaluateEvery: 4, accumulationSteps: n };
      const straight = toyEncoder(dataset);
      const expected = await trainOasis(straight, dataset, options);

      const controller = new AbortController();
      const first = toyEncoder(dataset);
      const interrupted = trainOasis(first, dataset, {
        ...options,
        checkpointDirectory: directory,
        signal: controller.signal,
        onStep: ({ step }) => {
          if (step + 1 === at) controller.abort();
        },
      });
      await expect(interrupted).rejects.toThrow(/abort/i);
      first.dispose();

      const second = toyEncoder(dataset);
      const resumed = await trainOasis(second, dataset, { ...options, checkpointDirectory: directory });
      expect(resumed).toEqual(expected);
      expect(await weightsOf(second)).toEqual(await weightsOf(straight));
      second.dispose();
      straight.dispose();
      expect((await readdir(directory)).sort()).toEqual(['best', 'checkpoint.safetensors', 'steps.jsonl']);
    },
  );

  it('reads a finished run back without training again', async () => {
    const first = toyEncoder(dataset);
    const run = await trainOasis(first, dataset, { ...options, checkpointDirectory: directory });
    const second = toyEncoder(dataset);
    let steps = 0;
    const again = await trainOasis(second, dataset, {
      ...options,
      checkpointDirectory: directory,
      onStep: () => {
        steps++;
      },
    });
    expect(steps).toBe(0);
    expect(again).toEqual(run);
    expect(await weightsOf(second)).toEqual(await weightsOf(first));
    first.dispose();
    second.dispose();
  });

  it('refuses the checkpoint of another run and says what differs', async () => {
    const encoder = toyEncoder(dataset);
    await trainOasis(encoder, dataset, { ...options, epochs: 1, checkpointDirectory: directory });
    await expect(
      trainOasis(encoder, dataset, {
        ...options,
        epochs: 1,
        temperature: 0.1,
        checkpointDirectory: directory,
      }),
    ).rejects.toThrow(/belongs to another run \(different: temperature\)/);
    await writeFile(join(directory, 'checkpoint.safetensors'), 'junk');
    await expect(
      trainOasis(encoder, dataset, { ...options, epochs: 1, checkpointDirectory: directory }),
    ).rejects.toThrow(/cannot read .*checkpoint\.safetensors/);
    encoder.dispose();
  });
});

describe('a checkpoint of low-rank updates', () => {
  const scratch: string[] = [];
  beforeAll(() => useBackend('wasm'));
  afterEach(() => Promise.all(scratch.splice(0).map((path) => rm(path, { recursive: true }))));

  it('goes on along the same curve, and not over another base or with another scale', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lora-'));
    scratch.push(directory);
    const create = (change: { seed?: number; alpha?: number } = {}) =>
      TransformerEncoder.random({
        texts: [...dataset.queries, ...dataset.documents],
        hiddenSize: 16,
        layers: 1,
        heads: 2,
        vocabularySize: 128,
        maximumLength: 16,
        seed: change.seed ?? 4,
        lora: { rank: 2, alpha: change.alpha ?? 4, seed: 1, targets: 'all-linear' },
      });
    const options = { ...quick, epochs: 2, validation, warmUpSteps: 0 };
    const straight = create();
    const expected = await trainOasis(straight, dataset, options);
    const controller = new AbortController();
    const first = create();
    const interrupted = trainOasis(first, dataset, {
      ...options,
      checkpointDirectory: directory,
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 6) controller.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(/abort/i);
    for (const change of [{ seed: 5 }, { alpha: 8 }]) {
      const other = create(change);
      await expect(
        trainOasis(other, dataset, { ...options, checkpointDirectory: directory }),
      ).rejects.toThrow(/belongs to another run \(different: encoder\)/);
      other.dispose();
    }
    const second = create();
    expect(await trainOasis(second, dataset, { ...options, checkpointDirectory: directory })).toEqual(
      expected,
    );
    expect(await weightsOf(second)).toEqual(await weightsOf(straight));
    // best/ holds them merged: a plain model with the same vectors.
    const best = await TransformerEncoder.load(join(directory, 'best'), { frozenLayers: 'all' });
    const [merged, apart] = [await best.embed(dataset.queries), await second.embed(dataset.queries)];
    expect(worstDifference(merged.data, apart.data)).toBeLessThan(1e-5);
    for (const encoder of [straight, first, second, best]) encoder.dispose();
  });
});

describe('trainOasis on texts that stay on disk', () => {
  let directory: string;
  let onDisk: OasisDataset;
  const files: TextFile[] = [];
  const opened = async (name: string, texts: readonly string[]) => {
    await writeTextFile(join(directory, name), texts);
    const file = TextFile.open(join(directory, name));
    files.push(file);
    return file;
  };
  beforeAll(async () => {
    await useBackend('cpu');
    directory = await mkdtemp(join(tmpdir(), 'texts-'));
    onDisk = {
      queries: await opened('queries', dataset.queries),
      documents: await opened('documents', dataset.documents),
      pairs: dataset.pairs,
    };
  });
  afterAll(async () => {
    for (const file of files) file.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('gives the weights of texts in memory', async () => {
    const trained = async (data: OasisDataset) => {
      const encoder = SubtokenBagEncoder.fit(data, { dimensions: 32, minimumFrequency: 1, dropout: 0.1 });
      const run = await trainOasis(encoder, data, { ...quick, validation });
      const weights = await weightsOf(encoder);
      encoder.dispose();
      return { steps: run.steps, best: run.best, weights };
    };
    expect(await trained(onDisk)).toEqual(await trained(dataset));
  });

  it('reads no more than a batch needs, and goes on along the same curve', async () => {
    const rows: number[] = [];
    const watched: OasisDataset = {
      ...onDisk,
      documents: {
        length: onDisk.documents.length,
        fingerprint: onDisk.documents.fingerprint!,
        at: (row) => {
          rows.push(row);
          return onDisk.documents.at(row);
        },
        [Symbol.iterator]: () => onDisk.documents[Symbol.iterator](),
      },
    };
    const checkpointDirectory = join(directory, 'checkpoints');
    const options = { ...quick, epochs: 1, checkpointDirectory, checkpointEvery: 2 };
    const stop = new AbortController();
    const encoder = toyEncoder(dataset);
    const cut = trainOasis(encoder, watched, {
      ...options,
      signal: stop.signal,
      onStep: ({ step }) => {
        // 8 queries with one positive and three negatives each.
        expect(rows.length).toBeLessThanOrEqual(32 * (step + 1));
        if (step === 2) stop.abort();
      },
    });
    await expect(cut).rejects.toThrow(/abort/i);
    const straight = toyEncoder(dataset);
    const expected = await trainOasis(straight, dataset, { ...quick, epochs: 1 });
    const resumed = toyEncoder(dataset);
    expect(await trainOasis(resumed, onDisk, options)).toEqual(expected);
    for (const one of [encoder, straight, resumed]) one.dispose();
  });

  it('refuses repeated texts and missing rows', async () => {
    const twice = await opened('twice', [...dataset.documents.slice(0, -1), dataset.documents[0]!]);
    const encoder = toyEncoder(dataset);
    await expect(trainOasis(encoder, { ...onDisk, documents: twice }, quick)).rejects.toThrow(
      'documents must be unique, documents[35] repeats documents[0]',
    );
    encoder.dispose();
  });
});

describe('trainOasis with bad input', () => {
  beforeAll(() => useBackend('cpu'));
  const { queries, documents, pairs } = dataset;
  const broken = (change: Partial<OasisDataset['pairs']>): OasisDataset => ({
    queries,
    documents,
    pairs: { ...pairs, ...change },
  });

  it.each<[string, OasisDataset, string]>([
    [
      'labels of the wrong length',
      broken({ similarity: new Float32Array(3) }),
      'pairs.similarity must have shape [P] = [144], received [3]',
    ],
    [
      'a label that is NaN',
      broken({ similarity: Float32Array.from(pairs.similarity, (x, i) => (i === 7 ? Number.NaN : x)) }),
      'pairs.similarity[7] must be finite, received NaN',
    ],
    [
      'a row out of range',
      broken({ document: Uint32Array.from(pairs.document, (x, i) => (i === 2 ? 99 : x)) }),
      'pairs.document[2] must be below 36, received 99',
    ],
    [
      'a pair given twice',
      broken({ document: Uint32Array.from(pairs.document, (x, i) => (i === 1 ? pairs.document[0]! : x)) }),
      'pairs[1] repeats query 0 with document 0',
    ],
    [
      'no positive',
      broken({ positive: new Uint8Array(pairs.positive.length) }),
      'pairs must hold a positive',
    ],
    [
      'a mark that is text',
      broken({
        positive: Array.from(pairs.positive, (mark) => (mark ? 'true' : 'false')) as unknown as number[],
      }),
      'pairs.positive[0] must be true, false, 0 or 1, received "',
    ],
    [
      'repeated texts',
      { queries: [...queries.slice(0, -1), queries[0]!], documents, pairs },
      'queries must be unique, queries[35] repeats queries[0]',
    ],
  ])('refuses %s before any work', async (_, bad, message) => {
    const encoder = toyEncoder(dataset);
    const before = await weightsOf(encoder);
    await expect(trainOasis(encoder, bad, quick)).rejects.toThrow(message);
    expect(await weightsOf(encoder)).toEqual(before);
    encoder.dispose();
  });

  it.each([
    [{ temperature: 0 }, 'temperature must be above 0, received 0'],
    [{ learningRate: Number.NaN }, 'learningRate must be above 0, received NaN'],
    [{ batchQueries: 0 }, 'batchQueries must be a whole number of at least 1, received 0'],
    [{ weights: { infoNce: 0, cosent: 0 } }, 'the sum of weights must be above 0, received 0'],
    [{ weights: { infoNce: -1, cosent: 2 } }, 'weights.infoNce must be at least 0, received -1'],
    [{ patience: 0 }, 'patience must be a whole number of at least 1, received 0'],
    [{ seed: 1.5 }, 'seed must be a safe integer, received 1.5'],
    [{ validation: { queries: [], documents: ['x'], relevant: [] } }, 'validation.queries must not be empty'],
  ])('refuses the options %o', async (options, message) => {
    const encoder = toyEncoder(dataset);
    await expect(trainOasis(encoder, dataset, options)).rejects.toThrow(message);
    encoder.dispose();
  });
});
