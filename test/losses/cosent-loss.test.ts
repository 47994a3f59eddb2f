import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CosentOptions, cosentEmbeddingLoss, cosentLoss } from '../../src/losses/index.js';
import { angle, type CosentCase, cosent, cosine, numericGradient } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const run = (scores: number[], labels: number[], options: CosentOptions = {}) =>
  evaluate((s) => cosentLoss(s as tf.Tensor1D, labels, options), [scores]);

const single = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);

const cases = fc.integer({ min: 1, max: 24 }).chain((length) =>
  fc.record({
    scores: fc.array(single, { minLength: length, maxLength: length }),
    labels: fc.array(
      fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
      { minLength: length, maxLength: length },
    ),
    temperature: fc.constantFrom(0.001, 0.02, 0.05, 1),
    margin: fc.constantFrom(0, 0.125, 0.3),
    weights: fc.option(fc.array(fc.constantFrom(0, 0.5, 1, 3), { minLength: length, maxLength: length }), {
      nil: undefined,
    }),
    groups: fc.option(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: length, maxLength: length }), {
      nil: undefined,
    }),
    normalize: fc.constantFrom('none' as const, 'pairs' as const, 'mean' as const),
  }),
);

describe.each(lossBackends())('cosentLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  // Where a page or a GPU compiles a program for each shape.
  const numRuns = backend.startsWith('web') ? 12 : 60;

  it('agrees with the sum over all ordered pairs, value and gradient', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ scores, labels, weights, groups, ...rest }) => {
        const options: CosentCase = {
          ...rest,
          ...(weights === undefined ? {} : { weights }),
          ...(groups === undefined ? {} : { groups }),
        };
        const expected = cosent(scores, labels, options);
        const { value, gradients } = await run(scores, labels, options);
        // In units of the scaled scores: float32 rounds s/τ to one part in 2²³.
        const tolerance = 4e-6 / Math.min(1, options.temperature!);
        expect(Math.abs(value - expected.value)).toBeLessThan(1e-5 + tolerance * 0.5);
        const scaled = (g: readonly number[]) => g.map((x) => x * options.temperature!);
        expect(worstDifference(scaled(gradients[0]!), scaled(expected.gradient))).toBeLessThan(
          1e-5 + tolerance,
        );
      }),
      { numRuns },
    );
  });

  it('agrees with the sum over all ordered pairs across scan levels', async () => {
    for (const length of [511, 513, 1030]) {
      const scores = Array.from({ length }, (_, i) => Math.fround(Math.sin(i * 78.233)));
      const labels = Array.from({ length }, (_, i) => Math.round(Math.abs(Math.cos(i * 3.7)) * 50) / 50);
      const groups = labels.map((_, i) => (i * 31) % 7);
      for (const options of [{}, { groups }, { groups, margin: 0.05, weights: labels }]) {
        const expected = cosent(scores, labels, options);
        const { value, gradients } = await run(scores, labels, options);
        expect(Math.abs(value - expected.value)).toBeLessThan(2e-4);
        expect(Math.max(...gradients[0]!.map(Math.abs))).toBeGreaterThan(0.01);
        expect(worstDifference(gradients[0]!, expected.gradient)).toBeLessThan(2e-3);
      }
    }
  });

  it('stays exact where exponentials leave float32: scale 60, three pairs', async () => {
    const { value } = await run([0.5, 1, 0], [0, -1, 1], { temperature: 1 / 60 });
    expect(value).toBeCloseTo(60, 4); // the worst pair alone: (1 − 0) · 60
    const apart = await run([-1, 0, 1], [0, 2, 1], { temperature: 1 / 60 });
    expect(apart.value).toBeCloseTo(60, 4);
  });

  it('is exact at a scale of 1000', async () => {
    const scores = [0.9, 0.1, 0.4, 0.4];
    const labels = [0.1, 0.9, 0.5, 0.7];
    const expected = cosent(scores.map(Math.fround), labels, { temperature: 0.001 });
    const { value, gradients } = await run(scores, labels, { temperature: 0.001 });
    expect(value / expected.value).toBeCloseTo(1, 6);
    expect(worstDifference(gradients[0]!, expected.gradient)).toBeLessThan(1e-4);
  });

  it('gives 0 and a zero gradient without an ordered pair', async () => {
    const none: [number[], number[], CosentOptions][] = [
      [[], [], {}],
      [[0.3], [1], {}],
      [[0.3, 0.9, -0.4], [2, 2, 2], {}],
      [[0.3, 0.9], [0, 1], { margin: 1 }],
      [[0.3, 0.9], [1, 0], { groups: ['x', 'y'] }],
      [[0.3, 0.9], [1, 0], { weights: [1, 0] }],
    ];
    for (const [scores, labels, options] of none) {
      for (const normalize of ['none', 'pairs', 'mean'] as const) {
        const { value, gradients } = await run(scores, labels, { ...options, normalize });
        expect(value).toBe(0);
        expect(gradients[0]!.every((g) => g === 0)).toBe(true);
        expect(gradients[0]).toHaveLength(scores.length);
      }
    }
  });

  it('gives a value and gradient for one ordered pair: log(1 + e^d)', async () => {
    const { value, gradients } = await run([0.5, 0.25], [0, 1], { temperature: 0.25 });
    expect(value).toBeCloseTo(Math.log1p(Math.E), 5);
    const share = Math.E / (1 + Math.E) / 0.25;
    expect(worstDifference(gradients[0]!, [share, -share])).toBeLessThan(1e-5);
  });

  it('passes an outer gradient scale through', async () => {
    const labels = [0.1, 0.5, 0.9];
    const plain = await run([0.3, 0.2, 0.1], labels);
    const scaled = await evaluate((s) => tf.mul(cosentLoss(s as tf.Tensor1D, labels), -3), [[0.3, 0.2, 0.1]]);
    expect(
      worstDifference(
        scaled.gradients[0]!,
        plain.gradients[0]!.map((g) => -3 * g),
      ),
    ).toBeLessThan(1e-5);
  });

  it('differentiates a tensor temperature', async () => {
    const scores = [0.5, 0.4, 0.1, 0.3].map(Math.fround);
    const labels = [0.2, 0.8, 0.5, 0.1];
    const numeric = numericGradient(
      (t) => cosent(scores, labels, { temperature: t[0]![0]! }).value,
      [[0.07]],
    );
    const { gradients } = await evaluate(
      (s, t) => cosentLoss(s as tf.Tensor1D, labels, { temperature: t as tf.Scalar }),
      [scores, 0.07],
    );
    expect(Math.abs(numeric[0]![0]!)).toBeGreaterThan(1);
    expect(gradients[1]![0]! / numeric[0]![0]!).toBeCloseTo(1, 4);
  });

  it('scores embeddings by cosine or by angle, with finite-difference gradients', async () => {
    const left = [
      [1, 0.5, -0.3, 0.2],
      [0.1, -1, 0.4, 0.6],
      [0.7, 0.2, 0.2, -0.9],
    ];
    const right = [
      [0.2, 0.1, 0.9, 0.3],
      [0.5, 0.5, -0.2, 0.8],
      [-0.3, 0.6, 0.1, 0.2],
    ];
    const labels = [0.9, 0.1, 0.5];
    for (const [score, pair] of [
      ['cosine', cosine],
      ['angle', angle],
    ] as const) {
      const reference = (x: number[][], y: number[][]) =>
        cosent(
          x.map((row, i) => pair(row, y[i]!)),
          labels,
          { temperature: 0.2 },
        ).value;
      const { value, gradients } = await evaluate(
        (x, y) =>
          cosentEmbeddingLoss(x as tf.Tensor2D, y as tf.Tensor2D, labels, { score, temperature: 0.2 }),
        [left, right],
      );
      expect(value).toBeCloseTo(reference(left, right), 4);
      const numeric = [
        numericGradient((x) => reference(x, right), left).flat(),
        numericGradient((y) => reference(left, y), right).flat(),
      ];
      expect(Math.max(...numeric.flat().map(Math.abs))).toBeGreaterThan(0.1);
      gradients.forEach((gradient, i) => {
        expect(worstDifference(gradient, numeric[i]!)).toBeLessThan(1e-3);
      });
    }
  });

  it('gives zero rows a score of 0 and no NaN', async () => {
    for (const score of ['cosine', 'angle'] as const) {
      const { value, gradients } = await evaluate(
        (x, y) => cosentEmbeddingLoss(x as tf.Tensor2D, y as tf.Tensor2D, [0.9, 0.1], { score }),
        [
          [
            [0, 0],
            [1, 0],
          ],
          [
            [0.5, 0.5],
            [1, 1],
          ],
        ],
      );
      expect(Number.isFinite(value)).toBe(true);
      expect(gradients[0]!.slice(0, 2).every((g) => g === 0)).toBe(true);
    }
  });
});

