import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DenseMatrix } from '../../src/encoders/index.js';
import { infoNceLoss } from '../../src/losses/index.js';
import {
  type EmbeddingLoss,
  loadOnnxRuntime,
  OnnxEncoder,
  type OnnxRuntime,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';

const folder = join(import.meta.dirname, '../encoders/fixtures/bert');
const texts = [
  'sorts a list',
  'quick sort of numbers',
  'reads a file',
  'x',
  'f(x) = x',
  'one two three four five six',
];
const half = texts.length / 2;

const tensorLoss = (rows: tf.Tensor2D) =>
  infoNceLoss(tf.slice2d(rows, [0, 0], [half, -1]), tf.slice2d(rows, [half, 0], [half, -1]));

/** InfoNCE between the first and the second half of the batch. */
const loss = ({ data, rows, columns }: DenseMatrix) =>
  tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => tensorLoss(x as tf.Tensor2D))(
      tf.tensor2d(data, [rows, columns]),
    );
    return { value: value.dataSync()[0]!, gradient: grad.dataSync<'float32'>() };
  });

/** Far quicker than toEqual on long arrays. */
const isSame = (a: Float32Array, b: Float32Array) =>
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

describe('a trainer on the native engine', () => {
  const opened: { close(): Promise<void> }[] = [];
  const start = async (options: OnnxTrainerOptions = {}, tokensPerPass = 4096) => {
    const encoder = await OnnxEncoder.load(folder, { tokensPerPass, threads: 1 });
    const trainer = await OnnxTrainer.create(encoder, options);
    opened.push(trainer, encoder);
    return { encoder, trainer, tokens: encoder.tokenize(texts, 'document') };
  };
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  afterAll(async () => {
    for (const item of opened) await item.close();
  });

  it('gives the same gradient in one pass, in many, and when it computes forward passes again', async () => {
    const norms: number[] = [];
    for (const [options, tokensPerPass] of [
      [{}, 4096],
      [{}, 8],
      [{ recompute: true }, 8],
    ] as const) {
      const { trainer, tokens } = await start(options, tokensPerPass);
      norms.push(
        (await trainer.step(tokens, loss, 1e-3)).gradientNorm,
        (await trainer.step(tokens, loss, 1e-3)).loss,
      );
    }
    for (const i of [2, 4]) {
      expect(norms[i]! / norms[0]!).toBeCloseTo(1, 4);
      expect(norms[i + 1]! / norms[1]!).toBeCloseTo(1, 3);
    }
  });

  /** Σ (1 − a · b) over the pairs of one text and the next. */
  const pairLoss: EmbeddingLoss = ({ data, rows, columns }) => {
    const gradient = new Float32Array(data.length);
    let value = 0;
    for (let row = 0; row < rows; row += 2) {
      const [a, b] = [row * columns, (row + 1) * columns];
      value += 1;
      for (let i = 0; i < columns; i++) {
        value -= data[a + i]! * data[b + i]!;
        gradient[a + i] = -data[b + i]!;
        gradient[b + i] = -data[a + i]!;
      }
    }
    return { value, gradient };
  };

  it.each([
    ['all weights', {}],
    ['low-rank updates', { lora: { rank: 2 } }],
    ['forward passes computed again', { recompute: true }],
  ] as const)(
    'takes the step of one large batch with the micro-batches it is the sum of: %s',
    async (_name, options) => {
      const settings = { ...options, clipNorm: 1e9 };
      const [large, small] = [await start(settings), await start(settings)];
      // The second step has no sums left of the first, and words that the first did not see.
      for (const order of [[0, 1, 2], [2]]) {
        const whole = large.encoder.select(
          large.tokens,
          order.flatMap((pair) => [2 * pair, 2 * pair + 1]),
        );
        const parts = order.map((pair) => ({
          tokens: small.encoder.select(small.tokens, [2 * pair, 2 * pair + 1]),
          loss: pairLoss,
        }));
        const expected = await large.trainer.step(whole, pairLoss, 1e-4);
        const found = await small.trainer.accumulatedStep(parts, 1e-4);
        expect(found.step).toBe(expected.step);
        expect(found.loss / expected.loss).toBeCloseTo(1, 4);
        expect(found.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 4);
        if (order.length === 1) continue;
        // After one step the first moment is a tenth of the gradient.
        const [a, b] = [await large.trainer.state(), await small.trainer.state()];
        for (const [name, { data }] of a) {
          if (!name.startsWith('first/')) continue;
          const other = b.get(name)!.data;
          const difference = Math.sqrt(data.reduce((sum, x, i) => sum + (x - other[i]!) ** 2, 0));
          expect(difference, name).toBeLessThan(1e-6 * expected.gradientNorm);
        }
      }
    },
  );

  it('refuses a step without batches or texts, and says which batch has a loss that is not finite', async () => {
    const { encoder, trainer, tokens } = await start();
    const none = { tokens: encoder.select(tokens, []), loss: pairLoss };
    await expect(trainer.accumulatedStep([], 1e-3)).rejects.toThrow('batches must not be empty');
    await expect(trainer.accumulatedStep([{ tokens, loss: pairLoss }, none], 1e-3)).rejects.toThrow(
      'a batch must hold texts, received none in batches[1]',
    );
    const lost: EmbeddingLoss = (rows) => ({ ...pairLoss(rows), value: Number.NaN });
    const before = new Map([...encoder.weights].map(([name, data]) => [name, data.slice()]));
    const batches = [
      { tokens, loss: pairLoss },
      { tokens, loss: lost },
    ];
    await expect(trainer.accumulatedStep(batches, 1e-3)).rejects.toThrow(
      'the loss is NaN at step 1 in batch 2 of 2',
    );
    for (const [name, data] of encoder.weights) expect(isSame(data, before.get(name)!), name).toBe(true);
    // What the failed step had added up is not part of the next one.
    const fresh = await start();
    expect(await trainer.step(tokens, pairLoss, 1e-3)).toEqual(
      await fresh.trainer.step(fresh.tokens, pairLoss, 1e-3),
    );
  });

  it.each([
    ['all weights', {}],
    ['low-rank updates', { lora: { rank: 2 } }],
  ] as const)('resumes to the bit: %s', async (_name, options) => {
    const whole = await start(options);
    for (let step = 0; step < 2; step++) await whole.trainer.step(whole.tokens, loss, 1e-3);
    const state = await whole.trainer.state();
    const next = await whole.trainer.step(whole.tokens, loss, 1e-3);
    const resumed = await start(options);
    await resumed.trainer.restore(state);
    expect(resumed.trainer.steps).toBe(2);
    expect(await resumed.trainer.step(resumed.tokens, loss, 1e-3)).toEqual(next);
    const [a, b] = [await whole.trainer.state(), await resumed.trainer.state()];
    for (const [name, { data }] of a) expect(isSame(b.get(name)!.data, data), name).toBe(true);
    await expect(resumed.trainer.restore(new Map())).rejects.toThrow(
      /the state must hold step of shape \[1\]/,
    );
  });

  it('changes nothing but what is trained', async () => {
    const { encoder, trainer, tokens } = await start({ frozenLayers: 1 });
    const before = new Map([...encoder.weights].map(([name, data]) => [name, data.slice()]));
    await trainer.step(tokens, loss, 1e-3);
    for (const [name, data] of encoder.weights) {
      const isFrozen = name.startsWith('embeddings.') || name.startsWith('encoder.layer.0.');
      expect(trainer.trained.includes(name)).toBe(!isFrozen);
      if (isFrozen || name.endsWith('weight')) expect(isSame(data, before.get(name)!), name).toBe(isFrozen);
    }
  });

  it('trains low-rank updates alone and merges them', async () => {
    const { encoder, trainer, tokens } = await start({ lora: { rank: 2, targets: ['query', 'value'] } });
    expect(trainer.trained.length).toBe(2 * 2 * encoder.model.transformer.layers.length);
    const weight = 'encoder.layer.0.attention.self.query.weight';
    const before = encoder.weights.get(weight)!.slice();
    const first = await trainer.step(tokens, loss, 1e-2);
    const later = await trainer.step(tokens, loss, 1e-2);
    expect(later.loss).toBeLessThan(first.loss);
    expect(isSame(encoder.weights.get(weight)!, before)).toBe(true);
    expect(isSame((await trainer.trainedWeights()).get(weight)!, before)).toBe(false);
    await expect(start({ lora: { targets: ['nothing'] } })).rejects.toThrow(
      /lora\.targets must name linear maps \(attention.*received nothing/,
    );
  });

  it('names step and weight when a gradient is not finite, and leaves the weights as they were', async () => {
    const { encoder, trainer, tokens } = await start();
    const before = new Map([...encoder.weights].map(([name, data]) => [name, data.slice()]));
    const broken = ({ data }: DenseMatrix) => ({
      value: 1,
      gradient: new Float32Array(data.length).fill(Number.NaN),
    });
    await expect(trainer.step(tokens, broken, 1e-3)).rejects.toThrow(
      /the gradient of \S+ is not finite at step 1/,
    );
    const lost = ({ data }: DenseMatrix) => ({ value: Number.NaN, gradient: new Float32Array(data.length) });
    await expect(trainer.step(tokens, lost, 1e-3)).rejects.toThrow('the loss is NaN at step 1');
    for (const [name, data] of encoder.weights) expect(isSame(data, before.get(name)!), name).toBe(true);
    expect((await trainer.step(tokens, loss, 1e-3)).step).toBe(1);
    const [name, weight] = [...encoder.weights].find(([one]) => one.endsWith('intermediate.dense.bias'))!;
    weight[3] = Number.NaN;
    await expect(trainer.step(tokens, loss, 1e-3)).rejects.toThrow(
      `the loss is NaN at step 2: the weight ${name} is not finite`,
    );
  });

  it('says what to lower where memory runs out', async () => {
    const loaded = await loadOnnxRuntime();
    const runtime: OnnxRuntime = {
      ...loaded,
      createSession: async (model, options) => {
        const session = await loaded.createSession(model, options);
        // As ONNX Runtime says it.
        const run = () =>
          Promise.reject(new Error('Failed to allocate memory for requested buffer of size 9'));
        return { ...session, run, release: () => session.release() } as typeof session;
      },
    };
    const encoder = await OnnxEncoder.load(folder, { runtime });
    const trainer = await OnnxTrainer.create(encoder);
    opened.push(trainer, encoder);
    await expect(encoder.embed(['x'])).rejects.toThrow(
      'out of memory in a pass of 1 texts of 8 tokens: lower tokensPerPass or maximumLength (Failed to allocate',
    );
    await expect(trainer.step(encoder.tokenize(texts, 'document'), loss, 1e-3)).rejects.toThrow(
      /out of memory in a pass of \d+ texts of \d+ tokens: lower tokensPerPass .*, or set recomputeLayers/,
    );
  });

  it('refuses options out of range', async () => {
    await expect(start({ frozenLayers: 99 })).rejects.toThrow(
      /frozenLayers must be a whole number from 0 to \d+, received 99/,
    );
    await expect(start({ clipNorm: 0 })).rejects.toThrow('clipNorm must be above 0, received 0');
    await expect(start({ learningRate: 1 } as object)).rejects.toThrow(
      /OnnxTrainer.create has no option learningRate/,
    );
  });
});
