import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SmallBatch } from './small-models.js';
import { waves } from './waves.js';

/** The norm of a gradient, and its product with numbers that follow from the weight's name. */
type GradientSummary = readonly [norm: number, projection: number];

/** Written by golden/architectures.py with PyTorch and transformers. */
export interface Golden extends SmallBatch {
  /** Of the longest text. */
  readonly hidden: readonly number[];
  readonly embeddings: readonly number[];
  readonly gradients: Readonly<Record<string, GradientSummary>>;
}

/** By the label of the configuration and the side that is padded: `bert-left`. */
export const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/architectures.golden.json'), 'utf8'),
) as Readonly<Record<string, Golden>>;

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
};

/** Every gradient within 1e-4 of PyTorch's. */
export const expectGoldenGradients = (
  found: ReadonlyMap<string, Float32Array>,
  expected: Golden['gradients'],
): void => {
  expect([...found.keys()].sort()).toEqual(Object.keys(expected).sort());
  const total = Math.hypot(...Object.values(expected).map(([norm]) => norm));
  for (const [name, [norm, projection]] of Object.entries(expected)) {
    const gradient = found.get(name)!;
    const numbers = waves(`${name}?`, gradient.length, 1);
    // Relative to the gradient, or to a thousandth of all where it is nothing but rounding: a key's bias has none.
    const scale = Math.max(norm, 1e-3 * total);
    expect(Math.abs(Math.hypot(...gradient) - norm) / scale, name).toBeLessThan(1e-4);
    const product = gradient.reduce((sum, x, i) => sum + x * numbers[i]!, 0);
    expect(Math.abs(product - projection) / (scale * Math.sqrt(gradient.length)), name).toBeLessThan(1e-4);
  }
};
