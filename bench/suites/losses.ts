import * as tf from '@tensorflow/tfjs';
import {
  cosentValueAndGradients,
  type DenseMatrix,
  infoNceValueAndGradients,
  type ValueAndGradients,
} from '../../src/losses/host/index.js';
import { cosentLoss, infoNceLoss, oasisLoss } from '../../src/losses/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { pairwiseCosent, plainInfoNce } from '../peers/losses-rivals.js';
import { useBenchBackend } from '../runner/bench-backend.js';
import { OWN } from '../runner/peer-packages.js';
import { type Prepared, type Suite, sizes, work } from '../runner/suite.js';

/** Value and gradient of a loss; both are read back, since backends may put off their work. */
const valueAndGradients = (
  loss: (...inputs: tf.Tensor[]) => tf.Scalar,
  inputs: readonly tf.Tensor[],
): Prepared => ({
  async run() {
    const { value, grads } = tf.valueAndGrads(loss)([...inputs]);
    const [found, ...gradients] = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
    tf.dispose([value, ...grads]);
    return { value: found![0]!, gradients };
  },
  // The gradients' lengths stand for them: single entries near zero differ by rounding.
  outcome: ({ value, gradients }: { value: number; gradients: Float32Array[] }) => [
    value,
    ...gradients.map((gradient) => Math.hypot(...gradient.subarray(0, 10_000))),
  ],
  close: () => tf.dispose([...inputs]),
});

/** The same on typed arrays. */
const onTypedArrays = (loss: () => ValueAndGradients<readonly (Float32Array | DenseMatrix)[]>): Prepared => ({
  run: async () => loss(),
  outcome: ({ value, gradients }: ReturnType<typeof loss>) => [
    value,
    ...gradients.map((gradient) =>
      Math.hypot(...('data' in gradient ? gradient.data : gradient).subarray(0, 10_000)),
    ),
  ],
});

/** Reproducible scores in [-1, 1) and labels in steps of a thousandth, so that ties occur. */
const cosentInputs = (length: number) => {
  const noise = (i: number) => {
    const x = Math.sin(i * 12.9898) * 43758.5453;
    return x - Math.floor(x);
  };
  return {
    scores: Float32Array.from({ length }, (_, i) => 2 * noise(i) - 1),
    labels: Float32Array.from({ length }, (_, i) => Math.round(noise(i + 0.5) * 1000) / 1000),
  };
};

const COLUMNS = 128;
const embeddings = (rows: number, columns = COLUMNS) => {
  const random = createRandom(1, 'embeddings');
  const draw = () => Float32Array.from({ length: rows * columns }, () => random.normal());
  return { rows, columns, queries: draw(), documents: draw() };
};
const onDevice = async ({ rows, columns, queries, documents }: ReturnType<typeof embeddings>) => {
  await useBenchBackend();
  return [tf.tensor2d(queries, [rows, columns]), tf.tensor2d(documents, [rows, columns])];
};
type Rows = tf.Tensor2D;

const square = (rows: number) => `${rows} × ${rows} × ${COLUMNS}`;

