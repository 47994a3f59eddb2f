/** What dropout promises of whole steps; dropout.test.ts has masks and gradients. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type EmbeddingLoss,
  OnnxEncoder,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';
import { type OasisDataset, trainOasis } from '../../src/training/index.js';

const folder = join(import.meta.dirname, '../encoders/fixtures/bert');
const texts = [
  'sorts a list',
  'quick sort of numbers',
  'reads a file',
  'x',
  'f(x) = x',
  'one two three four',
];

/** A fixed direction for every embedding. */
const loss: EmbeddingLoss = ({ data }) => {
  const gradient = data.map((_, i) => Math.sin(i + 1));
  return { value: data.reduce((sum, x, i) => sum + x * gradient[i]!, 0), gradient };
};

describe('steps with dropout', () => {
  const opened: { close(): Promise<void> }[] = [];
  const start = async (options: OnnxTrainerOptions, tokensPerPass = 4096) => {
    const encoder = await OnnxEncoder.load(folder, { tokensPerPass, threads: 1 });
    const trainer = await OnnxTrainer.create(encoder, options);
    opened.push(trainer, encoder);
    return { encoder, trainer, tokens: encoder.tokenize(texts, 'document') };
  };
  afterAll(async () => {
    for (const item of opened) await item.close();
  });

  it.each([
    ['computed again', { recompute: true }, 8],
    ['with layers computed again', { recomputeLayers: true }, 8],
    ['with both', { recompute: true, recomputeLayers: true }, 8],
  ] as const)('drops the same where passes are %s', async (_name, options, tokensPerPass) => {
    const [once, again] = [
      await start({ dropout: 0.2 }, tokensPerPass),
      await start({ ...options, dropout: 0.2 }, tokensPerPass),
    ];
    for (let step = 0; step < 2; step++) {
      const expected = await once.trainer.step(once.tokens, loss, 1e-3);
      const found = await again.trainer.step(again.tokens, loss, 1e-3);
      expect(found.loss).toBeCloseTo(expected.loss, 4);
      expect(found.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3);
    }
  });

  it('drops something else in each step, and for each seed; nothing when it embeds', async () => {
    const { encoder, trainer, tokens } = await start({ dropout: 0.2 });
    const other = await start({ dropout: 0.2, seed: 1 });
    const values = [
      await trainer.step(tokens, loss, 0),
      await trainer.step(tokens, loss, 0),
      await other.trainer.step(tokens, loss, 0),
    ];
    expect(new Set(values.map((record) => record.loss)).size).toBe(3);
    expect((await trainer.encode(tokens)).data).toEqual((await encoder.encode(tokens)).data);
  });

  it('resumes to the bit', async () => {
    const whole = await start({ dropout: 'config' });
    await whole.trainer.step(whole.tokens, loss, 1e-3);
    const state = whole.trainer.state();
    const expected = await whole.trainer.step(whole.tokens, loss, 1e-3);
    const resumed = await start({ dropout: 'config' });
    resumed.trainer.restore(state);
    expect(await resumed.trainer.step(resumed.tokens, loss, 1e-3)).toEqual(expected);
  });

  it('is an option of trainOasis, which knows a run by it and resumes within it', async () => {
    const dataset: OasisDataset = {
      queries: texts.slice(0, 3),
      documents: texts.slice(3),
      pairs: {
        query: Uint32Array.of(0, 1, 2),
        document: Uint32Array.of(0, 1, 2),
        similarity: Float32Array.of(0.9, 0.5, 0.7),
        positive: Uint8Array.of(1, 1, 1),
      },
    };
    const losses = async (options: object, dropout?: number) => {
      const { trainer } = await start(options);
      const settings = {
        epochs: 2,
        batchQueries: 2,
        learningRate: 1e-3,
        ...(dropout === undefined ? {} : { dropout }),
      };
      return (await trainOasis(trainer, dataset, settings)).steps.map((step) => step.loss);
    };
    const none = await losses({});
    expect(await losses({}, 0)).toEqual(none);
    expect(await losses({ dropout: 0.2 }, 0)).toEqual(none);
    const some = await losses({}, 0.2);
    expect(some).not.toEqual(none);
    expect(await losses({ dropout: 0.2 })).toEqual(some);
    await expect(losses({}, 1)).rejects.toThrow('dropout must be config, or from 0 to below 1, received 1');
    await expect(start({ dropout: -0.1 })).rejects.toThrow('dropout must be config, or from 0 to below 1');
  });
});
