import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../numerics/index.js';
import {
  ADAM_W_OPTIONS,
  type AdamWOptions,
  adamWOverVariables,
  checkAdamWOptions,
  type PartialAdamW,
} from './adam-w.js';
import { stableNames } from './stable-names.js';

type NamedTensor = Awaited<ReturnType<tf.Optimizer['getWeights']>>[number];

/** AdamW for whatever takes an optimizer of TensorFlow.js. */
export interface AdamWOptimizer extends tf.Optimizer {
  /** η of the next step; a schedule may change it. */
  learningRate: number;
}

/**
 * Adam with decoupled weight decay as a `tf.Optimizer`: for `minimize`, `applyGradients` and
 * `model.compile({ optimizer })`.
 *
 * w ← w − η·(m̂ / (√v̂ + ε) + λ·w), with m̂ and v̂ the bias-corrected means.
 *
 * The steps are those of {@link createAdamW}. Variables of rank 2 and more decay, biases and scales do not. A variable
 * without a gradient in a step stays as it is, moments included. `getWeights` and `setWeights` carry the state of the
 * optimizer, as `model.save` with `includeOptimizer` stores it: the count of steps and both moments, in the order in
 * which variables first came.
 *
 * @param learningRate η, at least 0.
 * @throws {TypeError|RangeError} When an option is unknown or out of its range.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { adamWOptimizer } from 'oasis-embed/training';
 * import { cosentLoss } from 'oasis-embed/losses';
 *
 * const model = tf.sequential({
 *   layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros' })],
 * });
 * model.compile({
 *   optimizer: adamWOptimizer(0.05, { weightDecay: 0.1 }),
 *   loss: (labels: tf.Tensor, scores: tf.Tensor) => cosentLoss(scores as tf.Tensor2D, labels),
 * });
 * const [features, labels] = [tf.tensor2d([[1, 0], [0, 1], [1, 1]]), tf.tensor2d([[0.1], [0.5], [0.9]])];
 * const { history } = await model.fit(features, labels, { epochs: 20, verbose: 0 });
 * console.log(history.loss!.at(-1)! < history.loss![0]!); // true
 * ```
 *
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019
 */
export const adamWOptimizer = (learningRate: number, options: AdamWOptions = {}): AdamWOptimizer => {
  checkOptions('adamWOptimizer', options, ADAM_W_OPTIONS);
  checkLearningRate(learningRate);
  return new (optimizerClass())(learningRate, checkAdamWOptions(options));
};

const checkLearningRate = (rate: number): void => {
  if (!(Number.isFinite(rate) && rate >= 0))
    throw new RangeError(`learningRate must be finite and at least 0, received ${rate}`);
};

type OptimizerClass = new (learningRate: number, options: Required<AdamWOptions>) => AdamWOptimizer;

let known: OptimizerClass | null = null;

/** Made when it is first used: a class at the top of a module would be in every bundle of any other part. */
const optimizerClass = (): OptimizerClass => {
  known ??= class AdamW extends tf.Optimizer implements AdamWOptimizer {
    static get className(): string {
      return 'AdamW';
    }

    static override fromConfig<T extends tf.serialization.Serializable>(
      _: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      const { learningRate: rate, ...options } = config as unknown as Required<AdamWOptions> & {
        learningRate: number;
      };
      return adamWOptimizer(rate, options) as unknown as T;
    }

    #variables: tf.Variable[] = [];
    #steps: PartialAdamW | null = null;
    #pending: NamedTensor[] = [];
    #learningRate: number;
    readonly #options: Required<AdamWOptions>;

    constructor(rate: number, options: Required<AdamWOptions>) {
      super();
      this.#learningRate = rate;
      this.#options = options;
    }

    get learningRate(): number {
      return this.#learningRate;
    }

    set learningRate(rate: number) {
      checkLearningRate(rate);
      this.#learningRate = rate;
    }

    override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
      if (typeof gradients !== 'object' || gradients === null)
        throw new TypeError(`gradients must be tensors by name, received ${String(gradients)}`);
      const byName = new Map(
        Array.isArray(gradients)
          ? gradients.map(({ name, tensor }) => [name, tensor] as const)
          : Object.entries(gradients),
      );
      const registered = tf.engine().registeredVariables;
      const named = [...byName.keys()].map((name) => {
        const variable = registered[name];
        if (variable === undefined)
          throw new RangeError(`gradients must name variables that exist, received ${name}`);
        const shape = byName.get(name)?.shape ?? variable.shape;
        if (!tf.util.arraysEqual(shape, variable.shape)) {
          const expected = `[${variable.shape.join(', ')}]`;
          throw new RangeError(
            `gradients of ${name} must have shape ${expected}, received [${shape.join(', ')}]`,
          );
        }
        return variable;
      });
      const fresh = named.filter((variable) => !this.#variables.includes(variable));
      if (fresh.length > 0) this.#grow(fresh);
      const inOrder = this.#variables.map((variable) => byName.get(variable.name) ?? null);
      this.#steps?.updateSome(inOrder, this.#learningRate, this.iterations + 1, 1);
      this.incrementIterations();
    }

    /** Takes in variables that came for the first time; what is known of the others stays. */
    #grow(fresh: readonly tf.Variable[]): void {
      const before = this.#moments();
      this.#steps?.dispose();
      this.#variables = [...this.#variables, ...fresh];
      this.#steps = adamWOverVariables(this.#variables, this.#options);
      const names = stableNames(this.#variables);
      const stored = [...before, ...this.#pending.slice(before.length)];
      const state = new Map<string, { shape: number[]; data: Float32Array }>();
      this.#variables.forEach(({ shape, size }, i) => {
        (['first', 'second'] as const).forEach((moment, m) => {
          const tensor = stored[2 * i + m]?.tensor;
          const data = tensor === undefined ? new Float32Array(size) : Float32Array.from(tensor.dataSync());
          state.set(`${moment}/${names[i]}`, { shape: tensor?.shape ?? shape, data });
        });
      });
      this.#steps.restore(state);
      tf.dispose(before.map(({ tensor }) => tensor));
      if (this.#variables.length * 2 >= this.#pending.length) this.#forget();
    }

    #forget(): void {
      tf.dispose(this.#pending.map(({ tensor }) => tensor));
      this.#pending = [];
    }

    /** Copies of both moments, variable by variable. */
    #moments(): NamedTensor[] {
      const names = this.#variables.map(({ name }) => name);
      return (this.#steps?.moments() ?? []).map((tensor, k) => ({
        name: `${names[k >> 1]}/${k % 2 === 0 ? 'm' : 'v'}`,
        tensor,
      }));
    }

    override async getWeights(): Promise<NamedTensor[]> {
      const moments =
        this.#pending.length > 0
          ? this.#pending.map(({ name, tensor }) => ({ name, tensor: tensor.clone() }))
          : this.#moments();
      return [await this.saveIterations(), ...moments];
    }

    /** They are taken up when the variables come, with the next gradients. */
    override async setWeights(weights: NamedTensor[]): Promise<void> {
      const moments = await this.extractIterations(weights);
      if (moments.length % 2 !== 0)
        throw new RangeError(`weights must hold two moments a variable, received ${moments.length}`);
      this.dispose();
      this.#pending = moments.map(({ name, tensor }) => ({ name, tensor: tf.keep(tensor.clone()) }));
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { learningRate: this.#learningRate, ...this.#options };
    }

    override dispose(): void {
      this.#steps?.dispose();
      this.#steps = null;
      this.#variables = [];
      this.#forget();
    }
  } as unknown as OptimizerClass;
  return known;
};
