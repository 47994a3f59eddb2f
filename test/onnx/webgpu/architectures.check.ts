import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadOnnxRuntime, selectDevice } from '../../../src/onnx/index.js';
import { configs, runSmallModel, type SmallBatch } from '../small-models.js';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../golden/architectures.golden.json'), 'utf8'),
) as Readonly<Record<string, SmallBatch>>;

// Compiling for a device that is emulated takes seconds a model. OASIS_FULL_SIZE=1 runs every architecture.
const labels = process.env.OASIS_FULL_SIZE === '1' ? Object.keys(configs) : ['modernbert', 'qwen3'];

it.each(labels)('%s has on WebGPU the embeddings and gradients of the processor', async (label) => {
  const { runtime } = await selectDevice('webgpu');
  const batch = golden[`${label}-left`]!;
  const expected = await runSmallModel(await loadOnnxRuntime(), label, batch);
  const found = await runSmallModel(runtime, label, batch);
  expected.embeddings.forEach((x, i) => {
    expect(Math.abs(x - found.embeddings[i]!)).toBeLessThan(1e-4);
  });
  const lengths = [...expected.gradients.values()].map((gradient) => Math.hypot(...gradient));
  const total = Math.hypot(...lengths);
  expect([...found.gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
  for (const [name, gradient] of expected.gradients) {
    const other = found.gradients.get(name)!;
    const distance = Math.hypot(...gradient.map((x, i) => x - other[i]!));
    // Relative to the gradient, or to a thousandth of all where it is nothing but rounding: a key's bias has none.
    expect(distance / Math.max(Math.hypot(...gradient), 1e-3 * total), name).toBeLessThan(1e-4);
  }
});
