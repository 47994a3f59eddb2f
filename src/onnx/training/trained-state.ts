import type { NamedTensor } from '../../encoders/index.js';
import { type AdamWUpdate, adamWStep, hostAdamW } from '../../numerics/index.js';
import { momentKeys, storedStep, storedTensors, weightKey } from './stored-tensors.js';

/** What training changes: weights, which belong to others, AdamW's moments and the count of steps. */
export class TrainedState {
  readonly #moments = new Map<string, { readonly first: Float32Array; readonly second: Float32Array }>();
  /** Steps made so far. */
  step = 0;

  constructor(
    /** The shape of everything that is trained, by name. */
    private readonly shapes: ReadonlyMap<string, readonly number[]>,
    private readonly weightOf: (name: string) => Float32Array,
  ) {
    for (const name of shapes.keys()) {
      const { length } = weightOf(name);
      this.#moments.set(name, { first: new Float32Array(length), second: new Float32Array(length) });
    }
  }

  /** One step of AdamW. Vectors, such as biases and norms, do not decay. */
  update(gradientOf: (name: string) => Float32Array, asked: AdamWUpdate): void {
    for (const [name, { first, second }] of this.#moments) {
      const weightDecay = this.shapes.get(name)!.length >= 2 ? asked.weightDecay : 0;
      const step = adamWStep({ ...asked, weightDecay });
      hostAdamW(this.weightOf(name), gradientOf(name), first, second, step);
    }
    this.step = asked.step;
  }

  /** A copy of the weights, by name. */
  weights(): Map<string, NamedTensor> {
    return new Map(
      [...this.shapes].map(([name, shape]) => [name, { shape, data: this.weightOf(name).slice() }]),
    );
  }

  /** @throws Error naming a weight that is missing or has another shape; nothing is changed then. */
  putWeights(weights: ReadonlyMap<string, NamedTensor>): void {
    this.#put(weights, (name) => [[name, this.weightOf(name)]]);
  }

  /** Both moments, as `first/NAME` and `second/NAME`; not copied. */
  moments(): Map<string, NamedTensor> {
    return new Map(
      [...this.shapes].flatMap(([name, shape]) =>
        this.#momentsOf(name).map(([key, data]) => [key, { shape, data }] as const),
      ),
    );
  }

  /** @throws Error naming a moment that is missing or has another shape; nothing is changed then. */
  putMoments(moments: ReadonlyMap<string, NamedTensor>): void {
    this.#put(moments, (name) => this.#momentsOf(name));
  }

  #momentsOf(name: string): (readonly [string, Float32Array])[] {
    const { first, second } = this.#moments.get(name)!;
    const [a, b] = momentKeys(name);
    return [
      [a, first],
      [b, second],
    ];
  }

  /** A copy of everything: `step`, `weight/NAME` and the moments. */
  all(): Map<string, NamedTensor> {
    const copied = [...this.moments()].map(
      ([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const,
    );
    const weights = [...this.weights()].map(([name, tensor]) => [weightKey(name), tensor] as const);
    return new Map([['step', { shape: [1], data: Float32Array.of(this.step) }], ...weights, ...copied]);
  }

  /** @throws Error naming what is missing or has another shape; nothing is changed then. */
  restore(state: ReadonlyMap<string, NamedTensor>): void {
    const step = storedStep(state);
    this.#put(state, (name) => [[weightKey(name), this.weightOf(name)], ...this.#momentsOf(name)]);
    this.step = step;
  }

  /** Copies stored tensors into arrays, all of them or none. */
  #put(
    state: ReadonlyMap<string, NamedTensor>,
    targetsOf: (name: string) => readonly (readonly [key: string, target: Float32Array])[],
  ): void {
    const found = storedTensors(state, this.shapes, (name) => targetsOf(name).map(([key]) => key));
    for (const name of this.shapes.keys())
      for (const [key, target] of targetsOf(name)) target.set(found.get(key)!);
  }
}
