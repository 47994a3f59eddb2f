import type { NamedTensor, TransformerTokens } from '../../encoders/index.js';
import {
  adamWStep,
  checkOptions,
  checkPositiveInteger,
  type DenseMatrix,
  hostAdamW,
  type OptionNames,
} from '../../numerics/index.js';
import type { OnnxEncoder, OnnxSaveOptions } from '../engine/onnx-encoder.js';
import { type TokenFeeds, tokenFeeds } from '../engine/token-feeds.js';
import type { ModelWeights } from '../model/read-weights.js';
import { weightList } from '../model/weight-list.js';
import { GradientSums } from './gradient-sums.js';
import {
  type LowRankWeights,
  lowRankWeights,
  mergedWeights,
  type OnnxLoraOptions,
} from './low-rank-weights.js';
import { type KeptValues, TrainingSessions } from './training-sessions.js';

/** How {@link OnnxTrainer} steps: AdamW, clipping, adapters, frozen weights. */
export interface OnnxTrainerOptions {
  /** Decay of the mean of gradients. @defaultValue 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. @defaultValue 0.999 */
  readonly beta2?: number;
  /** @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** Decoupled decay, a factor of the learning rate, on matrices and tables. @defaultValue 0.01 */
  readonly weightDecay?: number;
  /** Longer gradients are shortened to this norm. @defaultValue 1 */
  readonly clipNorm?: number;
  /** Layers from below that are not trained. @defaultValue 0 */
  readonly frozenLayers?: number;
  /** Whether the embeddings are not trained. @defaultValue whether any layer is frozen */
  readonly frozenEmbeddings?: boolean;
  /** Trains low-rank updates in the place of the weights: everything else is frozen. */
  readonly lora?: OnnxLoraOptions;
  /**
   * Whether the forward pass is computed again for the backward pass (GradCache): memory for one pass instead of for the
   * whole batch, at the price of another forward pass.
   *
   * @defaultValue false
   */
  readonly recompute?: boolean;
}

const TRAINER_OPTIONS: OptionNames<OnnxTrainerOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
  clipNorm: true,
  frozenLayers: true,
  frozenEmbeddings: true,
  lora: true,
  recompute: true,
};

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

export interface OnnxStepRecord {
  /** Counted from 1. */
  readonly step: number;
  /** The sum over the step's batches. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

interface Pass extends TokenFeeds {
  readonly rows: Uint32Array;
  kept: KeptValues | null;
}

/**
 * Trains an {@link OnnxEncoder}: the loss sees the embeddings of the whole batch, the model goes through it in passes of
 * `tokensPerPass` tokens, sorted by length. AdamW runs on the host and changes the encoder's weights in place.
 *
 * Without `lora`, memory is three numbers a trained weight (gradient and two moments) and the activations of a batch.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * import { OnnxEncoder, OnnxTrainer } from 'oasis-embed/onnx';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
 * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
 * const encoder = await OnnxEncoder.load(folder);
 * const trainer = await OnnxTrainer.create(encoder);
 * const tokens = encoder.tokenize(['sort a list', 'a list'], 'document');
 * // The first text is to be like the second: L = 1 − a · b.
 * const loss = ({ data, columns }: { data: Float32Array; columns: number }) => {
 *   const [a, b] = [data.subarray(0, columns), data.subarray(columns)];
 *   return { value: 1 - a.reduce((sum, x, i) => sum + x * b[i]!, 0), gradient: Float32Array.of(...b.map((x) => -x), ...a.map((x) => -x)) };
 * };
 * const first = await trainer.step(tokens, loss, 1e-3);
 * const second = await trainer.step(tokens, loss, 1e-3);
 * console.log(second.loss < first.loss); // true
 * await trainer.close();
 * await encoder.close();
 * ```
 */
export class OnnxTrainer {
  #step = 0;
  readonly #moments = new Map<string, { readonly first: Float32Array; readonly second: Float32Array }>();
  readonly #sums: GradientSums;

