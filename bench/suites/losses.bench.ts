import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { bench, describe } from 'vitest';
import { cosentLoss, infoNceLoss, oasisLoss } from '../../src/losses/index.js';
import { cosentInputs, pairwiseCosent, plainInfoNce } from '../peers/losses-rivals.js';

await tf.setBackend('wasm');
await tf.ready();

const gradientOf = async (loss: (...x: tf.Tensor[]) => tf.Scalar, inputs: tf.Tensor[]): Promise<void> => {
  const { value, grads } = tf.valueAndGrads(loss)(inputs);
  await Promise.all([value, ...grads].map((tensor) => tensor.data()));
  tf.dispose([value, ...grads]);
};

for (const length of [64, 512, 4096, 32_768, 262_144]) {
  const { scores, labels } = cosentInputs(length);
  const onDevice = [tf.tensor1d(scores)];
  const deviceLabels = tf.tensor1d(labels);
  describe(`CoSENT, value and gradient, P = ${length}, wasm`, () => {
    bench('cosentLoss', () => gradientOf((s) => cosentLoss(s as tf.Tensor1D, labels), onDevice));
    if (length <= 512) {
      bench('all P × P differences', () =>
        gradientOf((s) => pairwiseCosent(s as tf.Tensor1D, deviceLabels), onDevice),
      );
    }
  });
}

for (const rows of [64, 640]) {
  const embeddings = [
    tf.randomNormal([rows, 128], 0, 1, 'float32', 1),
    tf.randomNormal([rows, 128], 0, 1, 'float32', 2),
  ];
  describe(`InfoNCE, value and gradient, ${rows} × ${rows} × 128, wasm`, () => {
    bench('infoNceLoss', () =>
      gradientOf((q, d) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D), embeddings),
    );
    bench('infoNceLoss, all directions, hardness', () =>
      gradientOf(
        (q, d) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, { directions: 'all', hardness: 1 }),
        embeddings,
      ),
    );
    bench('tf.losses.softmaxCrossEntropy', () =>
      gradientOf((q, d) => plainInfoNce(q as tf.Tensor2D, d as tf.Tensor2D), embeddings),
    );
  });
  const pairs = {
    query: Array.from({ length: rows * 4 }, (_, p) => p >> 2),
    document: Array.from({ length: rows * 4 }, (_, p) => (p % 4 === 0 ? p >> 2 : (p * 7) % rows)),
    similarity: cosentInputs(rows * 4).labels,
    positive: Array.from({ length: rows * 4 }, (_, p) => p % 4 === 0),
  };
  describe(`the OASIS mix, value and gradient, ${rows} queries, ${rows * 4} pairs, wasm`, () => {
    bench('oasisLoss', () =>
      gradientOf(
        (q, d) => tf.tidy(() => oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs).loss),
        embeddings,
      ),
    );
  });
}
