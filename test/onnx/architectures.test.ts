import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOnnxRuntime, type OnnxRuntime } from '../../src/onnx/index.js';
import { configs, runSmallModel, type SmallBatch } from './small-models.js';
import { waves } from './waves.js';

/** Written by golden/architectures.py with PyTorch and transformers. */
interface Golden extends SmallBatch {
  /** Of the longest text. */
  readonly hidden: readonly number[];
  readonly embeddings: readonly number[];
  /** The norm of each gradient, and its product with numbers that follow from the weight's name. */
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/architectures.golden.json'), 'utf8'),
) as Readonly<Record<string, Golden>>;

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
};

describe.each(Object.keys(configs))('%s', (label) => {
  let runtime: OnnxRuntime;
  beforeAll(async () => {
    runtime = await loadOnnxRuntime();
  });

  it.each(['right', 'left'])('agrees with transformers where texts are padded on the %s', async (side) => {
    const expected = golden[`${label}-${side}`]!;
    const found = await runSmallModel(runtime, label, expected);
    const last = expected.ids.length - 1;
    const hidden = expected.ids[last]!.flatMap((_, t) => Array.from(found.hiddenAt(last, t)));
    expect(largest(hidden, expected.hidden)).toBeLessThan(1e-5);
    expect(largest(found.embeddings, expected.embeddings)).toBeLessThan(1e-5);
    expect([...found.gradients.keys()].sort()).toEqual(Object.keys(expected.gradients).sort());
    const total = Math.hypot(...Object.values(expected.gradients).map(([norm]) => norm));
    for (const [name, [norm, projection]] of Object.entries(expected.gradients)) {
      const gradient = found.gradients.get(name)!;
      const numbers = waves(`${name}?`, gradient.length, 1);
      // Relative to the gradient, or to a thousandth of all where it is nothing but rounding: a key's bias has none.
      const scale = Math.max(norm, 1e-3 * total);
      expect(Math.abs(Math.hypot(...gradient) - norm) / scale, name).toBeLessThan(1e-4);
      const product = gradient.reduce((sum, x, i) => sum + x * numbers[i]!, 0);
      expect(Math.abs(product - projection) / (scale * Math.sqrt(gradient.length)), name).toBeLessThan(1e-4);
    }
  });
});
