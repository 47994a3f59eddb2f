import * as tf from '@tensorflow/tfjs';
import type { NamedTensor } from '../encoders/index.js';
import {
  type AdamWStep,
  adamWStep,
  checkOptions,
  checkWholeNumber,
  hostAdamW,
  type OptionNames,
} from '../numerics/index.js';
import { fusedAdamW, isHalfPrecision } from '../numerics/tensors/index.js';
import { halfAdamW } from './half-adam-w.js';
import { flattened, parameterBuckets, unflattened } from './parameter-buckets.js';
import { stableNames } from './stable-names.js';
import { updatesOnHost } from './updates-on-host.js';

/** The constants of AdamW, and which variables do not decay. */
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
   * @throws {TypeError|RangeError} When a gradient is missing or not of its variable's shape, the rate is negative, or
   * the step below 1; before anything changes.
   */
  update(gradients: readonly tf.Tensor[], learningRate: number, step: number, gradientScale: number): void;
  /** The two moments of each variable, as `first/NAME` and `second/NAME`, variable by variable. */
  state(): Promise<Map<string, NamedTensor>>;
  /**
   * Takes up moments by name; where none of the names is known, as in a `tf.layers` model that was built again and whose
   * layers got other numbers, by position, if all shapes agree.
   *
   * @throws Error When a moment is missing or of another shape; before anything changes.
   */
  restore(state: ReadonlyMap<string, NamedTensor>): void;
  dispose(): void;
}

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
 * @throws {TypeError|RangeError} When a beta is not in [0, 1), epsilon not above 0, the decay negative, or a variable none.
 *
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019
 */
export const createAdamW = (variables: readonly tf.Variable[], options: AdamWOptions = {}): AdamW => {
  checkOptions('createAdamW', options, ADAM_W_OPTIONS);
  if (!Array.isArray(variables))
    throw new TypeError(`variables must be an array of variables, received ${String(variables)}`);
  if (variables.length === 0)
    throw new RangeError('variables must hold at least one variable, received none');
  const twice = variables.findIndex((variable, i) => variables.indexOf(variable) < i);
  if (twice >= 0)
    throw new RangeError(`variables must differ from one another, received ${variables[twice]!.name} twice`);
  const { updateSome, ...optimizer } = adamWOverVariables(variables, options);
  return {
    ...optimizer,
    update(gradients, learningRate, step, gradientScale) {
      checkGradients(gradients, variables);
      checkRate('gradientScale', gradientScale);
      updateSome(gradients, learningRate, step, gradientScale);
    },
  };
};

const checkGradients = (gradients: readonly tf.Tensor[], variables: readonly tf.Variable[]): void => {
  if (gradients?.length !== variables.length) {
    throw new RangeError(
      `gradients must be one for each of ${variables.length} variables, received ${gradients?.length ?? gradients}`,
    );
  }
  variables.forEach(({ name, shape }, i) => {
    const gradient: unknown = gradients[i];
    const isTensor = gradient instanceof tf.Tensor;
    if (isTensor && gradient.shape.join() === shape.join()) return;
    throw new TypeError(
      `gradients[${i}] must be a tensor of shape [${shape.join(', ')}] as ${name}, ` +
        `received ${isTensor ? `shape [${gradient.shape.join(', ')}]` : String(gradient)}`,
    );
  });
};

const checkRate = (name: string, rate: number): void => {
  if (!(Number.isFinite(rate) && rate >= 0))
    throw new RangeError(`${name} must be finite and at least 0, received ${rate}`);
};

/** Refuses settings that no step could be taken with. */
export const checkAdamWOptions = ({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0.01,
}: AdamWOptions): Required<AdamWOptions> => {
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`${name} must lie in [0, 1), received ${beta}`);
  if (!(Number.isFinite(epsilon) && epsilon > 0))
    throw new RangeError(`epsilon must be finite and above 0, received ${epsilon}`);
  checkRate('weightDecay', weightDecay);
  return { beta1, beta2, epsilon, weightDecay };
};

/** {@link AdamW} that leaves variables without a gradient, and their moments, as they are. */
export interface PartialAdamW extends Omit<AdamW, 'update'> {
  updateSome(
    gradients: readonly (tf.Tensor | null)[],
    learningRate: number,
    step: number,
    gradientScale: number,
  ): void;
  /** Copies of the first and the second moment of each variable, in turn; the caller disposes of them. */
  moments(): tf.Tensor[];
}

type Moment = tf.Tensor | Float32Array;

/** Variables that are updated together, and their moments, one after another. */
interface Bucket {
  readonly members: readonly number[];
  first: Moment;
  second: Moment;
}

