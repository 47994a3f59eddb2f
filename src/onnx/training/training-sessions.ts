import type { Tensor } from 'onnxruntime-node';
import type { ForwardStage } from '../build/split-forward.js';
import { type BackwardStage, splitGraph } from '../build/split-graph.js';
import { type TrainingGraph, type TrainingGraphOptions, trainingGraph } from '../build/training-graph.js';
import { freeBuffer } from '../engine/free-buffer.js';
import { freeTensor, GraphSession, type SessionFeeds } from '../engine/graph-session.js';
import type { OnnxEncoder } from '../engine/onnx-encoder.js';
import { type Graph, prunedGraph, type Value } from '../graph/graph.js';
import { type Sizes, sizedShape } from '../graph/sized-shape.js';
import type { MaskInput } from './dropout-masks.js';
import type { LowRankWeights } from './low-rank-weights.js';
import type { OnnxTrainerOptions } from './trainer-options.js';
import type { BackwardOutputs } from './training-memory.js';

/** What a graph runs on: texts, weights, and masks where something is dropped. */
export type Feeds = SessionFeeds;

/** What a graph is fed with under one name. */
export type FedValue = Float32Array | BigInt64Array | Uint8Array | Tensor;

/** What a training graph computes, and what it keeps for the way back. */
export interface SessionsOptions extends TrainingGraphOptions {
  /** Whether layers are computed again on the way back, so that only what they begin with is kept. */
  readonly recomputeLayers?: boolean;
  /** Whether gradients, and what stages hand to one another, stay on the device. @defaultValue false */
  readonly onDevice?: boolean;
}

/** What a forward pass leaves for the backward pass, by name. */
export type KeptValues = ReadonlyMap<string, Float32Array | Tensor>;

/** The part of a training graph that embeds. */
const embeddingsOf = (graph: Graph): Graph =>
  prunedGraph({ ...graph, outputs: graph.outputs.filter(({ name }) => name === 'embeddings') });

/** A stage that ONNX Runtime has made ready. */
type Ready<Stage> = Stage & { readonly session: GraphSession };

/** The stages of a training graph, made ready. */
export class TrainingSessions {
  /** Values that a stage makes for others, by name. */
  private readonly betweenStages: ReadonlySet<string>;

  private constructor(
    readonly gradients: Pick<TrainingGraph, 'dense' | 'rows'>,
    /** Nothing is dropped. */
    private readonly embedding: GraphSession,
    /** As the forward half, for embeddings alone. */
    private readonly noisyEmbedding: GraphSession,
    private readonly there: readonly Ready<ForwardStage>[],
    private readonly back: readonly Ready<BackwardStage>[],
    /** What is dropped in a pass. */
    readonly masks: readonly MaskInput[],
    private readonly onDevice: boolean,
  ) {
    const values = [
      ...there.flatMap(({ kept }) => kept),
      ...[...there, ...back].flatMap(({ passedOn }) => passedOn),
    ];
    this.betweenStages = new Set(values.map(({ name }) => name));
  }

  static async create(
    encoder: OnnxEncoder,
    { recomputeLayers = false, onDevice = false, ...options }: SessionsOptions,
  ): Promise<TrainingSessions> {
    const { graph, dense, rows, masks, borders } = trainingGraph(encoder.model, {
      ...options,
      tablesByRows: !onDevice,
    });
    const { forward, stages } = splitGraph(graph, borders, recomputeLayers);
    const { runtime, threads } = encoder;
    // What every part holds back of its memory would add up: the system gives it to whichever runs.
    const session = (part: typeof graph) =>
      GraphSession.create(runtime, part, {
        threads,
        arena: false,
        uncopied: !onDevice,
        ...(onDevice ? { onDevice: (name) => name !== 'embeddings' } : {}),
      });
    const noisyEmbedding = await session(embeddingsOf(graph));
    const quiet =
      masks.length === 0
        ? noisyEmbedding
        : await session(embeddingsOf(trainingGraph(encoder.model, { ...options, dropout: 0 }).graph));
    const rates = new Map(masks.map(({ name, rate }) => [name, rate]));
    const inputs = graph.inputs.flatMap((value) => {
      const rate = rates.get(value.name);
      return rate === undefined ? [] : [{ value, rate }];
    });
    const ready = async <T extends { readonly graph: Graph }>(parts: readonly T[]): Promise<Ready<T>[]> => {
      const done = [];
      for (const part of parts) done.push({ ...part, session: await session(part.graph) });
      return done;
    };
    return new TrainingSessions(
      { dense, rows },
      quiet,
      noisyEmbedding,
      await ready(forward),
      await ready(stages),
      inputs,
      onDevice,
    );
  }