describe('cosentLoss', () => {
  beforeAll(() => useBackend('cpu'));
  const scores = [0.31, -0.2, 0.77, 0.05, 0.4];
  const labels = [0.3, 0.9, 0.1, 0.9, 0.6];

  it('does not depend on the order of the items', async () => {
    const shuffle = [3, 0, 4, 2, 1];
    const plain = await run(scores, labels);
    const shuffled = await run(
      shuffle.map((i) => scores[i]!),
      shuffle.map((i) => labels[i]!),
    );
    expect(shuffled.value).toBeCloseTo(plain.value, 5);
    expect(
      worstDifference(
        shuffled.gradients[0]!,
        shuffle.map((i) => plain.gradients[0]![i]!),
      ),
    ).toBeLessThan(1e-4);
  });

  it('does not change when all scores are shifted, and its gradient sums to 0', async () => {
    const plain = await run(scores, labels);
    const shifted = await run(
      scores.map((s) => s + 0.25),
      labels,
    );
    expect(shifted.value).toBeCloseTo(plain.value, 4);
    expect(plain.gradients[0]!.reduce((sum, g) => sum + g, 0)).toBeCloseTo(0, 3);
  });

  it('depends on the order of labels alone at margin 0', async () => {
    const plain = await run(scores, labels);
    const mapped = await run(
      scores,
      labels.map((y) => Math.exp(3 * y) - 100),
    );
    expect(mapped.value).toBe(plain.value);
    expect(mapped.gradients).toEqual(plain.gradients);
  });

  it('ignores pairs with equal labels', async () => {
    const { gradients } = await run([0.9, -0.9], [0.5, 0.5]);
    expect(gradients[0]).toEqual([0, 0]);
  });

  it('orders float64 labels that are equal in float32', async () => {
    const close = [0.5 + 1e-12, 0.5];
    for (const [scores, y] of [
      [[0.4, 0.6], close],
      [[0.6, 0.4], [...close].reverse()],
    ] as const) {
      const { value } = await run([...scores], [...y]);
      expect(value).toBeCloseTo(Math.log1p(Math.exp(0.2 / 0.05)), 4);
    }
  });

  it('takes labels as any typed array, negative zero equal to zero', async () => {
    const plain = await run(scores, labels);
    const typed = await evaluate((s) => cosentLoss(s as tf.Tensor1D, Float64Array.from(labels)), [scores]);
    expect(typed.value).toBe(plain.value);
    expect((await run([0.6, 0.4], [0, -0])).value).toBe(0);
    expect((await run([0.6, 0.4], [-0, 0])).value).toBe(0);
  });

  it('costs more the further an ordered pair is from its order', async () => {
    const values: number[] = [];
    for (const s of [0.1, 0.3, 0.5, 0.9]) values.push((await run([s, 0.2], [0.1, 0.9])).value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('never hides a NaN score', async () => {
    expect((await run([0.1, Number.NaN, 0.3], [1, 2, 3])).value).toBeNaN();
  });

  it('subtracts log of the number of ordered pairs with normalize pairs', async () => {
    const plain = await run(scores, labels);
    const normalized = await run(scores, labels, { normalize: 'pairs' });
    // labels 0.1 < 0.3 < 0.6 < 0.9 = 0.9: 10 pairs of items less the one tie
    expect(normalized.value).toBeCloseTo(plain.value - Math.log(9), 5);
  });

  it('allows two forward passes before one backward pass', async () => {
    const { value, gradients } = await evaluate(
      (s) => tf.add(cosentLoss(s as tf.Tensor1D, labels), cosentLoss(s as tf.Tensor1D, labels)),
      [scores],
    );
    const plain = await run(scores, labels);
    expect(value).toBeCloseTo(2 * plain.value, 4);
    expect(
      worstDifference(
        gradients[0]!,
        plain.gradients[0]!.map((g) => 2 * g),
      ),
    ).toBeLessThan(1e-5);
  });
});
