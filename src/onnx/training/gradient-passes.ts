import type { TransformerTokens } from '../../encoders/index.js';
import type { DenseMatrix } from '../../numerics/index.js';
import type { OnnxEncoder } from '../engine/onnx-encoder.js';
import { namingMemory, TRAINING_ADVICE } from '../engine/out-of-memory.js';
import { type TokenFeeds, tokenFeeds } from '../engine/token-feeds.js';
import { type Noise, passMasks } from './dropout-masks.js';
import type { TrainingMemory } from './training-memory.js';
import type { FedValue, Feeds, KeptValues, TrainingSessions } from './training-sessions.js';

/** A loss of a batch's embeddings, and its gradient with respect to them, [N · D]. */
export type EmbeddingLoss = (embeddings: DenseMatrix) => {
  readonly value: number;
  readonly gradient: Float32Array;
};

/** A part of a batch: its texts, and a loss that is added to those of the other parts. */
export interface OnnxMicroBatch {
  /** In the order in which `loss` expects their rows. */
  readonly tokens: TransformerTokens;
  readonly loss: EmbeddingLoss;
}

/** @throws {RangeError} When there is no batch, or one without texts. */
export const checkBatches = (batches: readonly OnnxMicroBatch[]): void => {
  if (batches.length === 0) throw new RangeError('batches must not be empty');
  batches.forEach(({ tokens }, i) => {
    if (tokens.length === 0) throw new RangeError(`a batch must hold texts, received none in batches[${i}]`);
  });
};

/** How a batch goes through the model. */
export interface PassOptions {
  /** Whether the forward pass is computed again for the backward pass. */
  readonly recompute: boolean;
  /** Texts of one pass, at most. */
  readonly textsPerPass: number;
  /** What dropout drops. */
  readonly noise: Noise;
}

interface Pass extends Pick<TokenFeeds, 'sizes'> {
  readonly feeds: Feeds;
  readonly rows: Uint32Array;
  kept: KeptValues | null;
}

/** Takes batches through the model and back, pass by pass, and adds up the gradients of the weights. */
export class GradientPasses {
  constructor(
    private readonly encoder: OnnxEncoder,
    private readonly sessions: TrainingSessions,
    private readonly memory: TrainingMemory,
  ) {}

  /** [N, D], rows of unit length. */
  async embed(tokens: TransformerTokens, signal?: AbortSignal): Promise<DenseMatrix> {
    const embeddings = this.#zeros(tokens.length);
    for (const pass of this.#passes(tokens, Number.POSITIVE_INFINITY)) {
      signal?.throwIfAborted();
      place(
        await this.#run(pass, () => this.sessions.embed(pass.feeds, pass.sizes, false)),
        pass,
        embeddings,
      );
    }
    return embeddings;
  }

  /**
   * Adds the gradients of a batch to the sums. Returns its loss; where that is not finite, nothing is added.
   *
   * @throws {RangeError} When the loss gives a gradient of another size.
   */
  async accumulate(
    { tokens, loss }: OnnxMicroBatch,
    { recompute, textsPerPass, noise }: PassOptions,
  ): Promise<number> {
    const passes = this.#passes(tokens, textsPerPass);
    const embeddings = this.#zeros(tokens.length);
    // The masks of a pass are held no longer than what is kept of it, and made again with it.
    const noisy = (pass: Pass, i: number): Pass => {
      const masks = passMasks(this.sessions.masks, pass.sizes, { ...noise, name: `${noise.name} ${i}` });
      return { ...pass, feeds: new Map([...pass.feeds, ...masks]) };
    };
    try {
      for (const [i, plain] of passes.entries()) {
        const pass = noisy(plain, i);
        if (recompute) {
          place(
            await this.#run(pass, () => this.sessions.embed(pass.feeds, pass.sizes, true)),
            pass,
            embeddings,
          );
          continue;
        }
        passes[i] = pass;
        const result = await this.#run(pass, () => this.sessions.forward(pass.feeds, pass.sizes));
        pass.kept = result.kept;
        place(result.embeddings, pass, embeddings);
      }
      const { value, gradient } = loss(embeddings);
      if (!Number.isFinite(value)) return value;
      if (gradient.length !== embeddings.data.length) {
        throw new RangeError(
          `the gradient must have shape [${tokens.length}, ${embeddings.columns}], received ${gradient.length} values`,
        );
      }
      for (const [i, pass] of passes.entries()) {
        passes[i] = { ...pass, kept: null };
        await this.#run(pass, () => this.#carryBack(recompute ? noisy(pass, i) : pass, gradient));
      }
      return value;
    } finally {
      for (const { kept } of passes) if (kept !== null) this.sessions.release(kept);
    }
  }

  #run<T>({ sizes }: Pass, task: () => Promise<T>): Promise<T> {
    return namingMemory(sizes, TRAINING_ADVICE, task);
  }

  #zeros(rows: number): DenseMatrix {
    const columns = this.encoder.dimensions;
    return { data: new Float32Array(rows * columns), rows, columns };
  }

  #passes(tokens: TransformerTokens, textsPerPass: number): Pass[] {
    const { paddingId } = this.encoder.model.transformer;
    return this.encoder.buckets(tokens, textsPerPass).map((bucket) => {
      const { sizes, feeds } = tokenFeeds(tokens, bucket, paddingId);
      const all: Feeds = new Map<string, FedValue>([...this.memory.weights, ...feeds]);
      return { sizes, feeds: all, rows: bucket.rows, kept: null };
    });
  }

  async #carryBack(pass: Pass, gradient: Float32Array): Promise<void> {
    const columns = this.encoder.dimensions;
    const own = new Float32Array(pass.rows.length * columns);
    pass.rows.forEach((row, i) => {
      own.set(gradient.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    const kept = pass.kept ?? (await this.sessions.forward(pass.feeds, pass.sizes)).kept;
    const targets = this.memory.targets();
    await this.memory.add(await this.sessions.backward(pass.feeds, kept, own, pass.sizes, targets));
  }
}

/** Puts the rows of a pass where they belong in the batch. */
const place = (rows: Float32Array, pass: Pass, { data, columns }: DenseMatrix): void => {
  pass.rows.forEach((row, i) => {
    data.set(rows.subarray(i * columns, (i + 1) * columns), row * columns);
  });
};
