import * as tf from '@tensorflow/tfjs';
import { safeNormalize, withCleanGradient } from '../numerics/tensors/index.js';
import { checkTensor } from './check-tensors.js';
import { checkOptions, refuse } from './checks.js';
import { MATRYOSHKA_OPTIONS, type MatryoshkaOptions, readMatryoshkaOptions } from './matryoshka-options.js';

/**
 * Any embedding loss, summed over leading slices of the embeddings, so that each prefix of a row is a usable embedding.
 *
 * L = Σ_d w_d · loss(x[:, :d])
 *
 * Truncated rows are rescaled to length 1; zero rows stay zero. Widths of weight 0 are skipped. With
 * `dimensionsPerStep: n` the sum is over n of the widths, drawn without replacement: all are trained in turn.
 *
 * @param loss Called once per width, with every embedding truncated to it.
 * @param embeddings Tensors [·, D] of one width.
 * @returns Scalar; differentiable in whatever `loss` is.
 * @throws {TypeError|RangeError} When there is no width, one is not a whole number in [1, D], or the weights
 * do not fit.
 *
 * The cost of `loss` at each width taken.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { infoNceLoss, matryoshkaLoss } from 'oasis-embed/losses';
 *
 * const queries = tf.tensor2d([[1, 0, 0.1, 0], [0, 1, 0, 0.1]]);
 * const documents = tf.tensor2d([[0.9, 0, 0, 0.2], [0.1, 0.8, 0, 0]]);
 * const loss = matryoshkaLoss((q, d) => infoNceLoss(q!, d!), [queries, documents], { dimensions: [4, 2] });
 * if (!((await loss.data())[0]! < 0.01)) throw new Error('both widths rank the right document first');
 * ```
 *
 * @see Kusupati et al., Matryoshka representation learning (2022), arXiv 2205.13147, equation 1.
 */
export const matryoshkaLoss = (
  loss: (...embeddings: tf.Tensor2D[]) => tf.Scalar,
  embeddings: readonly tf.Tensor2D[],
  options: MatryoshkaOptions,
): tf.Scalar => {
  checkOptions('matryoshkaLoss', options, MATRYOSHKA_OPTIONS, ' dims:dimensions');
  if (!Array.isArray(embeddings)) refuse('embeddings', 'be an array of tensors', embeddings, TypeError);
  if (embeddings.length === 0)
    throw new RangeError('embeddings must hold at least one tensor, received none');
  const width = embeddings[0]?.shape?.[1] ?? 0;
  embeddings.forEach((embedding, i) => {
    checkTensor(`embeddings[${i}]`, embedding, ['·', 'D']);
    if (embedding.shape[1] !== width)
      refuse(`embeddings[${i}]`, `have D = ${width} columns`, embedding.shape[1]);
  });
  const { widths, unitLength } = readMatryoshkaOptions(options, width);
  return tf.tidy(() => {
    const inputs = embeddings.map((embedding) => withCleanGradient(embedding));
    const terms = widths.map(({ dimension, weight }) => {
      const truncated = inputs.map((embedding) => {
        const slice = tf.slice2d(embedding, [0, 0], [-1, dimension]);
        return unitLength ? safeNormalize(slice) : slice;
      });
      const term: unknown = loss(...truncated);
      if (!(term instanceof tf.Tensor && term.size === 1)) refuse('loss', 'return a scalar', term, TypeError);
      return tf.mul(term as tf.Scalar, weight) as tf.Scalar;
    });
    return terms.length === 0 ? tf.scalar(0) : (tf.addN(terms) as tf.Scalar);
  });
};
