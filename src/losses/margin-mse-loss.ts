import * as tf from '@tensorflow/tfjs';
import { customGradient, gatherRows, scatterRows } from '../numerics/tensors/index.js';
import { readScores } from './check-tensors.js';
import { checkOptions, type Numbers } from './checks.js';
import {
  type Classes,
  MARGIN_MSE_OPTIONS,
  type MarginMseOptions,
  readMarginMseArguments,
} from './margin-mse-options.js';

/**
 * The MarginMSE loss: the difference of two scores should be the difference of their labels, which a teacher gave.
 *
 * L = Σ w_i w_j ((s_i − s_j) − (y_i − y_j))² / Σ w_i w_j
 *
 * over the margins of a group: of its positives i with its other items j, or of every two items once. Unlike CoSENT it
 * asks for distances, so scores and labels must be on one scale; unlike a mean squared error it ignores what is added to
 * all of a group. Without any margin the loss is 0 with a zero gradient.
 *
 * @param scores [P] or [P, 1].
 * @param labels [P], the teacher's scores; these, groups, marks and weights may be tensors, which are read back.
 * @returns Scalar, at least 0; differentiable in scores.
 * @throws {TypeError|RangeError} As {@link cosentLoss}, before any kernel runs.
 *
 * O(P) time and memory, however many margins there are.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { marginMseLoss } from 'oasis-embed/losses';
 *
 * const teacher = [0.9, 0.2, 0.1];
 * const positive = [true, false, false];
 * const shifted = marginMseLoss(tf.tensor1d([0.8, 0.1, 0.0]), teacher, { positive });
 * const equal = marginMseLoss(tf.tensor1d([0.5, 0.5, 0.5]), teacher, { positive });
 * console.log((await shifted.data())[0]); // about 0.000: margins of 0.7 and 0.8, as the teacher has them
 * console.log((await equal.data())[0]); // about 0.565: the mean of 0.7² and 0.8²
 * ```
 *
 * @see Hofstätter et al., Improving efficient neural ranking models with cross-architecture knowledge distillation (2020),
 * arXiv 2010.02666.
 */
export const marginMseLoss = (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  options: MarginMseOptions = {},
): tf.Scalar => {
  checkOptions('marginMseLoss', options, MARGIN_MSE_OPTIONS);
  return tf.tidy(() => {
    const flat = readScores(scores);
    const { values, classes, byMark, reduction } = readMarginMseArguments(flat.size, labels, options);
    if (classes.pairMass === 0) return zero(flat);
    const errors = tf.sub(flat, tf.tensor1d(Float32Array.from(values))) as tf.Tensor1D;
    const total = squaredDifferences(errors, classes, byMark);
    return tf.mul(total, reduction === 'sum' ? classes.unit ** 2 : 1 / classes.pairMass);
  });
};

/**
 * Σ w_i w_j (e_i − e_j)² over the margins, by the spread of each class about its mean and the distance of two means: a sum
 * of squares, so that nothing cancels.
 */
const squaredDifferences = (
  errors: tf.Tensor1D,
  { classOf, weights, mass }: Classes,
  byMark: boolean,
): tf.Scalar => {
  const own = tf.tensor1d(weights);
  const inverse = tf.tensor1d(mass.map((m) => (m === 0 ? 0 : 1 / m)));
  const means = tf.mul(scatterRows(tf.mul(errors, own), classOf, mass.length), inverse) as tf.Tensor1D;
  const spread = tf.mul(tf.square(tf.sub(errors, gatherRows(means, classOf))), own) as tf.Tensor1D;
  const spreads = scatterRows(spread, classOf, mass.length);
  if (!byMark) return tf.sum(tf.mul(spreads, tf.tensor1d(mass)));
  const partner = Int32Array.from(mass, (_, index) => index ^ 1);
  const partnerMass = mass.map((_, index) => mass[index ^ 1]!);
  const apart = tf.square(tf.sub(means, gatherRows(means, partner)));
  // Each distance stands in both classes of its group.
  const between = tf.mul(apart, tf.tensor1d(mass.map((m, index) => (m * partnerMass[index]!) / 2)));
  return tf.sum(tf.add(tf.mul(spreads, tf.tensor1d(partnerMass)), between));
};

const zero = (scores: tf.Tensor1D): tf.Scalar =>
  customGradient([scores], () => ({
    value: tf.scalar(0),
    saved: [],
    gradient: () => [tf.zeros(scores.shape)],
  }));
