import * as tf from '@tensorflow/tfjs';
import type { NamedTensor } from '../encoders/index.js';

export interface AdamWOptions {
  /** Decay of the mean of gradients. @defaultValue 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. @defaultValue 0.999 */
  readonly beta2?: number;
  /** @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** Decoupled decay, a factor of the learning rate, on variables of rank 2 and more. @defaultValue 0.01 */
  readonly weightDecay?: number;
}

export interface AdamW {
  /**
   * One update of all variables.
   *
   * @param gradients In the order of the variables; not disposed.
   * @param step Counted from 1, for the bias correction.
   * @param gradientScale Multiplies every gradient first: clipping without another pass.
   */
  update(gradients: readonly tf.Tensor[], learningRate: number, step: number, gradientScale: number): void;
  /** The two moments of each variable, by `name`. */
  state(): Promise<Map<string, NamedTensor>>;
  restore(state: ReadonlyMap<string, NamedTensor>): void;
  dispose(): void;
}

/** The name of a variable within its model: what stands after the model's own scope. */
export const stableName = (variable: tf.Variable): string =>
  variable.name.slice(variable.name.indexOf('/') + 1);

/**
 * Adam with decoupled weight decay, over device tensors whose moments can be saved and restored exactly.
 *
 * w ← w − η·(m̂ / (√v̂ + ε) + λ·w), with m̂ and v̂ the bias-corrected means.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { createAdamW } from 'oasis-embed/training';
 *
 * const weights = tf.variable(tf.tensor1d([3, -2]));
 * const optimizer = createAdamW([weights]);
 * for (let step = 1; step <= 3; step++) {
 *   const { grads, value } = tf.variableGrads(() => tf.sum(tf.square(weights)), [weights]);
 *   optimizer.update([grads[weights.name]!], 0.1, step, 1);
 *   tf.dispose([grads, value]);
 * }
 * console.log(await weights.data()); // about [2.7, -1.7]
 * ```
 *
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019
 */
export const createAdamW = (
  variables: readonly tf.Variable[],
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions = {},
): AdamW => {
  const zeros = (variable: tf.Variable) => tf.tidy(() => tf.keep(tf.zeros(variable.shape)));
  const first = variables.map(zeros);
  const second = variables.map(zeros);
  const replace = (moments: tf.Tensor[], i: number, value: tf.Tensor) => {
    moments[i]!.dispose();
    moments[i] = tf.keep(value);
  };
  const moments = [
    ['first', first],
    ['second', second],
  ] as const;

  return {
    update(gradients, learningRate, step, gradientScale) {
      const correction1 = 1 - beta1 ** step;
      const correction2 = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * correction2) / correction1;
      variables.forEach((variable, i) => {
        tf.tidy(() => {
          const gradient = gradients[i]!;
          const squared = tf.mul(tf.square(gradient), gradientScale ** 2 * (1 - beta2));
          const mean = tf.add(tf.mul(first[i]!, beta1), tf.mul(gradient, gradientScale * (1 - beta1)));
          const variance = tf.add(tf.mul(second[i]!, beta2), squared);
          const direction = tf.div(mean, tf.add(tf.sqrt(variance), epsilon * correction2));
          const decay = variable.rank >= 2 ? 1 - learningRate * weightDecay : 1;
          const kept = decay === 1 ? variable : tf.mul(variable, decay);
          variable.assign(tf.sub(kept, tf.mul(direction, rate)));
          replace(first, i, mean);
          replace(second, i, variance);
        });
      });
    },
    async state() {
      const state = new Map<string, NamedTensor>();
      for (const [moment, tensors] of moments) {
        for (const [i, variable] of variables.entries()) {
          const data = await tensors[i]!.data<'float32'>();
          state.set(`${moment}/${stableName(variable)}`, { shape: variable.shape, data });
        }
      }
      return state;
    },
    restore(state) {
      for (const [moment, tensors] of moments) {
        variables.forEach((variable, i) => {
          const name = `${moment}/${stableName(variable)}`;
          const stored = state.get(name);
          if (stored?.shape.join() !== variable.shape.join()) {
            throw new Error(`optimizer state ${name} must have shape [${variable.shape.join(', ')}]`);
          }
          replace(tensors as tf.Tensor[], i, tf.tensor(stored.data, variable.shape));
        });
      }
    },
    dispose() {
      for (const tensor of [...first, ...second]) tensor.dispose();
    },
  };
};
