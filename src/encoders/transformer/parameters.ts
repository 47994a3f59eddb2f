import * as tf from '@tensorflow/tfjs';
import { matMul } from '../../numerics/tensors/index.js';
import { isTrainable, linear } from './linear.js';
import type { ParameterSpec } from './parameter-specs.js';

/** A low-rank update of some columns of a linear map: scale · (x · a) · b. */
export interface LowRankUpdate {
  /** The linear map of the checkpoint that it updates, such as `encoder.layer.0.attention.self.query`. */
  readonly module: string;
  readonly layer: number;
  /** [in, rank] */
  readonly a: tf.Tensor2D;
  /** [rank, columns] */
  readonly b: tf.Tensor2D;
  readonly scale: number;
}

/** The tensors of a model by name; those that training may change are variables, the others plain tensors. */
export class Parameters {
  readonly #tensors = new Map<string, tf.Tensor>();
  readonly #updates = new Map<string, LowRankUpdate>();

  constructor(readonly specs: readonly ParameterSpec[]) {}

  /** Takes the tensor over: a trainable one becomes a variable of its name under `scope`. */
  add(name: string, value: tf.Tensor, trainable: boolean, scope: string): void {
    if (!trainable) {
      this.#tensors.set(name, tf.keep(value));
      return;
    }
    this.#tensors.set(name, tf.variable(value, true, `${scope}/${name}`));
    value.dispose();
  }

  get<T extends tf.Tensor>(name: string): T {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Error(`the model has no parameter ${name}`);
    return tensor as T;
  }

  get updates(): ReadonlyMap<string, LowRankUpdate> {
    return this.#updates;
  }

  addUpdate(update: LowRankUpdate): void {
    this.#updates.set(update.module, update);
  }

  get variables(): tf.Variable[] {
    const updates = [...this.#updates.values()].flatMap(({ a, b }) => [a, b]);
    return [...this.#tensors.values(), ...updates].filter((tensor) => isTrainable(tensor)) as tf.Variable[];
  }

  /** The lowest layer with something to train: nothing below it takes part in a backward pass. */
  get lowestTrained(): number {
    const layers = [
      ...this.specs.filter(({ name }) => isTrainable(this.get(name))).map(({ layer }) => layer),
      ...[...this.#updates.values()].filter(({ a }) => isTrainable(a)).map(({ layer }) => layer),
    ];
    return Math.min(Number.POSITIVE_INFINITY, ...layers);
  }

  /** x through the linear map of this name, its low-rank updates included. */
  linear(x: tf.Tensor2D, name: string): tf.Tensor2D {
    const weight = this.get<tf.Tensor2D>(`${name}.weight`);
    const base = linear(x, weight, this.#tensors.get(`${name}.bias`) as tf.Tensor1D | undefined);
    if (this.#updates.size === 0) return base;
    const parts = this.#partsOf(name);
    const updated = parts.map((part) => this.#updates.get(part.name));
    if (updated.every((update) => update === undefined)) return base;
    const rows = x.shape[0];
    const columns = parts.map((part, i) => {
      const update = updated[i];
      return update === undefined
        ? (tf.zeros([rows, part.columns]) as tf.Tensor2D)
        : tf.mul(linear(linear(x, update.a), update.b), update.scale);
    });
    return tf.add(base, columns.length === 1 ? columns[0]! : tf.concat(columns as tf.Tensor2D[], 1));
  }

  #partsOf(name: string) {
    const spec = this.specs.find((candidate) => candidate.name === `${name}.weight`);
    if (spec === undefined) throw new Error(`the model has no linear map ${name}`);
    return spec.parts.map((part) => ({ ...part, name: part.name.replace(/\.weight$/, '') }));
  }

  /** Adds every update to its weights and forgets it: the same model without the detour. */
  mergeUpdates(): void {
    for (const spec of this.specs) {
      if (!spec.transposed) continue;
      const updated = spec.parts.map(({ name }) => this.#updates.get(name.replace(/\.weight$/, '')));
      if (updated.every((update) => update === undefined)) continue;
      const weight = this.get<tf.Tensor2D>(spec.name);
      const merged = tf.tidy(() => {
        const columns = spec.parts.map((part, i) => {
          const update = updated[i];
          return update === undefined
            ? (tf.zeros([spec.shape[0]!, part.columns]) as tf.Tensor2D)
            : tf.mul(matMul(update.a, update.b), update.scale);
        });
        return tf.add(weight, columns.length === 1 ? columns[0]! : tf.concat(columns as tf.Tensor2D[], 1));
      });
      if (weight instanceof tf.Variable) {
        weight.assign(merged);
        merged.dispose();
      } else {
        weight.dispose();
        this.#tensors.set(spec.name, tf.keep(merged));
      }
    }
    for (const { a, b } of this.#updates.values()) tf.dispose([a, b]);
    this.#updates.clear();
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    for (const { a, b } of this.#updates.values()) tf.dispose([a, b]);
  }
}
