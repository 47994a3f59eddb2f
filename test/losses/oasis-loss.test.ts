import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type OasisOptions, oasisLoss } from '../../src/losses/index.js';
import { cosent, cosine, infoNce, type Matrix, numericGradient } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const queries = [
  [1, 0.2, -0.4],
  [0.3, -1, 0.5],
  [-0.2, 0.4, 0.9],
];
const documents = [
  [0.8, 0.1, 0],
  [0.2, -0.7, 0.9],
  [0.1, 0.5, 0.4],
  [-0.6, 0.3, 0.2],
  [0.9, 0.3, -0.2],
];
const pairs = {
  query: Uint32Array.of(0, 0, 0, 1, 1, 2),
  document: Uint32Array.of(0, 3, 4, 1, 2, 2),
  similarity: Float32Array.of(0.8, 0.1, 0.4, 0.7, 0.3, 0.4),
  positive: Uint8Array.of(1, 0, 0, 1, 0, 0),
};

const reference = (q: Matrix, d: Matrix, groups?: 'query') => {
  const scores = Array.from(pairs.query, (i, p) => cosine(q[i]!, d[pairs.document[p]!]!));
  const order = cosent(scores, Array.from(pairs.similarity), {
    temperature: 0.1,
    ...(groups ? { groups: Array.from(pairs.query) } : {}),
  }).value;
  const contrast = infoNce(q, d, {
    positives: [
      [0, 0],
      [1, 1],
    ],
    temperature: 0.1,
    directions: ['queryToDocument'],
    reduction: 'mean',
  });
  return { loss: 0.7 * contrast + 0.3 * order, order, contrast };
};

describe.each(lossBackends())('oasisLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('mixes both terms over indexed pairs, with finite-difference gradients', async () => {
    for (const groups of [undefined, 'query'] as const) {
      const options: OasisOptions = {
        weights: { infoNce: 0.7, cosent: 0.3 },
        temperature: 0.1,
        ...(groups ? { cosent: { groups } } : {}),
      };
      const { value, gradients } = await evaluate(
        (q, d) => tf.tidy(() => oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs, options).loss),
        [queries, documents],
      );
      expect(value).toBeCloseTo(reference(queries, documents, groups).loss, 4);
      const numeric = [
        numericGradient((x) => reference(x, documents, groups).loss, queries).flat(),
        numericGradient((x) => reference(queries, x, groups).loss, documents).flat(),
      ];
      expect(Math.max(...numeric.flat().map(Math.abs))).toBeGreaterThan(0.5);
      gradients.forEach((gradient, i) => {
        expect(worstDifference(gradient, numeric[i]!)).toBeLessThan(1e-3);
      });
    }
  });

  it('gives the same loss and gradients for every query with every document, in order or shuffled', async () => {
    const all = queries.flatMap((_, query) =>
      documents.map((_, document) => ({
        query,
        document,
        similarity: ((7 * query + 3 * document) % 11) / 11,
        positive: query === document,
      })),
    );
    // Row by row they are scored by one product of matrices, in another order pair by pair.
    const inOrder = (chosen: typeof all) => ({
      query: chosen.map(({ query }) => query),
      document: chosen.map(({ document }) => document),
      similarity: chosen.map(({ similarity }) => similarity),
      positive: chosen.map(({ positive }) => positive),
    });
    const run = (chosen: typeof all) =>
      evaluate(
        (q, d) =>
          tf.tidy(
            () =>
              oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, inOrder(chosen), {
                weights: { infoNce: 0.5, cosent: 0.5 },
                cosent: { groups: 'query' },
              }).loss,
          ),
        [queries, documents],
      );
    const [grid, shuffled] = [await run(all), await run([...all].reverse())];
    expect(grid.value).toBeCloseTo(shuffled.value, 4);
    grid.gradients.forEach((gradient, i) => {
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.1);
      expect(worstDifference(gradient, shuffled.gradients[i]!)).toBeLessThan(1e-3);
    });
  });

  it('reports both terms, the scores of the pairs and their means', async () => {
    const before = tf.memory().numTensors;
    const [q, d] = [tf.tensor2d(queries), tf.tensor2d(documents)];
    const {
      loss,
      infoNce: contrast,
      cosent: order,
      diagnostics,
    } = oasisLoss(q, d, pairs, { temperature: 0.1 });
    const expected = reference(queries, documents);
    expect((await contrast.data())[0]).toBeCloseTo(expected.contrast, 4);
    expect((await order.data())[0]).toBeCloseTo(expected.order, 4);
    expect((await loss.data())[0]).toBeCloseTo(0.98 * expected.contrast + 0.02 * expected.order, 4);
    const scores = Array.from(pairs.query, (i, p) => cosine(queries[i]!, documents[pairs.document[p]!]!));
    expect(worstDifference(await diagnostics.pairScores.data(), scores)).toBeLessThan(1e-6);
    expect((await diagnostics.positiveScore.data())[0]).toBeCloseTo((scores[0]! + scores[3]!) / 2, 5);
    expect((await diagnostics.negativeScore.data())[0]).toBeCloseTo(
      (scores[1]! + scores[2]! + scores[4]! + scores[5]!) / 4,
      5,
    );
    expect(diagnostics.orderedPairs).toBe(14); // 6 items make 15 pairs, one of them tied at 0.4
    expect(diagnostics.anchors).toBe(2);
    tf.dispose([
      q,
      d,
      loss,
      contrast,
      order,
      diagnostics.pairScores,
      diagnostics.positiveScore,
      diagnostics.negativeScore,
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives 0 with zero gradients when no pair is given', async () => {
    const none = { query: [], document: [], similarity: [], positive: [] };
    const { value, gradients } = await evaluate(
      (q, d) => tf.tidy(() => oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, none).loss),
      [queries, documents],
    );
    expect(value).toBe(0);
    expect(gradients.flat().every((g) => g === 0)).toBe(true);
  });

  it('differentiates a trainable temperature through both terms', async () => {
    const at = (t: number) => {
      const scores = Array.from(pairs.query, (i, p) => cosine(queries[i]!, documents[pairs.document[p]!]!));
      const contrast = infoNce(queries, documents, {
        positives: [
          [0, 0],
          [1, 1],
        ],
        temperature: t,
        directions: ['queryToDocument'],
        reduction: 'mean',
      });
      return 0.98 * contrast + 0.02 * cosent(scores, Array.from(pairs.similarity), { temperature: t }).value;
    };
    const { gradients } = await evaluate(
      (q, d, t) =>
        tf.tidy(
          () => oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs, { temperature: t as tf.Scalar }).loss,
        ),
      [queries, documents, 0.2],
    );
    const numeric = numericGradient((t) => at(t[0]![0]!), [[0.2]])[0]![0]!;
    expect(Math.abs(numeric)).toBeGreaterThan(0.01);
    expect(gradients[2]![0]! / numeric).toBeCloseTo(1, 3);
  });
});
