import { splitGraph } from '../build/split-graph.js';
import { type TrainingGraph, type TrainingGraphOptions, trainingGraph } from '../build/training-graph.js';
import { GraphSession, type Sizes, sizedShape } from '../engine/graph-session.js';
import type { OnnxEncoder } from '../engine/onnx-encoder.js';
import { prunedGraph, type Value } from '../graph/graph.js';

type Arrays = ReadonlyMap<string, Float32Array | BigInt64Array>;

/** What a forward pass leaves for the backward pass, by name. */
export type KeptValues = ReadonlyMap<string, Float32Array>;

/** The halves of a training graph, made ready. */
export class TrainingSessions {
  /** Arrays of kept values that no pass needs any more, by their length. */
  readonly #free = new Map<number, Float32Array[]>();

  private constructor(
    readonly gradients: Pick<TrainingGraph, 'dense' | 'rows'>,
    private readonly embedding: GraphSession,
    private readonly forwardHalf: GraphSession,
    private readonly backwardHalf: GraphSession,
    private readonly kept: readonly Value[],
  ) {}

  static async create(encoder: OnnxEncoder, options: TrainingGraphOptions): Promise<TrainingSessions> {
    const { graph, dense, rows } = trainingGraph(encoder.model, { ...options, tablesByRows: true });
    const { forward, backward, kept } = splitGraph(graph);
    const alone = prunedGraph({
      ...forward,
      outputs: forward.outputs.filter(({ name }) => name === 'embeddings'),
    });
    const session = (half: typeof graph) => GraphSession.create(encoder.runtime, half, encoder);
    return new TrainingSessions(
      { dense, rows },
      await session(alone),
      await session(forward),
      await session(backward),
      kept,
    );
  }

  /** Embeddings alone. */
  async embed(feeds: Arrays, sizes: Sizes): Promise<Float32Array> {
    return (await this.embedding.run(feeds, sizes)).get('embeddings') as Float32Array;
  }

  async forward(feeds: Arrays, sizes: Sizes): Promise<{ embeddings: Float32Array; kept: KeptValues }> {
    const kept = new Map(
      this.kept.map(({ name, shape }) => {
        const length = sizedShape(shape, sizes).reduce((product, size) => product * size, 1);
        return [name, this.#free.get(length)?.pop() ?? new Float32Array(length)] as const;
      }),
    );
    const outputs = await this.forwardHalf.run(feeds, sizes, kept);
    return { embeddings: outputs.get('embeddings') as Float32Array, kept };
  }

  /**
   * The gradients of a pass; its kept values are used up.
   *
   * @param targets Arrays that gradients are written to, by the names of outputs.
   */
  async backward(
    feeds: Arrays,
    kept: KeptValues,
    gradient: Float32Array,
    sizes: Sizes,
    targets: ReadonlyMap<string, Float32Array>,
  ): Promise<Arrays> {
    const outputs = await this.backwardHalf.run(
      new Map([...feeds, ...kept, ['embeddings_gradient', gradient]]),
      sizes,
      targets,
    );
    this.release(kept);
    return outputs;
  }

  release(kept: KeptValues): void {
    for (const array of kept.values()) {
      this.#free.set(array.length, [...(this.#free.get(array.length) ?? []), array]);
    }
  }

  /** Forgets arrays that are kept for the next pass: batches of other lengths need others. */
  trim(): void {
    this.#free.clear();
  }

  async close(): Promise<void> {
    for (const session of [this.embedding, this.forwardHalf, this.backwardHalf]) await session.close();
  }
}
