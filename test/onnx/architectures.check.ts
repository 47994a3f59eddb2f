import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type SafetensorsFile } from '../../src/encoders/index.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../src/onnx/index.js';
import { runDescribedModel } from '../encoders/described-model.js';
import { useBackend } from '../support/backends.js';
import { configs, runSmallModel, smallModel } from './small-models.js';
import { smallWeights } from './small-weights.js';
import { waves } from './waves.js';

const python = process.env.OASIS_PYTHON ?? 'python3';

/** Every value of every gradient, where architectures.test.ts compares two numbers of each. */
describe('a small model beside transformers', () => {
  let folder: string;
  let runtime: OnnxRuntime;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'architectures-'));
    execFileSync(python, [join(import.meta.dirname, 'golden/architectures.py'), folder]);
    runtime = await loadOnnxRuntime();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const rows = ({ tensors }: SafetensorsFile, name: string) => {
    const { shape, data } = tensors.get(name)!;
    return Array.from({ length: shape[0]! }, (_, i) =>
      Array.from(data.subarray(i * shape[1]!, (i + 1) * shape[1]!)),
    );
  };

  const cases = Object.keys(configs).flatMap((label) =>
    ['right', 'left'].map((side) => [label, side] as const),
  );

  it.each(cases)('%s has its hidden states and gradients, padded on the %s', async (label, side) => {
    const file = await readSafetensors(join(folder, `${label}-${side}.safetensors`));
    const [ids, mask] = [rows(file, 'ids'), rows(file, 'mask')];
    const found = await runSmallModel(runtime, label, { ids, mask });
    const hidden = file.tensors.get('hidden')!;
    const width = hidden.shape[2]!;
    mask.forEach((text, b) => {
      text.forEach((isToken, t) => {
        if (isToken === 0) return;
        const at = (b * text.length + t) * width;
        found.hiddenAt(b, t).forEach((x, i) => {
          expect(Math.abs(x - hidden.data[at + i]!)).toBeLessThan(1e-5);
        });
      });
    });
    expectGradients(file, found.gradients);
  });

  // TransformerEncoder pads behind alone. In front, only places that are counted from the text's own start stay the same.
  const onTensors = cases.filter(
    ([label, side]) =>
      side === 'right' || smallModel(label).transformer.embeddings.positions.kind !== 'absolute',
  );

  it.each(onTensors)('%s has them on TensorFlow.js, padded on the %s', async (label, side) => {
    await useBackend('wasm');
    const file = await readSafetensors(join(folder, `${label}-${side}.safetensors`));
    const mask = rows(file, 'mask');
    const texts = rows(file, 'ids').map((ids, i) => ids.filter((_, t) => mask[i]![t] === 1));
    const model = smallModel(label);
    const { width } = model.transformer;
    const direction = waves('gradient', texts.length * width, 1);
    const found = await runDescribedModel(model, smallWeights(model), texts, direction);
    const hidden = file.tensors.get('hidden')!;
    mask.forEach((text, b) => {
      const start = (b * text.length + text.indexOf(1)) * width;
      for (let i = 0; i < texts[b]!.length * width; i++) {
        const x = found.hidden[b * found.length * width + i]!;
        expect(Math.abs(x - hidden.data[start + i]!)).toBeLessThan(1e-5);
      }
    });
    expectGradients(file, found.gradients);
  });

  it.each(Object.keys(configs))('%s has its gradients under the same dropout masks', async (label) => {
    const file = await readSafetensors(join(folder, `${label}-dropout.safetensors`));
    const batch = { ids: rows(file, 'ids'), mask: rows(file, 'mask') };
    const found = await runSmallModel(runtime, label, batch, 0.1);
    // As many places, in the same order.
    expect(found.rates).toEqual(found.rates.map(() => 0.1));
    expect(found.rates.length).toBe(file.tensors.get('rates')!.data.length);
    const { data } = file.tensors.get('embeddings')!;
    found.embeddings.forEach((x, i) => {
      expect(Math.abs(x - data[i]!)).toBeLessThan(1e-5);
    });
    expectGradients(file, found.gradients);
  });

  const expectGradients = (file: SafetensorsFile, gradients: ReadonlyMap<string, Float32Array>) => {
    const names = [...file.tensors.keys()].filter((name) => name.startsWith('gradient/'));
    expect(names.length).toBe(gradients.size);
    const total = Math.hypot(...names.map((name) => Math.hypot(...file.tensors.get(name)!.data)));
    for (const name of names) {
      const expected = file.tensors.get(name)!.data;
      const gradient = gradients.get(name.slice('gradient/'.length))!;
      const difference = Math.hypot(...gradient.map((x, i) => x - expected[i]!));
      expect(difference / Math.max(Math.hypot(...expected), 1e-3 * total), name).toBeLessThan(1e-4);
    }
  };
});
