import type { Tensor } from 'onnxruntime-node';
import type { NamedTensor } from '../../encoders/index.js';
import { type AdamWUpdate, adamWStep } from '../../numerics/index.js';
import {
  type ADAM_W_NUMBERS,
  adamWGraph,
  axisSizes,
  copyGraph,
  squaresGraph,
  sumGraph,
} from '../build/optimizer-graph.js';
import type { TrainingGraph } from '../build/training-graph.js';
import { freeTensor, GraphSession } from '../engine/graph-session.js';
import type { OnnxRuntime } from '../engine/load-runtime.js';
import type { Graph } from '../graph/graph.js';
import { momentKeys, storedStep, storedTensors, weightKey } from './stored-tensors.js';
import type { BackwardOutputs, TrainingMemory } from './training-memory.js';

type Shapes = ReadonlyMap<string, readonly number[]>;

interface DeviceMemoryOptions {
  readonly runtime: OnnxRuntime;
  readonly threads: number | undefined;
  /** Of everything that is trained, by name. */
  readonly trained: Shapes;
  /** Of all weights. */
  readonly shapes: Shapes;
  /** All weights of the host. */
  readonly host: ReadonlyMap<string, Float32Array>;
  readonly gradients: Pick<TrainingGraph, 'dense'>;
}

/** Graphs of one kind, one for each rank, made when they are first asked for. */
class SessionsByRank {
  readonly #sessions = new Map<number, Promise<GraphSession>>();

  constructor(
    private readonly options: Pick<DeviceMemoryOptions, 'runtime' | 'threads'>,
    private readonly graphOf: (rank: number) => Graph,
    private readonly staysOnDevice: boolean,
  ) {}

  of(shape: readonly number[]): Promise<GraphSession> {
    const { runtime, threads } = this.options;
    const known =
      this.#sessions.get(shape.length) ??
      GraphSession.create(runtime, this.graphOf(shape.length), {
        threads,
        arena: false,
        ...(this.staysOnDevice ? { onDevice: () => true } : {}),
      });
    this.#sessions.set(shape.length, known);
    return known;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).close();
  }
}

/**
 * Weights, gradients and moments as tensors on the device of ONNX Runtime, changed there by graphs: between steps nothing but
 * tokens, embeddings and their gradient crosses over.
 */
export class DeviceMemory implements TrainingMemory {
  readonly weights = new Map<string, Tensor>();
  readonly #moments = new Map<string, Tensor>();
  readonly #sums = new Map<string, Tensor>();
  readonly #uploads: SessionsByRank;
  readonly #downloads: SessionsByRank;
  readonly #adamW: SessionsByRank;
  readonly #additions: SessionsByRank;
  #squares: Promise<GraphSession> | null = null;
  step = 0;

  private constructor(private readonly options: DeviceMemoryOptions) {
    this.#uploads = new SessionsByRank(options, copyGraph, true);
    this.#downloads = new SessionsByRank(options, copyGraph, false);
    this.#adamW = new SessionsByRank(options, adamWGraph, true);
    this.#additions = new SessionsByRank(options, sumGraph, true);
  }

  static async create(options: DeviceMemoryOptions): Promise<DeviceMemory> {
    const memory = new DeviceMemory(options);
    for (const [name, array] of options.host)
      await memory.#put(memory.weights, name, array, options.shapes.get(name)!);
    for (const [name, shape] of options.trained)
      for (const key of momentKeys(name)) {
        const zeros = new Float32Array(options.host.get(name)!.length);
        await memory.#put(memory.#moments, key, zeros, shape);
      }
    return memory;
  }

  targets(): Map<string, Float32Array> {
    return new Map();
  }