  private constructor(
    private readonly encoder: OnnxEncoder,
    private readonly sessions: TrainingSessions,
    private readonly shapes: ReadonlyMap<string, readonly number[]>,
    private readonly lowRank: LowRankWeights | null,
    private readonly options: OnnxTrainerOptions,
  ) {
    this.#sums = new GradientSums(shapes);
    for (const [name, sum] of this.#sums.entries) {
      this.#moments.set(name, { first: new Float32Array(sum.length), second: new Float32Array(sum.length) });
    }
  }

  /** @throws {RangeError} When an option is out of range or leaves nothing to train. */
  static async create(encoder: OnnxEncoder, options: OnnxTrainerOptions = {}): Promise<OnnxTrainer> {
    checkOptions('OnnxTrainer.create', options, TRAINER_OPTIONS);
    const { frozenLayers = 0, lora, clipNorm = 1 } = options;
    const layers = encoder.model.transformer.layers.length;
    if (!(Number.isInteger(frozenLayers) && frozenLayers >= 0 && frozenLayers <= layers)) {
      throw new RangeError(
        `frozenLayers must be a whole number from 0 to ${layers}, received ${frozenLayers}`,
      );
    }
    if (!(clipNorm > 0)) throw new RangeError(`clipNorm must be above 0, received ${clipNorm}`);
    if (lora?.rank !== undefined) checkPositiveInteger('lora.rank', lora.rank);
    const lowRank = lora === undefined ? null : lowRankWeights(encoder.model, lora);
    const { frozenEmbeddings = frozenLayers > 0 } = options;
    const own = weightList(encoder.model).filter(({ layer }) =>
      layer < 0 ? !frozenEmbeddings : layer >= frozenLayers,
    );
    const wanted = lowRank?.shapes ?? new Map(own.map(({ name, shape }) => [name, shape]));
    const sessions = await TrainingSessions.create(encoder, {
      trained: (name) => wanted.has(name),
      updates: lowRank?.updates ?? new Map(),
    });
    const { dense, rows } = sessions.gradients;
    const trained = new Set([...dense.keys(), ...rows.map(({ weight }) => weight)]);
    if (trained.size === 0)
      throw new RangeError('frozenLayers must leave something to train, received all layers');
    const shapes = new Map([...wanted].filter(([name]) => trained.has(name)));
    return new OnnxTrainer(encoder, sessions, shapes, lowRank, options);
  }

  /** Steps made so far. */
  get steps(): number {
    return this.#step;
  }

  /** The names of what is trained. */
  get trained(): readonly string[] {
    return [...this.shapes.keys()];
  }

  /**
   * One update: embeds the batch, asks for the loss and its gradient, carries it back to the weights, clips, updates.
   *
   * @param tokens The texts of all sides of the batch, in the order in which `loss` expects their rows.
   * @throws Error naming the step and the weight when the loss or a gradient is not finite; weights and moments are then
   * as they were.
   */
  async step(tokens: TransformerTokens, loss: EmbeddingLoss, learningRate: number): Promise<OnnxStepRecord> {
    return this.accumulatedStep([{ tokens, loss }], learningRate);
  }