export const adamWOverVariables = (
  variables: readonly tf.Variable[],
  options: AdamWOptions,
): PartialAdamW => {
  const { beta1, beta2, epsilon, weightDecay } = checkAdamWOptions(options);
  variables.forEach((variable: unknown, i) => {
    if (!(variable instanceof tf.Variable) || variable.isDisposed) {
      const kind = variable instanceof tf.Variable ? 'disposed variable' : 'tensor';
      const came =
        variable instanceof tf.Tensor ? `a ${kind} of shape [${variable.shape}]` : String(variable);
      throw new TypeError(`variables[${i}] must be a tf.Variable, received ${came}`);
    }
  });
  const onHost = updatesOnHost();
  // There `second` holds the root of the moment, and its square is what is saved.
  const halved = isHalfPrecision();
  const names = stableNames(variables);
  const sizeOf = (members: readonly number[]) => members.reduce((sum, i) => sum + variables[i]!.size, 0);
  let buckets: Bucket[] = parameterBuckets(variables).map((members) => {
    const size = sizeOf(members);
    const zeros = (): Moment =>
      onHost ? new Float32Array(size) : (tf.tidy(() => tf.keep(tf.zeros([size]))) as tf.Tensor);
    return { members, first: zeros(), second: zeros() };
  });

  /** A bucket in two, where only some of its members have a gradient. */
  const split = (bucket: Bucket, gradients: readonly (tf.Tensor | null)[]): Bucket[] => {
    const [some, others] = [true, false].map((wanted) =>
      bucket.members.filter((i) => (gradients[i] !== null) === wanted),
    ) as [number[], number[]];
    if (some.length === 0 || others.length === 0) return [bucket];
    const { first, second } = bucket as { first: tf.Tensor; second: tf.Tensor };
    const owned = bucket.members.map((i) => variables[i]!);
    const parts = tf.tidy(() => {
      const [firsts, seconds] = [unflattened(first, owned), unflattened(second, owned)];
      return [some, others].map((members) => {
        const of = (moments: tf.Tensor[]) =>
          tf.keep(flattened(members.map((i) => moments[bucket.members.indexOf(i)]!)).clone());
        return { members, first: of(firsts), second: of(seconds) };
      });
    });
    tf.dispose([first, second]);
    return parts;
  };

  const updateBucket = (
    bucket: Bucket,
    gradients: readonly (tf.Tensor | null)[],
    settings: AdamWStep,
  ): void => {
    const { first, second } = bucket;
    const owned = bucket.members.map((i) => variables[i]!);
    if (first instanceof Float32Array || second instanceof Float32Array) {
      const [variable, gradient] = [owned[0]!, gradients[bucket.members[0]!]!];
      const [weights, slope] = [variable.dataSync<'float32'>(), gradient.dataSync<'float32'>()];
      const next = new Float32Array(weights.length);
      hostAdamW(weights, slope, first as Float32Array, second as Float32Array, settings, next);
      tf.tidy(() => variable.assign(tf.tensor(next, variable.shape)));
      return;
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
  };

  return {
    updateSome(gradients, learningRate, step, gradientScale) {
      checkRate('learningRate', learningRate);
      checkWholeNumber('step', step, 1);
      if (gradients.includes(null)) buckets = buckets.flatMap((bucket) => split(bucket, gradients));
      for (const bucket of buckets) {
        const lead = bucket.members[0]!;
        if (gradients[lead] === null) continue;
        const decay = variables[lead]!.rank >= 2 ? weightDecay : 0;
        const asked = { learningRate, beta1, beta2, epsilon, weightDecay: decay, step, gradientScale };
        updateBucket(bucket, gradients, adamWStep(asked));
      }
    },
    moments() {
      return tf.tidy(() => {
        const copies: tf.Tensor[] = [];
        for (const bucket of buckets) {
          const owned = bucket.members.map((i) => variables[i]!);
          [bucket.first, bucket.second].forEach((moment, m) => {
            if (halved && m === 1 && moment instanceof tf.Tensor) {
              // Squares that 16 bits cannot hold stay on the host until the device asks for them.
              const roots = moment.dataSync<'float32'>();
              let start = 0;
              owned.forEach(({ shape, size }, k) => {
                const squares = roots.slice(start, start + size).map((root) => root * root);
                copies[2 * bucket.members[k]! + m] = tf.tensor(squares, shape);
                start += size;
              });
              return;
            }
            // A product is a copy; a reshaped tensor would share values that the WASM backend changes in place.
            const flat = moment instanceof Float32Array ? tf.tensor1d(moment.slice()) : tf.mul(moment, 1);
            unflattened(flat, owned).forEach((part, k) => {
              copies[2 * bucket.members[k]! + m] = part;
            });
          });
        }
        return copies;
      });
    },
    async state() {
      const moments = { first: new Map<number, NamedTensor>(), second: new Map<number, NamedTensor>() };
      for (const bucket of buckets) {
        for (const moment of ['first', 'second'] as const) {
          const held = bucket[moment];
          const kept = held instanceof Float32Array ? held : await held.data<'float32'>();
          const data = halved && moment === 'second' ? kept.map((root) => root * root) : kept;
          let start = 0;
          for (const i of bucket.members) {
            const { shape, size } = variables[i]!;
            moments[moment].set(i, { shape, data: data.slice(start, start + size) });
            start += size;
          }
        }
      }
      return new Map(
        names.flatMap((name, i) =>
          (['first', 'second'] as const).map(
            (moment) => [`${moment}/${name}`, moments[moment].get(i)!] as const,
          ),
        ),
      );
    },
    restore(state) {
      const stored = storedMoments(state, variables, names);
      for (const bucket of buckets) {
        for (const moment of ['first', 'second'] as const) {
          const values = new Float32Array(sizeOf(bucket.members));
          let start = 0;
          for (const i of bucket.members) {
            const { data } = stored[i]![moment];
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

/** The stored moments of each variable. */
const storedMoments = (
  state: ReadonlyMap<string, NamedTensor>,
  variables: readonly tf.Variable[],
  names: readonly string[],
): { first: NamedTensor; second: NamedTensor }[] => {
  const wanted = names.flatMap((name) => [`first/${name}`, `second/${name}`]);
  const inOrder = [...state.values()];
  const byPosition = inOrder.length === wanted.length && !wanted.some((name) => state.has(name));
  const found = wanted.map((name, k) => {
    const moment = byPosition ? inOrder[k] : state.get(name);
    const { shape } = variables[k >> 1]!;
    if (moment?.shape.join() !== shape.join()) {
      const came = moment === undefined ? 'none' : `[${moment.shape.join(', ')}]`;
      throw new Error(`optimizer state ${name} must have shape [${shape.join(', ')}], received ${came}`);
    }
    return moment;
  });
  return variables.map((_, i) => ({ first: found[2 * i]!, second: found[2 * i + 1]! }));
};
