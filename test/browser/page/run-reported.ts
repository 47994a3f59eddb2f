import * as tf from '@tensorflow/tfjs';
import { infoNceLoss } from '../../../src/losses/index.js';

const QUERIES = [
  [0.3, -0.5, 0.2, 0.8],
  [0.6, 0.1, -0.7, 0.2],
];
const DOCUMENTS = [
  [0.1, -0.4, 0.5, 0.7],
  [-0.2, 0.3, 0.6, -0.5],
  [0.5, 0.5, -0.1, 0.3],
];

/** Value, and the gradient of the queries, then of the documents. */
const evaluated = async (
  queries: number[][],
  documents: number[][],
  options: Parameters<typeof infoNceLoss>[2],
): Promise<number[]> => {
  const inputs = [tf.tensor2d(queries), tf.tensor2d(documents)];
  const { value, grads } = tf.valueAndGrads((q, d) =>
    infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, options as { reduction: 'mean' }),
  )(inputs);
  const found = await Promise.all([value, ...grads].map(async (x) => [...(await x.data())]));
  tf.dispose([value, ...grads, ...inputs]);
  return found.flat();
};

/** Points where packed textures and stand-ins for log 0 once gave wrong gradients or NaN. */
export const runReported = async () => {
  const one = [[0.3, -0.5, 0.2, 0.8]];
  const noAnchor = await evaluated(QUERIES, DOCUMENTS, { positives: [-1, 1], temperature: 0.5 });
  const three = [...QUERIES, [0.2, 0.4, -0.3, 0.9]];
  return {
    /** The gradient of the queries. */
    noAnchor: noAnchor.slice(1, 9),
    /** One query and one document: nothing stands against the positive. */
    alone: [
      ...(await evaluated(one, one, { directions: 'all' })),
      ...(await evaluated(one, one, { directions: 'all', hardnessWeighting: 1 })),
    ],
    hardened: await evaluated(three, DOCUMENTS, { hardnessWeighting: 1 }),
  };
};