  /**
   * One update by the sum of the gradients of several batches, in the memory of the largest (gradient accumulation): equal to
   * one step over all of their texts, where the loss is a sum over them. For the mean of k batches, let each loss be a k-th.
   *
   * A loss with negatives from the batch, such as InfoNCE, is no such sum: `recompute` keeps the whole batch together.
   *
   * @throws As {@link OnnxTrainer.step}. RangeError when there is no batch, or one without texts.
   *
   * @example
   * ```ts
   * import { mkdtemp } from 'node:fs/promises';
   * import { tmpdir } from 'node:os';
   * import { join } from 'node:path';
   * import { TransformerEncoder } from 'oasis-embed/encoders';
   * import { type EmbeddingLoss, OnnxEncoder, OnnxTrainer } from 'oasis-embed/onnx';
   *
   * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
   * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
   * const encoder = await OnnxEncoder.load(folder);
   * const trainer = await OnnxTrainer.create(encoder);
   * // Half the first number of each embedding: for the mean of two batches.
   * const loss: EmbeddingLoss = ({ data, rows, columns }) => {
   *   const gradient = new Float32Array(rows * columns);
   *   let value = 0;
   *   for (let i = 0; i < gradient.length; i += columns) {
   *     gradient[i] = 0.5;
   *     value += 0.5 * data[i]!;
   *   }
   *   return { value, gradient };
   * };
   * const batches = ['sort a list', 'a list'].map((text) => ({ tokens: encoder.tokenize([text], 'document'), loss }));
   * const record = await trainer.accumulatedStep(batches, 1e-3);
   * console.log(record.step); // 1
   * await trainer.close();
   * await encoder.close();
   * ```
   */
  async accumulatedStep(batches: readonly OnnxMicroBatch[], learningRate: number): Promise<OnnxStepRecord> {
    const step = this.#step + 1;
    if (batches.length === 0) throw new RangeError('batches must not be empty');
    batches.forEach(({ tokens }, i) => {
      if (tokens.length === 0)
        throw new RangeError(`a batch must hold texts, received none in batches[${i}]`);
    });
    let sum = 0;
    this.#sums.clearRows();
    for (const [i, batch] of batches.entries()) {
      const where = `step ${step}${batches.length === 1 ? '' : ` in batch ${i + 1} of ${batches.length}`}`;
      sum += await this.#accumulate(batch, where, i === 0);
    }
    const norm = this.#sums.norm();
    if (!Number.isFinite(norm)) {
      const name = this.#sums.firstNotFinite();
      throw new Error(
        name === null
          ? `the norm of the gradients is ${norm} at step ${step}`
          : `the gradient of ${name} is not finite at step ${step}`,
      );
    }
    this.#update(step, norm, learningRate);
    this.#step = step;
    return { step, loss: sum, gradientNorm: norm };
  }

  /** Adds the gradients of a batch to the sums, or begins them with it. Returns its loss. */
  async #accumulate({ tokens, loss }: OnnxMicroBatch, where: string, isFirst: boolean): Promise<number> {
    const columns = this.encoder.dimensions;
    const passes = this.#passes(tokens);
    const embeddings = { data: new Float32Array(tokens.length * columns), rows: tokens.length, columns };
    for (const pass of passes) await this.#embed(pass, embeddings);
    const { value, gradient } = loss(embeddings);
    if (!Number.isFinite(value)) {
      this.#release(passes);
      throw new Error(`the loss is ${value} at ${where}`);
    }
    if (gradient.length !== embeddings.data.length) {
      this.#release(passes);
      throw new RangeError(
        `the gradient must have shape [${tokens.length}, ${columns}], received ${gradient.length} values`,
      );
    }
    for (const [i, pass] of passes.entries()) await this.#carryBack(pass, gradient, isFirst && i === 0);
    return value;
  }

  #passes(tokens: TransformerTokens): Pass[] {
    const { paddingId } = this.encoder.model.transformer;
    return this.encoder.buckets(tokens).map((bucket) => {
      const { sizes, feeds } = tokenFeeds(tokens, bucket, paddingId);
      const all = new Map<string, Float32Array | BigInt64Array>([...this.#weights(), ...feeds]);
      return { sizes, feeds: all, rows: bucket.rows, kept: null };
    });
  }

  #weights(): ModelWeights {
    return this.lowRank === null
      ? this.encoder.weights
      : new Map([...this.encoder.weights, ...this.lowRank.weights]);
  }

