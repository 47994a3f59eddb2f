import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostAdamW, hostSumOfSquares } from '../../src/training/host-adam-w.js';
import { createAdamW } from '../../src/training/index.js';
import { testBackends, useBackend } from '../support/backends.js';

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

describe.each(testBackends())('createAdamW on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    [[2, 2], 0.1],
    [[4], 0],
  ])('follows the printed algorithm on shape %j, with decay only from rank 2', async (shape, decay) => {
    const variable = tf.variable(tf.tensor(start, shape));
    const optimizer = createAdamW([variable], { weightDecay: 0.1 });
    gradients.forEach((gradient, i) => {
      const tensor = tf.tensor(gradient, shape);
      optimizer.update([tensor], 0.05, i + 1, 1);
      tensor.dispose();
    });
    const expected = reference(start, gradients, 0.05, decay);
    (await variable.data()).forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 5);
    });
    optimizer.dispose();
    variable.dispose();
  });

  // With a constant gradient g the step is η·g / (|g| + ε): gradients of the size of ε show which ε it is.
  it.each([
    ['1e-8 by default', {}, 1e-8],
    ['the one given', { epsilon: 1e-3 }, 1e-3],
  ])('adds ε outside of the root: %s', async (_, options, epsilon) => {
    const sizes = [1, 3, -10].map((times) => times * epsilon);
    const variable = tf.variable(tf.zeros([3]));
    const optimizer = createAdamW([variable], options);
    const gradient = tf.tensor1d(sizes);
    for (let step = 1; step <= 4; step++) optimizer.update([gradient], 0.05, step, 1);
    (await variable.data()).forEach((value, j) => {
      // 1 / 2, 3 / 4 and 10 / 11 of four whole steps.
      expect(value / ((-4 * 0.05 * sizes[j]!) / (Math.abs(sizes[j]!) + epsilon))).toBeCloseTo(1, 4);
    });
    optimizer.dispose();
    tf.dispose([variable, gradient]);
  });

  it('scales gradients as if they had been scaled before', async () => {
    const run = async (scale: number) => {
      const variable = tf.variable(tf.tensor1d(start));
      const optimizer = createAdamW([variable]);
      gradients.forEach((gradient, i) => {
        const tensor = tf.tensor1d(gradient.map((g) => g / (scale * 4)));
        optimizer.update([tensor], 0.05, i + 1, scale);
        tensor.dispose();
      });
      const values = Array.from(await variable.data());
      optimizer.dispose();
      variable.dispose();
      return values;
    };
    const results = [await run(0.25), await run(1)];
    results[0]!.forEach((value, j) => {
      expect(value).toBeCloseTo(results[1]![j]!, 6);
    });
  });

  it('goes on from a stored state as if it had never stopped', async () => {
    const run = async (stops: boolean) => {
      const variables = [[4], [2, 2]].map((shape) => tf.tidy(() => tf.variable(tf.tensor(start, shape))));
      let optimizer = createAdamW(variables);
      for (const [i, gradient] of gradients.entries()) {
        if (stops && i === 3) {
          const state = await optimizer.state();
          optimizer.dispose();
          optimizer = createAdamW(variables);
          optimizer.restore(state);
        }
        const tensors = variables.map(({ shape }) => tf.tensor(gradient, shape));
        optimizer.update(tensors, 0.05, i + 1, 1);
        tf.dispose(tensors);
      }
      const values: number[][] = [];
      for (const variable of variables) values.push(Array.from(await variable.data()));
      optimizer.dispose();
      tf.dispose(variables);
      return values;
    };
    const before = tf.memory().numTensors;
    expect(await run(true)).toEqual(await run(false));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a stored state of another shape', () => {
    const variable = tf.variable(tf.tensor1d(start), true, 'scope/weights');
    const optimizer = createAdamW([variable]);
    expect(() => optimizer.restore(new Map())).toThrow('optimizer state first/weights must have shape [4]');
    optimizer.dispose();
    variable.dispose();
  });
});

describe('hostAdamW', () => {
  it('follows the printed algorithm, weights given as they are, moments in place', () => {
    const [first, second] = [new Float32Array(4), new Float32Array(4)];
    let weights = Float32Array.from(start);
    gradients.forEach((gradient, i) => {
      const correction = Math.sqrt(1 - 0.999 ** (i + 1));
      const step = {
        rate: (0.05 * correction) / (1 - 0.9 ** (i + 1)),
        keep: 1 - 0.05 * 0.1,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8 * correction,
        gradientScale: 0.5,
      };
      const doubled = Float32Array.from(gradient, (g) => 2 * g);
      const before = Array.from(weights);
      const next = hostAdamW(weights, doubled, first, second, step);
      expect(Array.from(weights)).toEqual(before);
      weights = next as typeof weights;
    });
    const expected = reference(start, gradients, 0.05, 0.1);
    weights.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 5);
    });
  });

  it('sums squares', async () => {
    await useBackend('cpu');
    const tensor = tf.tensor2d([
      [1, -2],
      [3, 0.5],
    ]);
    expect(hostSumOfSquares(tensor)).toBe(1 + 4 + 9 + 0.25);
    tensor.dispose();
  });
});
