import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  gatherRows,
  logAddExp,
  matMul,
  safeNormalize,
  scanLogAddExp,
  scatterRows,
} from '../../src/numerics/tensors/index.js';
import { numericGradient } from '../reference/losses.js';
import { testBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const product = (a: number[][], b: number[][]) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const transpose = (a: number[][]) => a[0]!.map((_, j) => a.map((row) => row[j]!));

describe.each(testBackends())('tensor numerics on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('matMul of nothing is 0, and so are its gradients', async () => {
    for (const [rows, inner, columns] of [
      [2, 0, 3],
      [0, 4, 3],
      [2, 4, 0],
    ] as const) {
      for (const [ta, tb] of [
        [false, false],
        [true, true],
      ] as const) {
        const x = tf.ones(ta ? [inner, rows] : [rows, inner]) as tf.Tensor2D;
        const y = tf.ones(tb ? [columns, inner] : [inner, columns]) as tf.Tensor2D;
        const product = matMul(x, y, ta, tb);
        const grads = tf.grads((p, q) => matMul(p!, q!, ta, tb))([x, y], tf.ones(product.shape));
        expect([product.shape, ...grads.map(({ shape }) => shape)]).toEqual([
          [rows, columns],
          x.shape,
          y.shape,
        ]);
        for (const tensor of [product, ...grads])
          expect((await tensor.data()).every((value) => value === 0)).toBe(true);
        tf.dispose([x, y, product, grads]);
      }
    }
  });

  it('matMul equals the triple loop with every transposition, value and gradient', async () => {
    const a = [
      [1, -2, 0.5],
      [0.25, 3, -1],
    ];
    const b = [
      [0.5, 1, -1, 2],
      [2, 0.5, 1, -0.5],
      [-1, 0, 3, 1],
    ];
    const f = (x: number[][], y: number[][]) =>
      product(x, y)
        .flat()
        .reduce((sum, v) => sum + v ** 2, 0);
    for (const [ta, tb] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const [x, y] = [ta ? transpose(a) : a, tb ? transpose(b) : b];
      const { value, gradients } = await evaluate(
        (p, q) => tf.sum(tf.square(matMul(p, q, ta, tb))) as tf.Scalar,
        [x, y],
      );
      expect(value).toBeCloseTo(f(a, b), 3);
      const back = (m: number[][], t: boolean) => (t ? transpose(m) : m);
      const numeric = [
        numericGradient((p) => f(back(p, ta), b), x).flat(),
        numericGradient((q) => f(a, back(q, tb)), y).flat(),
      ];
      gradients.forEach((gradient, i) => {
        expect(worstDifference(gradient, numeric[i]!)).toBeLessThan(1e-4);
      });
    }
  });

  it('matMul multiplies batches, and its second derivative is the built-in one', async () => {
    const a = tf.tensor3d([[[1, 2]], [[3, 4]]]);
    const b = tf.tensor3d([
      [[1], [1]],
      [[2], [-1]],
    ]);
    const before = tf.memory().numTensors;
    const [ours, theirs] = [matMul(a, b), tf.matMul(a, b)];
    expect(Array.from(await ours.data())).toEqual(Array.from(await theirs.data()));
    const second = (mul: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor) =>
      tf.grad((x: tf.Tensor) =>
        tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.square(mul(y, b))))(x))),
      )(a);
    const [mine, stock] = [second((x, y) => matMul(x, y)), second((x, y) => tf.matMul(x, y))];
    expect(worstDifference(await mine.data(), await stock.data())).toBeLessThan(1e-5);
    tf.dispose([ours, theirs, mine, stock]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([a, b]);
  });

  it('gatherRows adds the gradients of repeated rows, for any rank', async () => {
    const { value, gradients } = await evaluate(
      (x) => tf.sum(tf.square(gatherRows(x, [2, 0, 2]))) as tf.Scalar,
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
    );
    expect(value).toBe(5 + 2 * 61);
    expect(gradients[0]).toEqual([2, 4, 0, 0, 20, 24]);
    const cube = await evaluate(
      (x) => tf.sum(gatherRows(x, Int32Array.of(1, 1))) as tf.Scalar,
      [[[[1, 2]], [[3, 4]]]],
    );
    expect(cube.gradients[0]).toEqual([0, 0, 2, 2]);
    const none = await evaluate(
      (x) => {
        const gathered = gatherRows(x, []);
        if (gathered.size !== 0) throw new Error('no index must give no row');
        return tf.sum(tf.concat([gathered, tf.tensor1d([7])])) as tf.Scalar;
      },
      [[1, 2]],
    );
    expect(none).toEqual({ value: 7, gradients: [[0, 0]] });
  });

  it('gatherRows takes an index tensor', async () => {
    const indices = tf.tensor1d([1, 1], 'int32');
    const { gradients } = await evaluate(
      (x) => tf.sum(gatherRows(x, indices)) as tf.Scalar,
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    );
    expect(gradients[0]).toEqual([0, 0, 2, 2]);
    indices.dispose();
  });

  it('scatterRows is the adjoint of gatherRows', async () => {
    const { value, gradients } = await evaluate(
      (x) => tf.sum(tf.square(scatterRows(x, [1, 1, 0], 3))) as tf.Scalar,
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
    );
    expect(value).toBe(16 + 36 + 25 + 36);
    expect(gradients[0]).toEqual([8, 12, 8, 12, 10, 12]);
  });

  it('safeNormalize gives unit rows at any size, and zero rows zero with a zero gradient', async () => {
    const rows = [
      [3, 4],
      [0, 0],
      [3e20, -4e20],
      [3e-20, 4e-20],
    ];
    const x = tf.tensor2d(rows);
    const y = safeNormalize(x);
    expect(worstDifference(await y.data(), [0.6, 0.8, 0, 0, 0.6, -0.8, 0.6, 0.8])).toBeLessThan(1e-6);
    tf.dispose([x, y]);
    const target = [
      [1, 2],
      [3, 4],
      [5, -6],
    ];
    const f = (p: number[][]) =>
      p.reduce((sum, row, i) => {
        const norm = Math.hypot(...row) || 1;
        return sum + row.reduce((s, v, j) => s + (v / norm) * target[i]![j]!, 0);
      }, 0);
    const inputs = [
      [0.5, -2],
      [0, 0],
      [1.5, 1],
    ];
    const { gradients } = await evaluate(
      (p) => tf.sum(tf.mul(safeNormalize(p), tf.tensor2d(target))) as tf.Scalar,
      [inputs],
    );
    const numeric = numericGradient(f, inputs).flat();
    numeric[2] = numeric[3] = 0;
    expect(worstDifference(gradients[0]!, numeric)).toBeLessThan(1e-4);
  });

  it('scanLogAddExp equals a running log-sum-exp in float64, segmented or not', async () => {
    for (const length of [1, 2, 3, 511, 512, 513, 1025, 2050]) {
      const values = Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 300);
      const starts = Uint8Array.from({ length }, (_, i) => (i === 0 || (i * 7919) % 13 === 0 ? 1 : 0));
      for (const segments of [undefined, starts]) {
        const before = tf.memory().numTensors;
        const x = tf.tensor1d(values);
        const start = (i: number): number => (i === 0 || segments?.[i] === 1 ? i : start(i - 1));
        const scanned = scanLogAddExp(
          x,
          Int32Array.from({ length }, (_, i) => i - start(i)),
        );
        const actual = await scanned.data();
        tf.dispose([x, scanned]);
        expect(tf.memory().numTensors).toBe(before);
        let running = -Infinity;
        const expected = values.map((value, i) => {
          if (segments?.[i] === 1) running = -Infinity;
          const largest = Math.max(running, value);
          running = largest + Math.log(Math.exp(running - largest) + Math.exp(value - largest));
          return running;
        });
        expect(worstDifference(actual, expected)).toBeLessThan(1e-6);
      }
    }
  });

  it('logAddExp keeps both ends of the range', async () => {
    const [a, b] = [tf.tensor1d([-1e30, 0, 500, -300]), tf.tensor1d([2, -1e30, 500, -310])];
    const sum = logAddExp(a, b);
    const expected = [2, 0, 500 + Math.log(2), -300 + Math.log1p(Math.exp(-10))];
    expect(worstDifference(await sum.data(), expected)).toBeLessThan(1e-6);
    tf.dispose([a, b, sum]);
  });
});

describe('tensor numerics', () => {
  beforeAll(() => useBackend('cpu'));

  it('refuses shapes and indices that do not fit', () => {
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([2, 3])];
    expect(() => matMul(a, b)).toThrow('matMul shapes do not agree: [2, 3] and [2, 3]');
    expect(() => matMul(a, tf.scalar(1))).toThrow('matMul needs two tensors of one rank >= 2');
    expect(() => gatherRows(a, [2])).toThrow('indices[0] must be a row in [0, 2), received 2');
    expect(() => gatherRows(a, [0.5])).toThrow('indices[0] must be a row in [0, 2), received 0.5');
    expect(() => scatterRows(a, [0], 2)).toThrow(
      'updates must have 1 rows, one an index, received shape [2, 3]',
    );
    expect(() => safeNormalize(tf.scalar(1))).toThrow('x must have rank 1 or more');
    tf.dispose([a, b]);
  });
});