  async #embed(pass: Pass, { data, columns }: DenseMatrix): Promise<void> {
    let rows: Float32Array;
    if (this.options.recompute === true) rows = await this.sessions.embed(pass.feeds, pass.sizes);
    else {
      const result = await this.sessions.forward(pass.feeds, pass.sizes);
      pass.kept = result.kept;
      rows = result.embeddings;
    }
    pass.rows.forEach((row, i) => {
      data.set(rows.subarray(i * columns, (i + 1) * columns), row * columns);
    });
  }

  async #carryBack(pass: Pass, gradient: Float32Array, isFirst: boolean): Promise<void> {
    const columns = this.encoder.dimensions;
    const own = new Float32Array(pass.rows.length * columns);
    pass.rows.forEach((row, i) => {
      own.set(gradient.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    const kept = pass.kept ?? (await this.sessions.forward(pass.feeds, pass.sizes)).kept;
    pass.kept = null;
    const { dense, rows } = this.sessions.gradients;
    const targets = new Map(
      [...dense].map(([name, output]) => [output, isFirst ? this.#sums.of(name) : this.#sums.spare(name)]),
    );
    const outputs = await this.sessions.backward(pass.feeds, kept, own, pass.sizes, targets);
    if (!isFirst) {
      for (const [name, output] of dense) this.#sums.add(name, outputs.get(output) as Float32Array);
    }
    for (const { weight, indices, rows: part } of rows) {
      this.#sums.addRows(weight, outputs.get(indices) as BigInt64Array, outputs.get(part) as Float32Array);
    }
  }

  #release(passes: readonly Pass[]): void {
    for (const { kept } of passes) if (kept !== null) this.sessions.release(kept);
  }

  #update(step: number, norm: number, learningRate: number): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, clipNorm = 1 } = this.options;
    const gradientScale = norm > clipNorm ? clipNorm / norm : 1;
    const weights = this.#weights();
    for (const [name, { first, second }] of this.#moments) {
      const decay = this.shapes.get(name)!.length >= 2 ? weightDecay : 0;
      const asked = { learningRate, beta1, beta2, epsilon, weightDecay: decay, step, gradientScale };
      hostAdamW(weights.get(name)!, this.#sums.of(name), first, second, adamWStep(asked));
    }
  }

  /** What another trainer of the same options needs to go on as if it were this one: trained weights, moments, step. */
  state(): Map<string, NamedTensor> {
    const weights = this.#weights();
    const state = new Map<string, NamedTensor>([['step', { shape: [1], data: Float32Array.of(this.#step) }]]);
    for (const [name, { first, second }] of this.#moments) {
      const shape = this.shapes.get(name)!;
      for (const [part, data] of Object.entries({ weight: weights.get(name)!, first, second })) {
        state.set(`${part}/${name}`, { shape, data: data.slice() });
      }
    }
    return state;
  }

  /** @throws Error naming what is missing or has another shape; nothing is changed then. */
  restore(state: ReadonlyMap<string, NamedTensor>): void {
    const stored = (name: string, shape: readonly number[]): Float32Array => {
      const found = state.get(name);
      if (found?.shape.join() !== shape.join()) {
        throw new Error(`the state must hold ${name} of shape [${shape.join(', ')}]`);
      }
      return found.data;
    };
    const step = stored('step', [1])[0]!;
    const weights = this.#weights();
    const copies = [...this.#moments].flatMap(([name, { first, second }]) =>
      Object.entries({ weight: weights.get(name)!, first, second }).map(
        ([part, target]) => [target, stored(`${part}/${name}`, this.shapes.get(name)!)] as const,
      ),
    );
    for (const [target, values] of copies) target.set(values);
    this.#step = step;
  }

  /** The model as trained so far: low-rank updates are added to the weights that they update. */
  trainedWeights(): ModelWeights {
    return this.lowRank === null ? this.encoder.weights : mergedWeights(this.encoder.weights, this.lowRank);
  }

  /** As `OnnxEncoder.save`, with low-rank updates merged. */
  async save(directory: string, options: Omit<OnnxSaveOptions, 'weights'> = {}): Promise<void> {
    await this.encoder.save(directory, { ...options, weights: this.trainedWeights() });
  }

  /** Frees what ONNX Runtime holds; the encoder stays open. */
  async close(): Promise<void> {
    await this.sessions.close();
  }
}