  /** Embeddings alone; with masks among the feeds, those of training. */
  async embed(feeds: Feeds, sizes: Sizes, isNoisy: boolean): Promise<Float32Array> {
    const session = isNoisy ? this.noisyEmbedding : this.embedding;
    return (await session.run(feeds, sizes)).get('embeddings') as Float32Array;
  }

  async forward(feeds: Feeds, sizes: Sizes): Promise<{ embeddings: Float32Array; kept: KeptValues }> {
    const kept = new Map<string, Float32Array | Tensor>();
    const values = new Map<string, FedValue>(feeds);
    let embeddings: Float32Array | null = null;
    for (const { session, kept: own, passedOn, lastUses } of this.there) {
      const outputs = await this.#run(session, values, sizes, [...own, ...passedOn], new Map());
      for (const [name, value] of outputs) {
        if (name === 'embeddings')
          embeddings = (value instanceof Float32Array ? value : (value as Tensor).data) as Float32Array;
        else values.set(name, value);
      }
      for (const { name } of own) kept.set(name, outputs.get(name) as Float32Array | Tensor);
      this.#free(lastUses, values);
    }
    return { embeddings: embeddings!, kept };
  }

  /**
   * The gradients of a pass; its kept values are used up.
   *
   * @param targets Arrays that gradients are written to, by the names of outputs.
   */
  async backward(
    feeds: Feeds,
    kept: KeptValues,
    gradient: Float32Array,
    sizes: Sizes,
    targets: ReadonlyMap<string, Float32Array>,
  ): Promise<BackwardOutputs> {
    const values = new Map<string, FedValue>([...feeds, ...kept, ['embeddings_gradient', gradient]]);
    const gradients = new Map<string, Float32Array | BigInt64Array | Tensor>();
    for (const { session, passedOn, lastUses } of this.back) {
      const names = new Set(passedOn.map(({ name }) => name));
      for (const [name, value] of await this.#run(session, values, sizes, passedOn, targets)) {
        if (names.has(name)) values.set(name, value);
        else gradients.set(name, value);
      }
      this.#free(lastUses, values);
    }
    return gradients;
  }

  /** Runs a stage, with what it makes for others in new arrays, or as tensors of the device. */
  #run(
    session: GraphSession,
    values: Feeds,
    sizes: Sizes,
    between: readonly Value[],
    targets: ReadonlyMap<string, Float32Array>,
  ): Promise<BackwardOutputs> {
    if (this.onDevice) return session.runOnDevice(values, sizes);
    const arrays = between.map(({ name, shape }) => {
      const length = sizedShape(shape, sizes).reduce((product, size) => product * size, 1);
      return [name, new Float32Array(length)] as const;
    });
    return session.run(values, sizes, new Map([...targets, ...arrays]));
  }

  /** Forgets values, and gives back the memory of those that one stage made for another. */
  #free(names: readonly string[], values: Map<string, FedValue>): void {
    for (const name of names) {
      const value = values.get(name);
      values.delete(name);
      if (value !== undefined && this.betweenStages.has(name)) free(value);
    }
  }

  /** Gives back the memory of kept values that no way back will use. */
  release(kept: KeptValues): void {
    for (const value of kept.values()) free(value);
  }

  async close(): Promise<void> {
    const stages = [...this.there, ...this.back].map(({ session }) => session);
    for (const session of new Set([this.embedding, this.noisyEmbedding, ...stages])) await session.close();
  }
}

const free = (value: FedValue): void => {
  if (ArrayBuffer.isView(value)) freeBuffer(value.buffer);
  else freeTensor(value);
};

/** The sessions of a trainer: with gradients of the weights that are wanted. */
export const openTrainingSessions = (
  encoder: OnnxEncoder,
  wanted: ReadonlyMap<string, unknown>,
  lowRank: LowRankWeights | null,
  { dropout = 0, recomputeLayers = false, optimizer = 'host' }: OnnxTrainerOptions,
): Promise<TrainingSessions> =>
  TrainingSessions.create(encoder, {
    trained: (name) => wanted.has(name),
    updates: lowRank?.updates ?? new Map(),
    dropout,
    recomputeLayers,
    onDevice: optimizer === 'device',
  });
