import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type EmbeddingLoss,
  OnnxEncoder,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';
import { dropoutMask } from '../../src/onnx/training/dropout-masks.js';

const folder = join(import.meta.dirname, '../encoders/fixtures/bert');
const texts = [
  'sorts a list',
  'quick sort of numbers',
  'reads a file',
  'x',
  'f(x) = x',
  'one two three four',
];

describe('a dropout mask', () => {
  it('drops as many as the rate says, wherever one looks', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.integer(), (rate, seed) => {
        const mask = dropoutMask(20_000, rate, seed, 'a');
        const kept = (from: number, to: number) =>
          mask.subarray(from, to).reduce((sum, bit) => sum + bit, 0) / (to - from);
        // Five standard deviations, once in a million.
        const spread = (count: number) => 5 * Math.sqrt((rate * (1 - rate)) / count);
        expect(Math.abs(kept(0, 20_000) - (1 - rate))).toBeLessThan(spread(20_000));
        expect(Math.abs(kept(19_000, 20_000) - (1 - rate))).toBeLessThan(spread(1000));
      }),
      { numRuns: 50 },
    );
  });

  it('drops neighbors independently', () => {
    const mask = dropoutMask(200_000, 0.3, 7, 'b');
    let both = 0;
    for (let i = 1; i < mask.length; i++) both += Number(mask[i] === 0 && mask[i - 1] === 0);
    expect(Math.abs(both / mask.length - 0.09)).toBeLessThan(0.005);
  });

  it('is the same for the same seed and name alone', () => {
    const mask = dropoutMask(1000, 0.1, 1, 'a');
    expect(dropoutMask(1000, 0.1, 1, 'a')).toEqual(mask);
    expect(dropoutMask(1000, 0.1, 2, 'a')).not.toEqual(mask);
    expect(dropoutMask(1000, 0.1, 1, 'b')).not.toEqual(mask);
    expect(dropoutMask(1000, 0, 1, 'a').every((bit) => bit === 1)).toBe(true);
  });
});

/** A fixed direction for every embedding. */
const loss: EmbeddingLoss = ({ data }) => {
  const gradient = data.map((_, i) => Math.sin(i + 1));
  return { value: data.reduce((sum, x, i) => sum + x * gradient[i]!, 0), gradient };
};

describe('training with dropout', () => {
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

  it('gives the gradient of what the masked model computes', async () => {
    const { encoder, trainer, tokens } = await start({ dropout: 0.3 });
    const noise = { noise: 'a' };
    const valueAt = (change: number, name: string, along: Float32Array) => {
      const weight = encoder.weights.get(name)!;
      const before = weight.slice();
      along.forEach((x, i) => {
        weight[i] = before[i]! + change * x;
      });
      const value = trainer.accumulate({ tokens, loss }, noise);
      return value.finally(() => weight.set(before));
    };
    for (const name of [
      'encoder.layer.0.attention.self.value.weight',
      'encoder.layer.1.output.dense.weight',
    ]) {
      const along = encoder.weights.get(name)!.map((_, i) => Math.cos(i * 1.7));
      const slope = ((await valueAt(0.01, name, along)) - (await valueAt(-0.01, name, along))) / 0.02;
      trainer.clearGradients();
      await trainer.accumulate({ tokens, loss }, noise);
      // After one step with these settings the first moment is the gradient itself.
      trainer.update(0, { beta1: 0, weightDecay: 0 });
      const gradient = trainer.moments().get(`first/${name}`)!.data;
      const product = gradient.reduce((sum, x, i) => sum + x * along[i]!, 0);
      expect(Math.abs(product - slope) / Math.abs(slope), name).toBeLessThan(1e-2);
    }
  });
});

describe('layers that are computed again', () => {
  it('give the same gradients', async () => {
    const states: ReadonlyMap<string, { readonly data: Float32Array }>[] = [];
    for (const recomputeLayers of [false, true]) {
      const encoder = await OnnxEncoder.load(folder, { threads: 1 });
      const trainer = await OnnxTrainer.create(encoder, { recomputeLayers });
      await trainer.step(encoder.tokenize(texts, 'document'), loss, 1e-3);
      states.push(trainer.state());
      await trainer.close();
      await encoder.close();
    }
    for (const [name, { data }] of states[0]!) {
      const other = states[1]!.get(name)!.data;
      const scale = Math.max(1e-6, Math.hypot(...data));
      expect(Math.hypot(...data.map((x, i) => x - other[i]!)) / scale, name).toBeLessThan(1e-5);
    }
  });
});
