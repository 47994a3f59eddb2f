import * as tf from '@tensorflow/tfjs';
import { sumOfSquares } from '../numerics/tensors/index.js';
import { flattened, parameterBuckets } from './parameter-buckets.js';
import { stableNames } from './stable-names.js';
import { hostSumOfSquares, updatesOnHost } from './updates-on-host.js';

/** Σ g² over all gradients: a number where the backend can say it at once, else a scalar tensor. */
export const squaredNorm = (
  gradients: readonly tf.Tensor[],
  variables: readonly tf.Variable[],
): number | tf.Scalar => {
  let sum = 0;
  for (const gradient of gradients) {
    const squares = updatesOnHost() ? hostSumOfSquares(gradient) : sumOfSquares(gradient);
    if (squares === null) return deviceNorm(gradients, variables);
    sum += squares;
  }
  return sum;
};

const deviceNorm = (gradients: readonly tf.Tensor[], variables: readonly tf.Variable[]): tf.Scalar =>
  tf.tidy(() => {
    const parts = parameterBuckets(variables).map((members) =>
      tf.sum(tf.square(flattened(members.map((i) => gradients[i]!)))),
    );
    return (parts.length === 1 ? parts[0]! : tf.sum(tf.stack(parts))) as tf.Scalar;
  });

/** The name of the first variable whose gradient is not finite, to be asked when their norm is not. */
export const firstNotFinite = async (
  gradients: readonly tf.Tensor[],
  variables: readonly tf.Variable[],
): Promise<string | null> => {
  for (const [i, gradient] of gradients.entries()) {
    const values = await gradient.data();
    if (values.some((value) => !Number.isFinite(value))) return stableNames(variables)[i]!;
  }
  return null;
};
