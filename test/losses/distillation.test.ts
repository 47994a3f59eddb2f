import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { klDivergenceLoss, listNetLoss, marginMseLoss } from '../../src/losses/index.js';
import { klDivergence, marginMse, numericGradient } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const eighths = fc.integer({ min: -8, max: 8 }).map((n) => n / 8);
const items = fc.array(
  fc.record({
    score: eighths,
    label: eighths,
    group: fc.constantFrom(0, 1, 2),
    positive: fc.boolean(),
    weight: fc.constantFrom(0, 0.5, 2),
  }),
  { maxLength: 12 },
);

describe.each(lossBackends())('on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const numRuns = backend.startsWith('web') ? 10 : 100;

  it('klDivergenceLoss is the divergence of label and score distributions, list by list', async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.constantFrom(1, 0.25), fc.constantFrom(1, 0.5), async (rows, t, labelT) => {
        const column = (name: 'score' | 'label' | 'group') => rows.map((row) => row[name]);
        const [scores, labels, groups] = [column('score'), column('label'), column('group')];
        const { value, gradients } = await evaluate(
          (s) =>
            klDivergenceLoss(s as tf.Tensor1D, labels, { groups, temperature: t, labelTemperature: labelT }),
          [scores],
        );
        const reference = (s: readonly number[]) => klDivergence(s, labels, groups, t, labelT);
        expect(worstDifference([value], [reference(scores)])).toBeLessThan(1e-5);
        const numeric = numericGradient((x) => reference(x[0]!), [scores])[0]!;
        expect(worstDifference(gradients[0]!, numeric)).toBeLessThan(1e-4);
      }),
      { numRuns },
    );
  });

  it('klDivergenceLoss is 0 where scores differ as labels do, and moves as listNetLoss does', async () => {
    const labels = [0.5, -1, 2];
    const at = (scores: number[]) =>
      evaluate((s) => klDivergenceLoss(s as tf.Tensor1D, labels, { temperature: 0.5 }), [scores]);
    expect((await at([1.5, 0, 3])).value).toBeCloseTo(0, 6);
    const { gradients } = await at([0, 1, 2]);
    const { gradients: ofListNet } = await evaluate(
      (s) => listNetLoss(s as tf.Tensor1D, labels, { temperature: 0.5, labelTemperature: 0.5 }),
      [[0, 1, 2]],
    );
    expect(Math.max(...gradients[0]!.map(Math.abs))).toBeGreaterThan(0.01);
    expect(
      worstDifference(
        gradients[0]!,
        ofListNet[0]!.map((g) => g / 4),
      ),
    ).toBeLessThan(1e-5);
  });

  it('marginMseLoss is the mean squared error of margins, margin by margin', async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.boolean(), fc.boolean(), async (rows, marked, weighted) => {
        const [scores, labels] = [rows.map(({ score }) => score), rows.map(({ label }) => label)];
        const options = {
          groups: rows.map(({ group }) => group),
          ...(marked ? { positive: rows.map(({ positive }) => positive) } : {}),
          ...(weighted ? { weights: rows.map(({ weight }) => weight) } : {}),
        };
        const { value, gradients } = await evaluate(
          (s) => marginMseLoss(s as tf.Tensor1D, labels, options),
          [scores],
        );
        expect(worstDifference([value], [marginMse(scores, labels, options)])).toBeLessThan(1e-5);
        const numeric = numericGradient((x) => marginMse(x[0]!, labels, options), [scores])[0]!;
        expect(worstDifference(gradients[0]!, numeric)).toBeLessThan(1e-4);
      }),
      { numRuns },
    );
  });

  it('marginMseLoss does not lose small errors beside a large offset', async () => {
    const scores = [1000, 1000.125, 1000.25];
    const { value } = await evaluate((s) => marginMseLoss(s as tf.Tensor1D, [0, 0, 0]), [scores]);
    expect(value).toBeCloseTo((2 * 0.125 ** 2 + 0.25 ** 2) / 3, 7);
  });

  it('weights may be as small as they like', async () => {
    const weights = [1e-25, 2e-25, 1e-25];
    const [scores, labels] = [
      [0.5, 0, 1],
      [1, 2, 0],
    ];
    const { value } = await evaluate((s) => marginMseLoss(s as tf.Tensor1D, labels, { weights }), [scores]);
    expect(value).toBeCloseTo(marginMse(scores, labels, { weights }), 4);
  });

  it('sums instead of means when asked to', async () => {
    const [scores, labels] = [
      [0.5, 0, 1],
      [1, 2, 0],
    ];
    const sum = await evaluate(
      (s) => marginMseLoss(s as tf.Tensor1D, labels, { reduction: 'sum' }),
      [scores],
    );
    expect(sum.value).toBeCloseTo(3 * marginMse(scores, labels, {}), 4);
  });

  it('is 0 with a zero gradient where there is nothing to compare', async () => {
    for (const loss of [klDivergenceLoss, marginMseLoss]) {
      const lonely = { groups: [0, 1] };
      expect(await evaluate((s) => loss(s as tf.Tensor1D, [1, 2], lonely), [[0.3, 0.4]])).toEqual({
        value: 0,
        gradients: [[0, 0]],
      });
    }
    const { value } = await evaluate(
      (s) => marginMseLoss(s as tf.Tensor1D, [1, 2], { positive: [true, true] }),
      [[0.3, 0.4]],
    );
    expect(value).toBe(0);
  });
});
