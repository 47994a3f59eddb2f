import * as tf from '@tensorflow/tfjs';
import type { NamedTensor } from '../encoders/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { type AdamWStep, fusedAdamW, isHalfPrecision } from '../numerics/tensors/index.js';
import { halfAdamW } from './half-adam-w.js';
import { hostAdamW, updatesOnHost } from './host-adam-w.js';
import { flattened, parameterBuckets, unflattened } from './parameter-buckets.js';

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

/** Both moments in place, by plain operations on any backend. Returns the new weights. */
const plainAdamW = (
  weights: tf.Tensor,
  gradient: tf.Tensor,
  first: tf.Tensor,
  second: tf.Tensor,
  { rate, keep, beta1, beta2, epsilon, gradientScale }: AdamWStep,
): { weights: tf.Tensor; first: tf.Tensor; second: tf.Tensor } => {
  const squared = tf.mul(tf.square(gradient), gradientScale ** 2 * (1 - beta2));
  const mean = tf.add(tf.mul(first, beta1), tf.mul(gradient, gradientScale * (1 - beta1)));
  const variance = tf.add(tf.mul(second, beta2), squared);
  const direction = tf.div(mean, tf.add(tf.sqrt(variance), epsilon));
  const kept = keep === 1 ? weights : tf.mul(weights, keep);
  return { weights: tf.sub(kept, tf.mul(direction, rate)), first: mean, second: variance };
};

export const ADAM_W_OPTIONS: OptionNames<AdamWOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
};

/**
 * Adam with decoupled weight decay, over device tensors whose moments can be saved and restored exactly.
 *
 * w ← w − η·(m̂ / (√v̂ + ε) + λ·w), with m̂ and v̂ the bias-corrected means.
 *
 * Small variables are updated together: a model of a hundred variables costs about as many kernels as one of two. On
 * the WASM backend a variable takes one kernel; on tfjs-node's processor, one loop on the host.
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
export const createAdamW = (variables: readonly tf.Variable[], options: AdamWOptions = {}): AdamW => {
  checkOptions('createAdamW', options, ADAM_W_OPTIONS);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  const onHost = updatesOnHost();
  // There `second` holds the root of the moment, and its square is what is saved.
  const halved = isHalfPrecision();
  const buckets = parameterBuckets(variables).map((members) => {
    const size = members.reduce((sum, i) => sum + variables[i]!.size, 0);
    const zeros = () =>
      onHost ? new Float32Array(size) : (tf.tidy(() => tf.keep(tf.zeros([size]))) as tf.Tensor);
    return { members, first: zeros(), second: zeros() };
  });

  return {
    update(gradients, learningRate, step, gradientScale) {
      const correction1 = 1 - beta1 ** step;
      const correction2 = Math.sqrt(1 - beta2 ** step);
      for (const bucket of buckets) {
        const owned = bucket.members.map((i) => variables[i]!);
        const settings = {
          rate: (learningRate * correction2) / correction1,
          keep: owned[0]!.rank >= 2 ? 1 - learningRate * weightDecay : 1,
          beta1,
          beta2,
          epsilon: epsilon * correction2,
          gradientScale,
        };
        const { first, second } = bucket;
        if (first instanceof Float32Array || second instanceof Float32Array) {
          const [variable, gradient] = [owned[0]!, gradients[bucket.members[0]!]!];
          const values = [variable, gradient].map((tensor) => tensor.dataSync<'float32'>());
          const next = hostAdamW(
            values[0]!,
            values[1]!,
            first as Float32Array,
            second as Float32Array,
            settings,
          );
          tf.tidy(() => variable.assign(tf.tensor(next, variable.shape)));
          continue;
        }
        tf.tidy(() => {
          const gradient = flattened(bucket.members.map((i) => gradients[i]!));
          const weights = flattened(owned);
          let next = fusedAdamW(weights, gradient, first, second, settings);
          if (next === null) {
            const result = (halved ? halfAdamW : plainAdamW)(weights, gradient, first, second, settings);
            tf.dispose([first, second]);
            bucket.first = tf.keep(result.first);
            bucket.second = tf.keep(result.second);
            next = result.weights;
          }
          unflattened(next, owned).forEach((value, i) => {
            owned[i]!.assign(value);
          });
        });
      }
    },
    async state() {
      const state = new Map<string, NamedTensor>();
      for (const { members, first, second } of buckets) {
        for (const [moment, tensor] of [
          ['first', first],
          ['second', second],
        ] as const) {
          const stored = tensor instanceof Float32Array ? tensor : await tensor.data<'float32'>();
          const data = halved && moment === 'second' ? stored.map((root) => root * root) : stored;
          let start = 0;
          for (const i of members) {
            const { shape, size } = variables[i]!;
            state.set(`${moment}/${stableName(variables[i]!)}`, {
              shape,
              data: data.slice(start, start + size),
            });
            start += size;
          }
        }
      }
      return state;
    },
    restore(state) {
      const stored = (moment: string, variable: tf.Variable): Float32Array => {
        const name = `${moment}/${stableName(variable)}`;
        const found = state.get(name);
        if (found?.shape.join() !== variable.shape.join()) {
          throw new Error(`optimizer state ${name} must have shape [${variable.shape.join(', ')}]`);
        }
        return found.data;
      };
      for (const bucket of buckets) {
        for (const moment of ['first', 'second'] as const) {
          const values = new Float32Array(bucket.members.reduce((sum, i) => sum + variables[i]!.size, 0));
          let start = 0;
          for (const i of bucket.members) {
            const data = stored(moment, variables[i]!);
            values.set(data, start);
            start += data.length;
          }
          const previous = bucket[moment];
          if (previous instanceof Float32Array) {
            previous.set(values);
            continue;
          }
          previous.dispose();
          const held = halved && moment === 'second' ? values.map(Math.sqrt) : values;
          bucket[moment] = tf.tidy(() => tf.keep(tf.tensor1d(held)));
        }
      }
    },
    dispose() {
      for (const { first, second } of buckets) {
        for (const moment of [first, second]) if (moment instanceof tf.Tensor) moment.dispose();
      }
    },
  };
};
