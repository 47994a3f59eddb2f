import * as tf from '@tensorflow/tfjs';
import type { DenseMatrix } from '../../numerics/index.js';

/** A scorer on the active backend, the unit roundoff of its products, and what frees its memory. */
export const createBackendTiles = (queries: DenseMatrix, corpus: DenseMatrix) => {
  // TensorFlow multiplies in TF32 on newer GPUs, and WebGL may have 16 bits only.
  const gpu = (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
  const unitRoundoff = gpu || tf.backend().floatPrecision() < 32 ? 2 ** -11 : 2 ** -24;
  let held: { readonly from: number; readonly to: number; readonly chunk: tf.Tensor2D } | null = null;
  const rows = ({ data, columns }: DenseMatrix, from: number, to: number) =>
    tf.tensor2d(data.subarray(from * columns, to * columns), [to - from, columns]);
  return {
    unitRoundoff,
    async score(queryStart: number, queryEnd: number, from: number, to: number) {
      if (held?.from !== from || held.to !== to) {
        held?.chunk.dispose();
        // Transposed once: the WASM backend multiplies plain matrices many times faster than transposed ones.
        held = { from, to, chunk: tf.tidy(() => rows(corpus, from, to).transpose()) };
      }
      const { chunk } = held;
      const product = tf.tidy(() => tf.matMul(rows(queries, queryStart, queryEnd), chunk));
      const scores = await product.data();
      product.dispose();
      return scores;
    },
    dispose() {
      held?.chunk.dispose();
      held = null;
    },
  };
};
