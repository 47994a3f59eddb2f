import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CrossBatchMemory,
  cosentDiagnostics,
  countOrderViolations,
  infoNceLoss,
  learnableTemperature,
  listNetLoss,
  matryoshkaLoss,
} from '../../src/losses/index.js';
import { cosent, infoNce, listNet, type Matrix, numericGradient } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const queries = [
  [1, 0.2, -0.4, 0.3],
  [0.3, -1, 0.5, 0.1],
  [-0.2, 0.4, 0.9, -0.8],
];
const documents = [
  [0.8, 0.1, 0, 0.2],
  [0.2, -0.7, 0.9, 0.4],
  [0.1, 0.5, 0.4, -0.6],
];

describe.each(lossBackends())('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('matryoshkaLoss sums the loss over truncated, renormalized rows', async () => {
    const reference = (q: Matrix, d: Matrix) =>
      [4, 2].reduce((sum, width, i) => {
        const cut = (rows: Matrix) => rows.map((row) => row.slice(0, width));
        const loss = infoNce(cut(q), cut(d), {
          positives: [
            [0, 0],
            [1, 1],
            [2, 2],
          ],
          temperature: 0.2,
          directions: ['queryToDocument'],
          reduction: 'mean',
        });
        return sum + [1, 0.5][i]! * loss;
      }, 0);
    const { value, gradients } = await evaluate(
      (q, d) =>
        matryoshkaLoss(
          (x, y) => infoNceLoss(x!, y!, { temperature: 0.2 }),
          [q as tf.Tensor2D, d as tf.Tensor2D],
          {
            dimensions: [4, 3, 2],
            weights: [1, 0, 0.5],
          },
        ),
      [queries, documents],
    );
    expect(value).toBeCloseTo(reference(queries, documents), 4);
    expect(
      worstDifference(gradients[0]!, numericGradient((x) => reference(x, documents), queries).flat()),
    ).toBeLessThan(1e-3);
  });

  it('listNetLoss is the cross-entropy between label and score distributions of each group', async () => {
    const scores = [0.5, -0.25, 0.75, 0.125, 0.5];
    const labels = [0.5, 0.25, 0.125, 0.875, 0.375];
    const groups = [0, 1, 0, 0, 1];
    const options = { groups, temperature: 0.25, labelTemperature: 0.5 };
    const { value, gradients } = await evaluate(
      (s) => listNetLoss(s as tf.Tensor1D, labels, options),
      [scores],
    );
    expect(value).toBeCloseTo(listNet(scores, labels, groups, 0.25, 0.5), 5);
    const numeric = numericGradient((s) => listNet(s[0]!, labels, groups, 0.25, 0.5), [scores])[0]!;
    expect(worstDifference(gradients[0]!, numeric)).toBeLessThan(1e-4);
  });

  it('listNetLoss counts lists of one item and of weight 0 for nothing', async () => {
    const lonely = await evaluate(
      (s) => listNetLoss(s as tf.Tensor1D, [1, 2], { groups: [0, 1] }),
      [[0.3, 0.4]],
    );
    expect(lonely).toEqual({ value: 0, gradients: [[0, 0]] });
    const weightless = await evaluate(
      (s) => listNetLoss(s as tf.Tensor1D, [1, 2], { weights: [0, 0] }),
      [[0.3, 0.4]],
    );
    expect(weightless.value).toBe(0);
  });

  it('a learnable temperature at its bound is pulled back inside, never out', async () => {
    const { variable, value } = learnableTemperature({ initial: 0.01, minimum: 0.01, maximum: 1 });
    const gradientOf = async (sign: number) => {
      const { value: loss, grads } = tf.variableGrads(() => tf.mul(value(), sign) as tf.Scalar, [variable]);
      const [gradient] = await grads[variable.name]!.data();
      tf.dispose([loss, grads]);
      return gradient!;
    };
    expect(await gradientOf(1)).toBeCloseTo(0, 10); // descent would lower it further
    expect(await gradientOf(-1)).toBeCloseTo(-0.01, 6);
    variable.assign(tf.scalar(5));
    expect((await value().data())[0]).toBeCloseTo(1, 6);
    expect(await gradientOf(-1)).toBeCloseTo(0, 10);
    expect(await gradientOf(1)).toBeCloseTo(1, 6);
    variable.dispose();
  });

  it('matryoshkaLoss takes some of the widths a step, each as often as any other', async () => {
    const taken: number[][] = [];
    let state = 1;
    // A generator of Park and Miller.
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const [q, weights] = [tf.tensor2d(queries), [1, 2, 4, 8]];
    for (let step = 0; step < 400; step++) {
      const widths: number[] = [];
      const loss = matryoshkaLoss(
        (x) => {
          widths.push(x!.shape[1]);
          return tf.scalar(1);
        },
        [q],
        { dimensions: [4, 3, 2, 1], weights, dimensionsPerStep: 2, random },
      );
      if (step < 5) expect((await loss.data())[0]).toBe(widths.reduce((sum, w) => sum + 2 ** (4 - w), 0));
      loss.dispose();
      taken.push(widths);
    }
    const counts = [1, 2, 3, 4].map((width) => taken.filter((widths) => widths.includes(width)).length);
    expect(taken.every((widths) => widths.length === 2 && widths[0]! > widths[1]!)).toBe(true);
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(40);
    q.dispose();
  });

  it('nothing flows into remembered rows, also when they are added while a gradient is taken', async () => {
    const before = tf.memory().numTensors;
    const memory = new CrossBatchMemory({ capacity: 4 });
    const rows = tf.tensor2d([[1, 2]]);
    const gradient = tf.grad((x: tf.Tensor) => {
      memory.add(tf.mul(x, 3) as tf.Tensor2D, ['a']);
      memory.add(tf.mul(x, 4) as tf.Tensor2D, ['b']);
      return tf.sum(memory.extend(x as tf.Tensor2D, ['c']).documents);
    })(rows);
    expect(Array.from(await gradient.data())).toEqual([1, 1]);
    expect(Array.from((await memory.state()).rows!.data)).toEqual([3, 6, 4, 8]);
    memory.dispose();
    tf.dispose([rows, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a memory of queries stands against documents, and its queries are no anchors', async () => {
    const memory = new CrossBatchMemory({ capacity: 2 });
    tf.tidy(() => memory.add(tf.tensor2d([documents[0]!, documents[1]!]), ['old', 'q1']));
    const options = { directions: 'symmetric', temperature: 0.5 } as const;
    const withMemory = await evaluate(
      (q, d) =>
        tf.tidy(() => {
          const {
            queries: all,
            queryIds,
            positives,
          } = memory.extendQueries(q as tf.Tensor2D, ['q0', 'q1', 'q2']);
          expect(Array.from(positives)).toEqual([0, 1, 2, -1, -1]);
          return infoNceLoss(all, d as tf.Tensor2D, { ...options, positives, queryIds });
        }),
      [queries, documents],
    );
    const expected = infoNce([...queries, documents[0]!, documents[1]!], documents, {
      positives: [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      queryIds: ['q0', 'q1', 'q2', 'old', 'q1'],
      temperature: 0.5,
      directions: ['queryToDocument', 'documentToQuery'],
      reduction: 'mean',
    });
    expect(withMemory.value).toBeCloseTo(expected, 4);
    memory.dispose();
  });

  it('a memory is restored exactly, into one of any capacity', async () => {
    const before = tf.memory().numTensors;
    const memory = new CrossBatchMemory({ capacity: 3 });
    tf.tidy(() =>
      memory.add(
        tf.tensor2d([
          [1, 0],
          [2, 0],
          [3, 0],
        ]),
        ['a', 'b', 'c'],
      ),
    );
    const state = await memory.state();
    const [same, smaller] = [new CrossBatchMemory({ capacity: 3 }), new CrossBatchMemory({ capacity: 2 })];
    same.restore(structuredClone(state));
    smaller.restore(state);
    expect(await same.state()).toEqual(state);
    expect(smaller.ids).toEqual(['b', 'c']);
    expect(Array.from((await smaller.state()).rows!.data)).toEqual([2, 0, 3, 0]);
    same.restore({ rows: null, ids: [] });
    expect(same.size).toBe(0);
    expect(() => same.restore({ ...state, ids: ['a'] })).toThrow(
      'state.rows must hold 1 rows, one an id, received shape [3, 2]',
    );
    for (const one of [memory, same, smaller]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('CrossBatchMemory keeps the newest rows as constants and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const memory = new CrossBatchMemory({ capacity: 3 });
    tf.tidy(() => {
      memory.add(
        tf.tensor2d([
          [1, 0],
          [2, 0],
        ]),
        ['a', 'b'],
      );
      memory.add(
        tf.tensor2d([
          [3, 0],
          [4, 0],
        ]),
        ['c', 'd'],
      );
    });
    expect(memory.ids).toEqual(['b', 'c', 'd']);
    const batch = tf.tensor2d([[5, 1]]);
    const extended = memory.extend(batch, ['e']);
    expect(Array.from(await extended.documents.data())).toEqual([5, 1, 2, 0, 3, 0, 4, 0]);
    expect(extended.documentIds).toEqual(['e', 'b', 'c', 'd']);
    const gradient = tf.grad((x: tf.Tensor) =>
      tf.sum(tf.square(memory.extend(x as tf.Tensor2D, ['e']).documents)),
    )(batch);
    expect(Array.from(await gradient.data())).toEqual([10, 2]);
    expect(() => memory.add(tf.tidy(() => tf.zeros([1, 3])) as tf.Tensor2D, ['f'])).toThrow(
      'rows must have D = 2 columns, received 3',
    );
    tf.dispose([batch, extended.documents, gradient]);
    memory.dispose();
    expect(memory.size).toBe(0);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1); // the [1, 3] of the refused call
  });
});

describe('countOrderViolations', () => {
  const item = fc.record({
    score: fc.integer({ min: 0, max: 6 }),
    label: fc.integer({ min: 0, max: 6 }),
    group: fc.constantFrom('a', 'b'),
    weight: fc.constantFrom(0, 1, 2),
  });

  it('equals a count over all pairs, with ties, margins, groups and weights', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), fc.constantFrom(0, 1, 2.5), (items, margin) => {
        const options = {
          margin,
          groups: items.map(({ group }) => group),
          weights: items.map(({ weight }) => weight),
        };
        const scores = items.map(({ score }) => score);
        const labels = items.map(({ label }) => label);
        const expected = cosent(scores, labels, options);
        const actual = countOrderViolations(scores, labels, options);
        expect([actual.orderedPairs, actual.violatedPairs]).toEqual([expected.pairs, expected.violated]);
        expect(actual.violationRate).toBe(expected.pairs === 0 ? 0 : expected.violated / expected.pairs);
      }),
    );
  });

  it('reads device scores only when asked', async () => {
    const scores = tf.tensor1d([0.8, 0.9, 0.1]);
    expect(await cosentDiagnostics(scores, [3, 2, 1])).toEqual({
      orderedPairs: 3,
      violatedPairs: 1,
      violationRate: 1 / 3,
    });
    scores.dispose();
  });
});
