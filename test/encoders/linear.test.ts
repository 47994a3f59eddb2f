import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { linear } from '../../src/encoders/transformer/linear.js';
import { testBackends, useBackend } from '../support/backends.js';

/** Numbers that sums hold exactly in 16 bits. */
const number = (row: number, column: number) => ((row * 3 + column * 5) % 7) - 3;
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => number(i, j)));

describe.each(testBackends())('linear on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('is x · W + b, whatever other operations left beside an odd number of summands', async () => {
    // WebGL works out on the processor what has fewer than 128 numbers.
    for (const [rows, inner, columns] of [
      [13, 11, 15],
      [12, 11, 13],
      [15, 12, 11],
      [1, 131, 1],
    ] as const) {
      const [x, w, b] = [matrix(rows, inner), matrix(inner, columns), matrix(1, columns)[0]!];
      const expected = x.map((row) =>
        w[0]!.map((_, j) => row.reduce((sum, value, k) => sum + (value + 1) * (w[k]![j]! + 1), b[j]!)),
      );
      const found = tf.tidy(() => {
        // On WebGL what is added to a number is added to what lies beside the last row and column as well.
        const moved = (values: number[][]) => tf.add(tf.tensor2d(values), 1) as tf.Tensor2D;
        return linear(moved(x), moved(w), tf.tensor1d(b));
      });
      expect(await found.array()).toEqual(expected);
      found.dispose();
    }
  });
});
