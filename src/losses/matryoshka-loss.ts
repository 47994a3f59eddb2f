import * as tf from '@tensorflow/tfjs';
import { checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { safeNormalize, withCleanGradient } from '../numerics/tensors/index.js';
import {
  checkBoolean,
  checkLength,
  checkOptions,
  checkTensor,
  type Numbers,
  readWeights,
  refuse,
} from './checks.js';

export interface MatryoshkaOptions {
  /** Leading widths to train, each at most D. */
  readonly dimensions: readonly number[];
  /** One per width. @defaultValue all 1 */
  readonly weights?: Numbers;
  /** Scale each truncated row to length 1 again; zero rows stay zero. @defaultValue true */
  readonly unitLength?: boolean;
  /** How many of `dimensions` a call takes, drawn anew each time: a step costs less. @defaultValue all of them */
  readonly dimensionsPerStep?: number;
  /** Draws the widths of a step: numbers in [0, 1), such as a seeded generator's. @defaultValue Math.random */
  readonly random?: () => number;
}

const MATRYOSHKA_OPTIONS: OptionNames<MatryoshkaOptions> = {
  dimensions: true,
  weights: true,
  unitLength: true,
  dimensionsPerStep: true,
  random: true,
};

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
  checkOptions('matryoshkaLoss', options, MATRYOSHKA_OPTIONS);
  const { dimensions, unitLength = true, random = Math.random } = options;
  checkBoolean('unitLength', unitLength);
  if (typeof random !== 'function') refuse('random', 'be a function', random, TypeError);
  if (!Array.isArray(embeddings)) refuse('embeddings', 'be an array of tensors', embeddings, TypeError);
  if (embeddings.length === 0)
    throw new RangeError('embeddings must hold at least one tensor, received none');
  const width = embeddings[0]?.shape?.[1] ?? 0;
  embeddings.forEach((embedding, i) => {
    checkTensor(`embeddings[${i}]`, embedding, ['·', 'D']);
    if (embedding.shape[1] !== width)
      refuse(`embeddings[${i}]`, `have D = ${width} columns`, embedding.shape[1]);
  });
  checkLength('dimensions', 'W', dimensions, dimensions?.length);
  if (dimensions.length === 0) throw new RangeError('dimensions must name at least one width, received none');
  for (const dimension of dimensions) {
    if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= width))
      refuse('dimensions', `be whole numbers in [1, D] = [1, ${width}]`, dimension);
  }
  const weights = readWeights(options.weights, 'dimensions', dimensions.length);
  const { dimensionsPerStep = dimensions.length } = options;
  checkPositiveInteger('dimensionsPerStep', dimensionsPerStep);
  if (dimensionsPerStep > dimensions.length)
    refuse('dimensionsPerStep', `be at most the ${dimensions.length} of dimensions`, dimensionsPerStep);
  const taken = draw(dimensions.length, dimensionsPerStep, random);
  return tf.tidy(() => {
    const inputs = embeddings.map((embedding) => withCleanGradient(embedding));
    const terms = taken.flatMap((i) => {
      const dimension = dimensions[i]!;
      const weight = weights?.[i] ?? 1;
      if (weight === 0) return [];
      const truncated = inputs.map((embedding) => {
        const slice = tf.slice2d(embedding, [0, 0], [-1, dimension]);
        return unitLength ? safeNormalize(slice) : slice;
      });
      const term: unknown = loss(...truncated);
      if (!(term instanceof tf.Tensor && term.size === 1)) refuse('loss', 'return a scalar', term, TypeError);
      return [tf.mul(term as tf.Scalar, weight) as tf.Scalar];
    });
    return terms.length === 0 ? tf.scalar(0) : (tf.addN(terms) as tf.Scalar);
  });
};

/** `count` positions of [0, length), each set of them as likely as any other, in rising order. */
const draw = (length: number, count: number, random: () => number): number[] => {
  const all = Array.from({ length }, (_, i) => i);
  if (count === length) return all;
  for (let i = 0; i < count; i++) {
    const other = i + Math.min(Math.floor(random() * (length - i)), length - i - 1);
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, count).sort((a, b) => a - b);
};
