import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadOnnxRuntime, type OnnxTrainerOptions } from '../../src/onnx/index.js';
import { DeviceMemory } from '../../src/onnx/training/device-memory.js';
import { HostMemory } from '../../src/onnx/training/host-memory.js';
import type { TrainingMemory } from '../../src/onnx/training/training-memory.js';
import { fixedDirection, useBertTrainers } from './bert-trainers.js';

interface Named {
  readonly matrix: readonly number[];
  readonly vector: readonly number[];
}

/** Of torch.optim.AdamW; made by golden/adam-w.py. */
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/adam-w.golden.json'), 'utf8')) as {
  readonly start: Named;
  readonly steps: readonly (Named & { readonly gradients: Named; readonly norm: number })[];
  readonly moments: Readonly<Record<keyof Named, readonly (readonly number[])[]>>;
};

const shapes = new Map([
  ['matrix', [3, 4]],
  ['vector', [4]],
]);
const gradients = {
  dense: new Map([
    ['matrix', 'gradient/matrix'],
    ['vector', 'gradient/vector'],
  ]),
  rows: [],
};
const start = () =>
  new Map([...shapes.keys()].map((name) => [name, Float32Array.from(golden.start[name as keyof Named])]));
const runtime = await loadOnnxRuntime();

const memories: readonly [string, () => Promise<TrainingMemory>][] = [
  ['the host', async () => new HostMemory(shapes, start(), gradients)],
  [
    'the device',
    () => DeviceMemory.create({ runtime, threads: 1, trained: shapes, shapes, host: start(), gradients }),
  ],
];

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  expected.forEach((x, i) => {
    expect(Math.abs(found[i]! - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)));
  });
};

describe.each(memories)('AdamW on %s', (where, create) => {
  /** Half of the gradients, twice: a step of two batches. */
  const half = (values: Named, name: keyof Named) => {
    const data = Float32Array.from(values[name], (x) => x / 2);
    return where === 'the host' ? data : runtime.createTensor('float32', data, shapes.get(name)!);
  };

  it('makes the steps of torch.optim.AdamW, with clipping, accumulation and groups of weight decay', async () => {
    const memory = await create();
    for (const [i, step] of golden.steps.entries()) {
      memory.clearGradients();
      for (let batch = 0; batch < 2; batch++)
        await memory.add(
          new Map(
            (['matrix', 'vector'] as const).map((name) => [`gradient/${name}`, half(step.gradients, name)]),
          ),
        );
      const norm = Math.sqrt(await memory.squaredNorm());
      near([norm], [step.norm]);
      await memory.update({
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.98,
        epsilon: 1e-6,
        weightDecay: 0.1,
        step: i + 1,
        gradientScale: Math.min(1, 1 / norm),
      });
      const found = await memory.trained();
      near(found.get('matrix')!.data, step.matrix);
      near(found.get('vector')!.data, step.vector);
    }
    const moments = await memory.moments();
    for (const name of ['matrix', 'vector'] as const) {
      near(moments.get(`first/${name}`)!.data, golden.moments[name][0]!);
      near(moments.get(`second/${name}`)!.data, golden.moments[name][1]!);
    }
    await memory.close();
  });

  it('names the weight whose gradient is not finite', async () => {
    const memory = await create();
    const poisoned = { ...golden.steps[0]!.gradients, vector: [1, Number.NaN, 1, 1] };
    await memory.add(
      new Map((['matrix', 'vector'] as const).map((name) => [`gradient/${name}`, half(poisoned, name)])),
    );
    expect(await memory.squaredNorm()).toBeNaN();
    expect(await memory.firstNotFinite()).toBe('vector');
    await memory.close();
  });
});

describe('a trainer whose optimizer is on the device', () => {
  const open = useBertTrainers();
  type Opened = Awaited<ReturnType<typeof open>>;

  const distance = async (a: Opened, b: Opened) => {
    const other = await b.trainer.state();
    let largest = 0;
    for (const [name, { data }] of await a.trainer.state()) {
      // The gradient of a key's bias is zero but for rounding, whose size AdamW takes away.
      if (name.endsWith('key.bias')) continue;
      const found = other.get(name)!.data;
      data.forEach((x, i) => {
        largest = Math.max(largest, Math.abs(x - found[i]!));
      });
    }
    return largest;
  };

  it.each([
    ['all weights, clipped', { clipNorm: 0.1, weightDecay: 0.3 }],
    ['low-rank updates, with dropout', { lora: { rank: 2 }, dropout: 0.2 }],
  ] as [string, OnnxTrainerOptions][])('makes the steps of one on the host: %s', async (_, options) => {
    const [host, device] = [await open(options, 16), await open({ ...options, optimizer: 'device' }, 16)];
    for (let step = 0; step < 2; step++) {
      const a = await host.trainer.step(host.tokens, fixedDirection, 1e-3);
      const b = await device.trainer.step(device.tokens, fixedDirection, 1e-3);
      expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-5);
    }
    expect(await distance(host, device)).toBeLessThan(1e-5);
    // Embeds with the weights as trained; so does the encoder when they have come back.
    const embedded = await device.trainer.encode(device.tokens);
    const weights = await device.trainer.trainedWeights();
    expect([...weights.keys()]).toEqual([...host.encoder.weights.keys()]);
    if (options.lora === undefined)
      expect((await device.encoder.encode(device.tokens)).data).toEqual(embedded.data);
  });

  it('resumes to the bit, and refuses a state that lacks something', async () => {
    const options = { optimizer: 'device' } as const;
    const [whole, resumed] = [await open(options), await open(options)];
    await whole.trainer.step(whole.tokens, fixedDirection, 1e-3);
    await resumed.trainer.restore(await whole.trainer.state());
    for (const { trainer, tokens } of [whole, resumed]) await trainer.step(tokens, fixedDirection, 1e-3);
    expect(await distance(whole, resumed)).toBe(0);
    await expect(resumed.trainer.restore(new Map())).rejects.toThrow(
      /the state must hold step of shape \[1\]/,
    );
    expect(resumed.trainer.steps).toBe(2);
  });

  it('is asked for by name', async () => {
    await expect(open({ optimizer: 'gpu' as 'device' })).rejects.toThrow(
      /optimizer must be host or device, received gpu/,
    );
  });
});
