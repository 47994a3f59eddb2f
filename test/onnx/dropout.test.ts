import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropout } from '../../src/onnx/build/dropout.js';
import { ModelGraph } from '../../src/onnx/build/model-graph.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { prunedGraph } from '../../src/onnx/graph/graph.js';
import { loadOnnxRuntime, OnnxEncoder, OnnxTrainer } from '../../src/onnx/index.js';
import { dropoutMask } from '../../src/onnx/training/dropout-masks.js';
import { bertFolder, bertTexts, fixedDirection, useBertTrainers } from './bert-trainers.js';

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

describe('a graph with dropout', () => {
  it('raises what is kept, so that the mean stays, and drops the rest', async () => {
    const graph = new ModelGraph({ rates: { embeddings: 0.75 } });
    const x = graph.input('x', 'float32', ['batch', 'length']);
    const dropped = dropout(graph, x, 'embeddings', 'here');
    const [mask] = graph.masks;
    const session = await GraphSession.create(
      await loadOnnxRuntime(),
      prunedGraph(graph.build([dropped])),
      {},
    );
    const feeds = new Map<string, Float32Array | Uint8Array>([
      ['x', Float32Array.of(1, -2, 3, 5)],
      [mask!.value.name, Uint8Array.of(1, 0, 0, 1)],
    ]);
    const found = (await session.run(feeds, { batch: 2, length: 2 })).get(dropped.name)!;
    await session.close();
    expect([...found]).toEqual([4, 0, 0, 20]);
    expect(mask!.rate).toBe(0.75);
  });

  it('is the graph itself where the rate is 0', () => {
    const graph = new ModelGraph();
    const x = graph.input('x', 'float32', ['batch', 'length']);
    expect(dropout(graph, x, 'embeddings', 'here')).toBe(x);
  });
});

describe('training with dropout', () => {
  const start = useBertTrainers();

  it('gives the gradient of what the masked model computes', async () => {
    const { encoder, trainer, tokens } = await start({ dropout: 0.3 });
    const noise = { noise: 'a' };
    const valueAt = (change: number, name: string, along: Float32Array) => {
      const weight = encoder.weights.get(name)!;
      const before = weight.slice();
      along.forEach((x, i) => {
        weight[i] = before[i]! + change * x;
      });
      const value = trainer.accumulate({ tokens, loss: fixedDirection }, noise);
      return value.finally(() => weight.set(before));
    };
    for (const name of [
      'encoder.layer.0.attention.self.value.weight',
      'encoder.layer.1.output.dense.weight',
    ]) {
      const along = encoder.weights.get(name)!.map((_, i) => Math.cos(i * 1.7));
      const slope = ((await valueAt(0.01, name, along)) - (await valueAt(-0.01, name, along))) / 0.02;
      trainer.clearGradients();
      await trainer.accumulate({ tokens, loss: fixedDirection }, noise);
      // After one step with these settings the first moment is the gradient itself.
      await trainer.update(0, { beta1: 0, weightDecay: 0 });
      const gradient = (await trainer.moments()).get(`first/${name}`)!.data;
      const product = gradient.reduce((sum, x, i) => sum + x * along[i]!, 0);
      expect(Math.abs(product - slope) / Math.abs(slope), name).toBeLessThan(1e-2);
    }
  });
});

describe('layers that are computed again', () => {
  it('give the same gradients', async () => {
    const states: ReadonlyMap<string, { readonly data: Float32Array }>[] = [];
    for (const recomputeLayers of [false, true]) {
      const encoder = await OnnxEncoder.load(bertFolder, { threads: 1 });
      const trainer = await OnnxTrainer.create(encoder, { recomputeLayers });
      await trainer.step(encoder.tokenize(bertTexts, 'document'), fixedDirection, 1e-3);
      states.push(await trainer.state());
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
