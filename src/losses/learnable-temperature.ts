import * as tf from '@tensorflow/tfjs';
import type { OptionNames } from '../numerics/index.js';
import { customGradient } from '../numerics/tensors/index.js';
import { checkOptions, checkTemperature } from './checks.js';

/** Where a {@link learnableTemperature} starts, and between which bounds it stays. */
export interface LearnableTemperatureOptions {
  /** @defaultValue 0.05 */
  readonly initial?: number;
  /** @defaultValue 0.01 */
  readonly minimum?: number;
  /** @defaultValue 1 */
  readonly maximum?: number;
  /** Name of the variable, for checkpoints. @defaultValue given by TensorFlow.js */
  readonly name?: string;
}

/** A temperature that training adjusts within bounds. */
export interface LearnableTemperature {
  /** log τ, to be trained along with the model. */
  readonly variable: tf.Variable<tf.Rank.R0>;
  /** τ, inside the bounds; call it within the loss so that it is differentiated. */
  readonly value: () => tf.Scalar;
}

const LEARNABLE_TEMPERATURE_OPTIONS: OptionNames<LearnableTemperatureOptions> = {
  initial: true,
  minimum: true,
  maximum: true,
  name: true,
};

/**
 * A trainable temperature τ = exp(clamp(v, log τ_min, log τ_max)).
 *
 * At a bound, the gradient can still pull v back inside but not further out, so a clamped temperature does not get stuck.
 *
 * @returns The variable and the function that reads it.
 * @throws {RangeError} When a bound is not above 0 or the initial value lies outside the bounds.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cosentLoss, learnableTemperature } from 'oasis-embed/losses';
 *
 * const temperature = learnableTemperature({ initial: 0.05 });
 * const scores = tf.tensor1d([0.2, 0.9]);
 * const { grads } = tf.variableGrads(
 *   () => cosentLoss(scores, [1, 0], { temperature: temperature.value() }),
 *   [temperature.variable],
 * );
 * const [gradient] = await grads[temperature.variable.name]!.data();
 * if (!(gradient! < 0)) throw new Error('a wrong order costs less at a higher temperature');
 * temperature.variable.dispose();
 * ```
 *
 * @see Radford et al., CLIP (2021), arXiv 2103.00020, section 2.5.
 */
export const learnableTemperature = (options: LearnableTemperatureOptions = {}): LearnableTemperature => {
  checkOptions('learnableTemperature', options, LEARNABLE_TEMPERATURE_OPTIONS);
  const { initial = 0.05, minimum = 0.01, maximum = 1, name } = options;
  checkTemperature(minimum, 'minimum');
  checkTemperature(maximum, 'maximum');
  if (!(initial >= minimum && initial <= maximum)) {
    throw new RangeError(`initial must lie in [${minimum}, ${maximum}], received ${initial}`);
  }
  const variable = tf.variable(tf.scalar(Math.log(initial)), true, name) as tf.Variable<tf.Rank.R0>;
  const [low, high] = [Math.log(minimum), Math.log(maximum)];
  const value = (): tf.Scalar =>
    customGradient([variable], () => {
      const tau = tf.exp(tf.clipByValue(variable, low, high)) as tf.Scalar;
      return {
        value: tau,
        saved: [variable, tau],
        gradient: (dy, [v, current]) => {
          const pull = tf.mul(dy, current!);
          const outward = tf.logicalOr(
            tf.logicalAnd(tf.lessEqual(v!, low), tf.greater(pull, 0)),
            tf.logicalAnd(tf.greaterEqual(v!, high), tf.less(pull, 0)),
          );
          return [tf.where(outward, tf.zerosLike(pull), pull)];
        },
      };
    });
  return { variable, value };
};
