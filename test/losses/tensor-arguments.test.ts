import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CrossBatchMemory,
  cosentEmbeddingLoss,
  cosentLoss,
  countOrderViolations,
  infoNceLoss,
  klDivergenceLoss,
  listNetLoss,
  marginMseLoss,
  matryoshkaLoss,
  oasisLoss,
} from '../../src/losses/index.js';
import { cosent } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate } from '../support/evaluate.js';

// A tensor is read at once, which the WebGPU backend cannot do.
describe.each(lossBackends().filter((name) => name !== 'webgpu'))('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  const scores = [0.5, -0.25, 0.75, 0.125];
  const labels = [0.5, 0.25, 0.125, 0.875];
  const groups = ['a', 'b', 'a', 'b'];
  const weights = [1, 2, 0.5, 1];
  /** A tensor that lives as long as the call. */
  const withTensors = async <T>(make: () => tf.Tensor[], use: (tensors: tf.Tensor[]) => Promise<T>) => {
    const before = tf.memory().numTensors;
    const tensors = make();
    const result = await use(tensors);
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(before);
    return result;
  };

  it.each([
    ['rows', [4]],
    ['a column', [4, 1]],
  ])('labels, weights and groups may be tensors: %s', async (_, shape) => {
    const losses = [
      (s: tf.Tensor, l: tf.Tensor, w: tf.Tensor, g: tf.Tensor) =>
        cosentLoss(s as tf.Tensor1D, l, { weights: w, groups: g }),
      (s: tf.Tensor, l: tf.Tensor, w: tf.Tensor, g: tf.Tensor) =>
        listNetLoss(s as tf.Tensor1D, l, { weights: w, groups: g }),
      (s: tf.Tensor, l: tf.Tensor, w: tf.Tensor, g: tf.Tensor) =>
        klDivergenceLoss(s as tf.Tensor1D, l, { weights: w, groups: g }),
      (s: tf.Tensor, l: tf.Tensor, w: tf.Tensor, g: tf.Tensor) =>
        marginMseLoss(s as tf.Tensor1D, l, { weights: w, groups: g }),
    ];
    const plain = [
      (s: tf.Tensor) => cosentLoss(s as tf.Tensor1D, labels, { weights, groups }),
      (s: tf.Tensor) => listNetLoss(s as tf.Tensor1D, labels, { weights, groups }),
      (s: tf.Tensor) => klDivergenceLoss(s as tf.Tensor1D, labels, { weights, groups }),
      (s: tf.Tensor) => marginMseLoss(s as tf.Tensor1D, labels, { weights, groups }),
    ];
    for (const [i, loss] of losses.entries()) {
      const { value, gradients } = await withTensors(
        () => [tf.tensor(labels, shape), tf.tensor(weights, shape), tf.tensor(groups, shape, 'string')],
        ([l, w, g]) => evaluate((s) => loss(tf.reshape(s!, shape), l!, w!, g!), [scores]),
      );
      expect({ value, gradients }).toEqual(await evaluate(plain[i]!, [scores]));
      expect(value).toBeGreaterThan(0);
    }
  });

  it('so may the pairs, positives, ids and weights of InfoNCE and OASIS', async () => {
    const rows = [
      [1, 0.2],
      [0.3, -1],
    ];
    const pairs = { query: [0, 1, 1], document: [0, 1, 0], similarity: [0.9, 0.8, 0.1], positive: [1, 1, 0] };
    const byArrays = await evaluate(
      (q, d) => tf.tidy(() => oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs).loss),
      [rows, rows],
    );
    const byTensors = await withTensors(
      () => [
        tf.tensor1d(pairs.query, 'int32'),
        tf.tensor1d(pairs.document, 'int32'),
        tf.tensor1d(pairs.similarity),
        tf.tensor1d(pairs.positive, 'bool'),
      ],
      ([query, document, similarity, positive]) =>
        evaluate(
          (q, d) =>
            tf.tidy(
              () =>
                oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, {
                  query: query!,
                  document: document!,
                  similarity: similarity!,
                  positive: positive!,
                }).loss,
            ),
          [rows, rows],
        ),
    );
    expect(byTensors).toEqual(byArrays);
    const options = { positives: [1, 0], documentIds: ['x', 'y'], weights: [1, 3] };
    const plain = await evaluate(
      (q, d) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, options),
      [rows, rows],
    );
    const read = await withTensors(
      () => [tf.tensor1d([1, 0], 'int32'), tf.tensor1d(['x', 'y']), tf.tensor1d([1, 3])],
      ([positives, documentIds, anchors]) =>
        evaluate(
          (q, d) =>
            infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, {
              positives: positives!,
              documentIds: documentIds!,
              weights: anchors!,
            }),
          [rows, rows],
        ),
    );
    expect(read).toEqual(plain);
  });

  it('tensors of another shape are refused by name', () => {
    tf.tidy(() => {
      const s = tf.tensor1d(scores);
      expect(() => cosentLoss(s, tf.ones([2, 2]))).toThrow(
        'labels must have shape [P] = [4], received a float32 tensor of shape [2, 2]',
      );
      expect(() => cosentLoss(s, labels, { groups: tf.ones([3]) })).toThrow(
        'groups must have shape [P] = [4], received a float32 tensor of shape [3]',
      );
      expect(() => cosentLoss(s, tf.tensor1d([1, 2, Number.NaN, 4]))).toThrow(
        'labels[2] must be a finite number, received NaN',
      );
      expect(() => cosentLoss(tf.ones([2, 2]) as tf.Tensor2D, labels)).toThrow(
        'scores must be a float32 tensor of shape [P], received a float32 tensor of shape [2, 2]',
      );
      expect(() => cosentLoss(tf.tensor1d([true, false], 'bool'), [1, 2])).toThrow(
        'scores must be a float32 tensor',
      );
    });
  });

  it('a tensor that cannot be read at once is refused by name', () => {
    tf.tidy(() => {
      const unread = Object.assign(tf.tensor1d(labels), {
        dataSync: () => {
          throw new ReferenceError('OffscreenCanvas is not defined');
        },
      });
      expect(() => cosentLoss(tf.tensor1d(scores), unread)).toThrow(
        'labels must be an array on a backend that cannot read tensors at once',
      );
    });
  });

  it('scores may be whole numbers, or a column', async () => {
    const whole = [3, 1, 2, 0];
    const expected = cosent(whole, labels, { temperature: 1 });
    for (const shape of [[4], [4, 1]]) {
      const value = await withTensors(
        () => [tf.tensor(whole, shape, 'int32')],
        async ([s]) => {
          const loss = cosentLoss(s as tf.Tensor1D, labels, { temperature: 1 });
          const [read] = await loss.data();
          loss.dispose();
          return read!;
        },
      );
      expect(value).toBeCloseTo(expected.value, 5);
    }
  });

  it('scores that were born in 16 bits keep their ties', async () => {
    // Cosines as a 16-bit model gives them: eleven bits, so that neighbors collapse.
    const born = Array.from({ length: 40 }, (_, i) => Math.round((0.9 + Math.sin(i) * 0.01) * 2048) / 2048);
    const order = born.map((_, i) => ((i * 7) % 11) / 11);
    expect(new Set(born).size).toBeLessThan(born.length);
    const { value, gradients } = await evaluate((s) => cosentLoss(s as tf.Tensor1D, order), [born]);
    const expected = cosent(born, order);
    expect(value).toBeCloseTo(expected.value, 4);
    gradients[0]!.forEach((g, i) => {
      expect(g).toBeCloseTo(expected.gradient[i]!, 3);
    });
  });

  it('labels may be a Float16Array where the language has it', async () => {
    const Half = (globalThis as { Float16Array?: new (values: readonly number[]) => ArrayLike<number> })
      .Float16Array;
    const half = Half === undefined ? Float32Array.from(labels) : new Half(labels);
    expect(await evaluate((s) => cosentLoss(s as tf.Tensor1D, half), [scores])).toEqual(
      await evaluate((s) => cosentLoss(s as tf.Tensor1D, labels), [scores]),
    );
    expect(countOrderViolations(scores, half).orderedPairs).toBe(6);
  });

  it('(yTrue, yPred) => cosentLoss(yPred, yTrue) trains a model by compile and fit', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros' })],
    });
    model.compile({
      optimizer: tf.train.sgd(0.1),
      loss: (yTrue: tf.Tensor, yPred: tf.Tensor) =>
        cosentLoss(yPred as tf.Tensor2D, yTrue, { temperature: 1 }),
    });
    const [x, y] = [
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
        [0, 0],
      ]),
      tf.tensor2d([[0.1], [0.5], [0.9], [0.3]]),
    ];
    const { history } = await model.fit(x, y, { epochs: 15, batchSize: 4, verbose: 0 });
    expect(history.loss!.at(-1) as number).toBeLessThan(history.loss![0] as number);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('two towers side by side train by compile with a ranking loss, labels as ids', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 6, inputShape: [4] })] });
    model.compile({
      optimizer: tf.train.sgd(0.1),
      loss: (ids: tf.Tensor, towers: tf.Tensor) =>
        tf.tidy(() => {
          const [q, d] = tf.split(towers as tf.Tensor2D, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
          // Targets have the shape of the outputs: the id stands in the first column.
          const documentIds = tf.slice2d(ids as tf.Tensor2D, [0, 0], [-1, 1]);
          return infoNceLoss(q, d, { documentIds, temperature: 0.5 });
        }),
    });
    const [x, y] = tf.tidy(() => [tf.eye(4), tf.tile(tf.tensor2d([[0], [1], [2], [2]]), [1, 6])]);
    const { history } = await model.fit(x, y, { epochs: 10, batchSize: 4, verbose: 0 });
    expect(history.loss!.at(-1) as number).toBeLessThan(history.loss![0] as number);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('every loss over embeddings takes labels as tensors too', async () => {
    const rows = [
      [1, 0.2],
      [0.3, -1],
      [0.5, 0.5],
    ];
    const plain = await evaluate(
      (l, r) => cosentEmbeddingLoss(l as tf.Tensor2D, r as tf.Tensor2D, [1, 2, 3]),
      [rows, rows.toReversed()],
    );
    const read = await withTensors(
      () => [tf.tensor1d([1, 2, 3], 'int32')],
      ([y]) =>
        evaluate(
          (l, r) =>
            matryoshkaLoss((a, b) => cosentEmbeddingLoss(a!, b!, y!), [l as tf.Tensor2D, r as tf.Tensor2D], {
              dimensions: [2],
              unitLength: false,
            }),
          [rows, rows.toReversed()],
        ),
    );
    expect(read.value).toBeCloseTo(plain.value, 5);
    const memory = new CrossBatchMemory({ capacity: 2 });
    tf.tidy(() => memory.add(tf.tensor2d(rows), tf.tensor1d([7, 8, 9], 'int32')));
    expect(memory.ids).toEqual([8, 9]);
    memory.dispose();
  });
});