export const losses: Suite = {
  room: 'losses',
  works: [
    work({
      name: 'cosent',
      title: 'CoSENT, value and gradient, P pairs',
      sizes: sizes(
        [64, 512, 2048, null, 4096, 65_536, 262_144],
        (size) => `P = ${size.toLocaleString('en')}`,
      ),
      input: cosentInputs,
      share: ({ scores, labels }) => ({ scores, labels }),
      tolerance: 2e-4,
      contenders: [
        {
          name: 'cosentLoss',
          async prepare({ scores, labels }) {
            await useBenchBackend();
            return valueAndGradients((s) => cosentLoss(s as tf.Tensor1D, labels), [tf.tensor1d(scores)]);
          },
        },
        {
          name: 'all P × P differences',
          package: '@tensorflow/tfjs',
          leftOut: ['P = 65,536', 'P = 262,144'],
          async prepare({ scores, labels }) {
            await useBenchBackend();
            const deviceLabels = tf.tensor1d(labels);
            return valueAndGradients(
              (s) => pairwiseCosent(s as tf.Tensor1D, deviceLabels),
              [tf.tensor1d(scores)],
            );
          },
        },
        {
          name: 'CoSENTLoss',
          module: 'cosent',
          package: 'sentence-transformers',
          leftOut: ['P = 65,536', 'P = 262,144'],
        },
      ],
    }),
    work({
      name: 'info-nce',
      title: 'InfoNCE, value and gradient, queries × documents × dimensions',
      sizes: sizes([64, 640, null, 2048], square),
      input: embeddings,
      share: (input) => input,
      tolerance: 1e-3,
      contenders: [
        {
          name: 'infoNceLoss',
          prepare: async (input) =>
            valueAndGradients((q, d) => infoNceLoss(q as Rows, d as Rows), await onDevice(input)),
        },
        {
          name: 'tf.losses.softmaxCrossEntropy',
          package: '@tensorflow/tfjs',
          prepare: async (input) =>
            valueAndGradients((q, d) => plainInfoNce(q as Rows, d as Rows), await onDevice(input)),
        },
        { name: 'MultipleNegativesRankingLoss', module: 'info_nce', package: 'sentence-transformers' },
      ],
    }),
    work({
      name: 'cosent-on-typed-arrays',
      title: 'CoSENT on typed arrays, value and gradient, P pairs',
      sizes: sizes([64, 512, null, 4096], (size) => `P = ${size.toLocaleString('en')}`),
      input: cosentInputs,
      share: ({ scores, labels }) => ({ scores, labels }),
      tolerance: 2e-4,
      contenders: [
        {
          name: 'cosentValueAndGradients',
          prepare: async ({ scores, labels }) => onTypedArrays(() => cosentValueAndGradients(scores, labels)),
        },
        { name: 'CoSENTLoss', module: 'cosent', package: 'sentence-transformers' },
      ],
    }),
    work({
      name: 'info-nce-384',
      title: 'InfoNCE at 384 dimensions, value and gradient, queries × documents × dimensions',
      sizes: sizes([64, 640], (rows) => `${rows} × ${rows} × 384`),
      input: (rows) => embeddings(rows, 384),
      share: (input) => input,
      tolerance: 1e-3,
      contenders: [
        {
          name: 'infoNceLoss',
          prepare: async (input) =>
            valueAndGradients((q, d) => infoNceLoss(q as Rows, d as Rows), await onDevice(input)),
        },
        {
          name: 'infoNceValueAndGradients',
          package: OWN,
          prepare: async ({ rows, columns, queries, documents }) => {
            const matrix = (data: Float32Array) => ({ data, rows, columns });
            return onTypedArrays(() => infoNceValueAndGradients(matrix(queries), matrix(documents)));
          },
        },
        {
          name: 'tf.losses.softmaxCrossEntropy',
          package: '@tensorflow/tfjs',
          prepare: async (input) =>
            valueAndGradients((q, d) => plainInfoNce(q as Rows, d as Rows), await onDevice(input)),
        },
        { name: 'MultipleNegativesRankingLoss', module: 'info_nce', package: 'sentence-transformers' },
      ],
    }),
    work({
      name: 'oasis-mix',
      title: 'The mix of InfoNCE and CoSENT, value and gradient, 4 pairs per query',
      sizes: sizes([64, 640], (rows) => `${rows} queries, ${(4 * rows).toLocaleString('en')} pairs`),
      input: embeddings,
      tolerance: 0,
      contenders: [
        {
          name: 'oasisLoss',
          async prepare(input) {
            const { rows } = input;
            const pairs = {
              query: Array.from({ length: rows * 4 }, (_, p) => p >> 2),
              document: Array.from({ length: rows * 4 }, (_, p) => (p % 4 === 0 ? p >> 2 : (p * 7) % rows)),
              similarity: cosentInputs(rows * 4).labels,
              positive: Array.from({ length: rows * 4 }, (_, p) => p % 4 === 0),
            };
            return valueAndGradients(
              (q, d) => tf.tidy(() => oasisLoss(q as Rows, d as Rows, pairs).loss),
              await onDevice(input),
            );
          },
        },
      ],
    }),
  ],
};
