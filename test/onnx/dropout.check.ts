/** What dropout promises of whole steps; dropout.test.ts has masks and gradients. */
import { describe, expect, it } from 'vitest';
import { type OasisDataset, trainOasis } from '../../src/training/index.js';
import { bertTexts, fixedDirection, useBertTrainers } from './bert-trainers.js';

describe('steps with dropout', () => {
  const start = useBertTrainers();

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
      const expected = await once.trainer.step(once.tokens, fixedDirection, 1e-3);
      const found = await again.trainer.step(again.tokens, fixedDirection, 1e-3);
      expect(found.loss).toBeCloseTo(expected.loss, 4);
      expect(found.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3);
    }
  });

  it('drops something else in each step, and for each seed; nothing when it embeds', async () => {
    const { encoder, trainer, tokens } = await start({ dropout: 0.2 });
    const other = await start({ dropout: 0.2, seed: 1 });
    const values = [
      await trainer.step(tokens, fixedDirection, 0),
      await trainer.step(tokens, fixedDirection, 0),
      await other.trainer.step(tokens, fixedDirection, 0),
    ];
    expect(new Set(values.map((record) => record.loss)).size).toBe(3);
    expect((await trainer.encode(tokens)).data).toEqual((await encoder.encode(tokens)).data);
  });

  it('resumes to the bit', async () => {
    const whole = await start({ dropout: 'config' });
    await whole.trainer.step(whole.tokens, fixedDirection, 1e-3);
    const state = await whole.trainer.state();
    const expected = await whole.trainer.step(whole.tokens, fixedDirection, 1e-3);
    const resumed = await start({ dropout: 'config' });
    await resumed.trainer.restore(state);
    expect(await resumed.trainer.step(resumed.tokens, fixedDirection, 1e-3)).toEqual(expected);
  });

  it('is an option of trainOasis, which knows a run by it and resumes within it', async () => {
    const dataset: OasisDataset = {
      queries: bertTexts.slice(0, 3),
      documents: bertTexts.slice(3),
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
