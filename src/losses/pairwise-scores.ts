import * as tf from '@tensorflow/tfjs';
import type { OptionNames } from '../numerics/index.js';
import { safeNormalize } from '../numerics/tensors/index.js';
import { checkTensor } from './check-tensors.js';
import { checkOneOf, checkOptions, type Numbers } from './checks.js';
import { cosentOfOrder } from './cosent-loss.js';
import { type CosentOptions, readCosentArguments } from './cosent-options.js';

/**
 * The cosine of row i of `left` with row i of `right`: s_i = ⟨a_i, b_i⟩ / (‖a_i‖ ‖b_i‖).
 *
 * A zero row scores 0 with a zero gradient.
 *
 * @param left [P, D].
 * @param right [P, D]: never broadcast.
 * @returns [P], in [-1, 1]; differentiable in both.
 * @throws {TypeError|RangeError} When the shapes differ.
 *
 * O(P·D) time and memory.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { pairwiseCosine } from 'oasis-embed/losses';
 *
 * const scores = pairwiseCosine(tf.tensor2d([[3, 4], [1, 0]]), tf.tensor2d([[6, 8], [0, 1]]));
 * const [same, orthogonal] = await scores.data();
 * if (Math.abs(same! - 1) > 1e-6 || Math.abs(orthogonal!) > 1e-6) throw new Error('wrong cosines');
 * ```
 */
export const pairwiseCosine = (left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor1D => {
  checkSameShape(left, right);
  return tf.tidy(() => tf.sum(tf.mul(safeNormalize(left), safeNormalize(right)), 1) as tf.Tensor1D);
};

/**
 * The AnglE score of row pairs: rows are read as complex vectors a + ib (first and second half), and the score
 * is the absolute sum of the real and imaginary parts of their quotient, normalized by both lengths.
 *
 * s = | Σ (ac + bd) + Σ (bc − ad) | / (‖x‖ ‖y‖), x = (a, b), y = (c, d)
 *
 * It keeps a gradient where the cosine is saturated near ±1. A zero row scores 0 with a zero gradient.
 *
 * @param left [P, D]; an odd D is padded with a zero column.
 * @param right [P, D].
 * @returns [P], at least 0; differentiable in both.
 * @throws {TypeError|RangeError} When the shapes differ.
 *
 * O(P·D) time and memory.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cosentLoss, pairwiseAngle } from 'oasis-embed/losses';
 *
 * const left = tf.tensor2d([[1, 0], [0, 1]]);
 * const right = tf.tensor2d([[0.9, 0.1], [1, 0.2]]);
 * const angleLoss = cosentLoss(pairwiseAngle(left, right), [0.9, 0.2]);
 * if (!Number.isFinite((await angleLoss.data())[0])) throw new Error('the loss must be finite');
 * ```
 *
 * @see Li and Li, AnglE-optimized text embeddings (2023), arXiv 2309.12871, equations 5 to 7.
 */
export const pairwiseAngle = (left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor1D => {
  checkSameShape(left, right);
  return tf.tidy(() => {
    const [a, b] = complexHalves(left);
    const [c, d] = complexHalves(right);
    const real = tf.add(tf.mul(a, c), tf.mul(b, d));
    const imaginary = tf.sub(tf.mul(b, c), tf.mul(a, d));
    return tf.abs(tf.sum(tf.add(real, imaginary), 1)) as tf.Tensor1D;
  });
};

const complexHalves = (rows: tf.Tensor2D): [tf.Tensor2D, tf.Tensor2D] => {
  const even =
    rows.shape[1] % 2 === 0
      ? rows
      : tf.pad2d(rows, [
          [0, 0],
          [0, 1],
        ]);
  return tf.split(safeNormalize(even), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
};

/** Options of CoSENT on rows of embeddings: those on scores, and how rows are scored. */
export interface CosentEmbeddingOptions extends CosentOptions {
  /** How two rows are scored. @defaultValue 'cosine' */
  readonly score?: 'cosine' | 'angle';
}

const COSENT_EMBEDDING_OPTIONS: OptionNames<CosentEmbeddingOptions> = {
  score: true,
  temperature: true,
  margin: true,
  weights: true,
  groups: true,
  normalize: true,
};

/**
 * The CoSENT loss of two aligned embedding tensors; with `score: 'angle'` the AnglE loss.
 *
 * L = cosentLoss(score(left_i, right_i), labels)
 *
 * @param left [P, D].
 * @param right [P, D].
 * @param labels [P].
 * @returns Scalar; ties, masks and empty input as in {@link cosentLoss}.
 * @throws {TypeError|RangeError} Everything that the score function and cosentLoss reject.
 *
 * O(P·D + P log P) time, O(P·D) memory.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cosentEmbeddingLoss } from 'oasis-embed/losses';
 *
 * const queries = tf.tensor2d([[1, 0], [1, 0]]);
 * const codes = tf.tensor2d([[1, 0.1], [0, 1]]);
 * const loss = cosentEmbeddingLoss(queries, codes, [0.9, 0.1]);
 * if (!((await loss.data())[0]! < 1e-6)) throw new Error('these pairs are in order');
 * ```
 */
export const cosentEmbeddingLoss = (
  left: tf.Tensor2D,
  right: tf.Tensor2D,
  labels: Numbers,
  options: CosentEmbeddingOptions = {},
): tf.Scalar => {
  checkOptions('cosentEmbeddingLoss', options, COSENT_EMBEDDING_OPTIONS);
  const { score = 'cosine', ...cosent } = options;
  checkOneOf('score', score, ['cosine', 'angle']);
  checkSameShape(left, right);
  const settings = readCosentArguments(left.shape[0], labels, cosent);
  const scoreOf = score === 'cosine' ? pairwiseCosine : pairwiseAngle;
  return tf.tidy(() => cosentOfOrder(scoreOf(left, right), settings));
};

const checkSameShape = (left: tf.Tensor2D, right: tf.Tensor2D): void => {
  checkTensor('left', left, ['P', 'D']);
  checkTensor('right', right, ['P', 'D']);
  if (left.shape[0] !== right.shape[0] || left.shape[1] !== right.shape[1]) {
    throw new RangeError(
      `right must have shape [P, D] = [${left.shape.join(', ')}] as left, received [${right.shape.join(', ')}]`,
    );
  }
};