  async add(outputs: BackwardOutputs): Promise<void> {
    for (const [name, output] of this.options.gradients.dense) {
      const part = outputs.get(output) as Tensor;
      const sum = this.#sums.get(name);
      if (sum === undefined) {
        this.#sums.set(name, part);
        continue;
      }
      const shape = this.options.trained.get(name)!;
      const session = await this.#additions.of(shape);
      const found = await session.runOnDevice(
        new Map([
          ['a', sum],
          ['b', part],
        ]),
        axisSizes(shape),
      );
      replace(this.#sums, name, found.get('sum')!);
      freeTensor(part);
    }
  }

  clearGradients(): void {
    for (const sum of this.#sums.values()) freeTensor(sum);
    this.#sums.clear();
  }

  async squaredNorm(): Promise<number> {
    return (await this.#squaresOf()).reduce((sum, square) => sum + square, 0);
  }

  async firstNotFinite(): Promise<string | null> {
    const squares = await this.#squaresOf();
    return [...this.#sums.keys()][squares.findIndex((square) => !Number.isFinite(square))] ?? null;
  }

  /** Σ g² of each weight; in the order of the sums. */
  async #squaresOf(): Promise<Float32Array> {
    if (this.#sums.size === 0) return new Float32Array();
    const { runtime, threads, trained } = this.options;
    const shapes = new Map([...this.#sums.keys()].map((name) => [name, trained.get(name)!]));
    this.#squares ??= GraphSession.create(runtime, squaresGraph(shapes), { threads, arena: false });
    return (await (await this.#squares).run(this.#sums, {})).get('squares') as Float32Array;
  }

  /** @throws Error when there are no gradients. */
  async update(asked: AdamWUpdate): Promise<void> {
    if (this.#sums.size === 0) throw new Error('an update needs gradients: accumulate a batch first');
    for (const [name, shape] of this.options.trained) {
      const weightDecay = shape.length >= 2 ? asked.weightDecay : 0;
      const [first, second] = momentKeys(name);
      const session = await this.#adamW.of(shape);
      const found = await session.runOnDevice(
        new Map<string, Tensor | Float32Array>([
          ['weight', this.weights.get(name)!],
          ['first', this.#moments.get(first)!],
          ['second', this.#moments.get(second)!],
          ['gradient', this.#sums.get(name)!],
          ...numbersOf({ ...asked, weightDecay }),
        ]),
        axisSizes(shape),
      );
      replace(this.weights, name, found.get('weight/next')!);
      replace(this.#moments, first, found.get('first/next')!);
      replace(this.#moments, second, found.get('second/next')!);
    }
    this.step = asked.step;
  }

  async trained(): Promise<Map<string, NamedTensor>> {
    return this.#read((name) => [[name, this.weights.get(name)!]]);
  }

  async putTrained(weights: ReadonlyMap<string, NamedTensor>): Promise<void> {
    await this.#putTrained(
      storedTensors(weights, this.options.trained, (name) => [name]),
      (name) => name,
    );
  }

  async moments(): Promise<Map<string, NamedTensor>> {
    return this.#read((name) => momentKeys(name).map((key) => [key, this.#moments.get(key)!] as const));
  }

  async putMoments(moments: ReadonlyMap<string, NamedTensor>): Promise<void> {
    await this.#putMoments(storedTensors(moments, this.options.trained, momentKeys));
  }

  async all(): Promise<Map<string, NamedTensor>> {
    const weights = await this.#read((name) => [[weightKey(name), this.weights.get(name)!]]);
    const step = { shape: [1], data: Float32Array.of(this.step) };
    return new Map([['step', step], ...weights, ...(await this.moments())]);
  }

  async restore(state: ReadonlyMap<string, NamedTensor>): Promise<void> {
    const step = storedStep(state);
    const weights = storedTensors(state, this.options.trained, (name) => [weightKey(name)]);
    const moments = storedTensors(state, this.options.trained, momentKeys);
    await this.#putTrained(weights, weightKey);
    await this.#putMoments(moments);
    this.step = step;
  }

  async toHost(): Promise<void> {
    for (const [name, { data }] of await this.trained()) this.options.host.get(name)!.set(data);
  }

  async close(): Promise<void> {
    await this.toHost();
    this.clearGradients();
    for (const tensor of [...this.weights.values(), ...this.#moments.values()]) freeTensor(tensor);
    this.weights.clear();
    this.#moments.clear();
    for (const sessions of [this.#uploads, this.#downloads, this.#adamW, this.#additions])
      await sessions.close();
    await (await this.#squares)?.close();
  }

  async #putTrained(
    found: ReadonlyMap<string, Float32Array>,
    keyOf: (name: string) => string,
  ): Promise<void> {
    for (const [name, shape] of this.options.trained)
      await this.#put(this.weights, name, found.get(keyOf(name))!, shape);
  }

  async #putMoments(found: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, shape] of this.options.trained)
      for (const key of momentKeys(name)) await this.#put(this.#moments, key, found.get(key)!, shape);
  }

  /** A copy of an array as a tensor of the device, in the place of the one of that name. */
  async #put(
    place: Map<string, Tensor>,
    name: string,
    array: Float32Array,
    shape: readonly number[],
  ): Promise<void> {
    const session = await this.#uploads.of(shape);
    replace(
      place,
      name,
      (await session.runOnDevice(new Map([['tensor', array]]), axisSizes(shape))).get('copy')!,
    );
  }

  async #read(
    tensorsOf: (name: string) => readonly (readonly [key: string, tensor: Tensor])[],
  ): Promise<Map<string, NamedTensor>> {
    const found = new Map<string, NamedTensor>();
    for (const [name, shape] of this.options.trained)
      for (const [key, tensor] of tensorsOf(name)) {
        const session = await this.#downloads.of(shape);
        const outputs = await session.run(new Map([['tensor', tensor]]), axisSizes(shape));
        found.set(key, { shape, data: outputs.get('copy') as Float32Array });
      }
    return found;
  }
}

const replace = (place: Map<string, Tensor>, name: string, tensor: Tensor): void => {
  const old = place.get(name);
  place.set(name, tensor);
  if (old !== undefined) freeTensor(old);
};

const numbersOf = (asked: AdamWUpdate): [name: string, value: Float32Array][] => {
  const { rate, keep, beta1, beta2, epsilon, gradientScale } = adamWStep(asked);
  const numbers: Record<(typeof ADAM_W_NUMBERS)[number], number> = {
    gradientScale,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    epsilon,
    keep,
    rate,
  };
  return Object.entries(numbers).map(([name, value]) => [name, Float32Array.of(value)]);
};
