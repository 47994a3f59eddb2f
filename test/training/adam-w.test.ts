import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdamW, selectBackend } from '../../src/training/index.js';

/** The algorithm as the paper prints it, in float64. */
const reference = (start: number[], gradients: number[][], rate: number, decay: number) => {
  const w = [...start];
  const m = w.map(() => 0);
  const v = w.map(() => 0);
  gradients.forEach((gradient, i) => {
    gradient.forEach((g, j) => {
      m[j] = 0.9 * m[j]! + 0.1 * g;
      v[j] = 0.999 * v[j]! + 0.001 * g * g;
      const mean = m[j]! / (1 - 0.9 ** (i + 1));
      const variance = v[j]! / (1 - 0.999 ** (i + 1));
      w[j] = w[j]! - rate * (mean / (Math.sqrt(variance) + 1e-8) + decay * w[j]!);
    });
  });
  return w;
};

const start = [1, -2, 3, 0.5];
const gradients = Array.from({ length: 7 }, (_, i) => start.map((_, j) => Math.sin(i * 4 + j)));

describe('createAdamW', () => {
  beforeAll(() => selectBackend('cpu'));

  it.each([
    [[2, 2], 0.1],
    [[4], 0],
  ])('follows the printed algorithm on shape %j, with decay only from rank 2', (shape, decay) => {
    const variable = tf.variable(tf.tensor(start, shape));
    const optimizer = createAdamW([variable], { weightDecay: 0.1 });
    gradients.forEach((gradient, i) => {
      const tensor = tf.tensor(gradient, shape);
      optimizer.update([tensor], 0.05, i + 1, 1);
      tensor.dispose();
    });
    const expected = reference(start, gradients, 0.05, decay);
    variable.dataSync().forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 5);
    });
    optimizer.dispose();
    variable.dispose();
  });

  it('scales gradients as if they had been scaled before', () => {
    const results = [0.25, 1].map((scale) => {
      const variable = tf.variable(tf.tensor1d(start));
      const optimizer = createAdamW([variable]);
      gradients.forEach((gradient, i) => {
        const tensor = tf.tensor1d(gradient.map((g) => g / (scale * 4)));
        optimizer.update([tensor], 0.05, i + 1, scale);
        tensor.dispose();
      });
      const values = Array.from(variable.dataSync());
      optimizer.dispose();
      variable.dispose();
      return values;
    });
    results[0]!.forEach((value, j) => {
      expect(value).toBeCloseTo(results[1]![j]!, 6);
    });
  });

  it('refuses a stored state of another shape', () => {
    const variable = tf.variable(tf.tensor1d(start), true, 'scope/weights');
    const optimizer = createAdamW([variable]);
    expect(() => optimizer.restore(new Map())).toThrow('optimizer state first/weights must have shape [4]');
    optimizer.dispose();
    variable.dispose();
  });
});
