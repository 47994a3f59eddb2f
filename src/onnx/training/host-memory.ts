import type { NamedTensor } from '../../encoders/index.js';
import type { AdamWUpdate } from '../../numerics/index.js';
import type { TrainingGraph } from '../build/training-graph.js';
import { GradientSums } from './gradient-sums.js';
import { TrainedState } from './trained-state.js';
import type { BackwardOutputs, TrainingMemory } from './training-memory.js';

/** Weights, gradients and moments in arrays of the host, which the CPU provider reads and writes in place. */
export class HostMemory implements TrainingMemory {
  readonly #sums: GradientSums;
  readonly #state: TrainedState;

  constructor(
    /** The shape of everything that is trained, by name. */
    shapes: ReadonlyMap<string, readonly number[]>,
    readonly weights: ReadonlyMap<string, Float32Array>,
    private readonly gradients: Pick<TrainingGraph, 'dense' | 'rows'>,
  ) {
    this.#sums = new GradientSums(shapes);
    this.#state = new TrainedState(shapes, (name) => weights.get(name)!);
  }

  get step(): number {
    return this.#state.step;
  }

  targets(): Map<string, Float32Array> {
    return new Map([...this.gradients.dense].map(([name, output]) => [output, this.#sums.target(name)]));
  }

  async add(outputs: BackwardOutputs): Promise<void> {
    const { dense, rows } = this.gradients;
    for (const [name, output] of dense) this.#sums.add(name, outputs.get(output) as Float32Array);
    for (const { weight, indices, rows: part } of rows)
      this.#sums.addRows(weight, outputs.get(indices) as BigInt64Array, outputs.get(part) as Float32Array);
  }

  clearGradients(): void {
    this.#sums.clear();
  }

  async squaredNorm(): Promise<number> {
    return this.#sums.squaredNorm();
  }

  async firstNotFinite(): Promise<string | null> {
    return this.#sums.firstNotFinite();
  }

  async update(asked: AdamWUpdate): Promise<void> {
    this.#state.update((name) => this.#sums.of(name), asked);
  }

  async trained(): Promise<Map<string, NamedTensor>> {
    return this.#state.weights();
  }

  async putTrained(weights: ReadonlyMap<string, NamedTensor>): Promise<void> {
    this.#state.putWeights(weights);
  }

  async moments(): Promise<Map<string, NamedTensor>> {
    return this.#state.moments();
  }

  async putMoments(moments: ReadonlyMap<string, NamedTensor>): Promise<void> {
    this.#state.putMoments(moments);
  }

  async all(): Promise<Map<string, NamedTensor>> {
    return this.#state.all();
  }

  async restore(state: ReadonlyMap<string, NamedTensor>): Promise<void> {
    this.#state.restore(state);
  }

  async toHost(): Promise<void> {}

  async close(): Promise<void> {}
}
