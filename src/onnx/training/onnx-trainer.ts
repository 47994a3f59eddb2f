import type { NamedTensor, TransformerTokens } from '../../encoders/index.js';
import { type DenseMatrix, firstNotFinite } from '../../numerics/index.js';
import type { DropoutRate } from '../build/dropout.js';
import type { OnnxEncoder, OnnxSaveOptions } from '../engine/onnx-encoder.js';
import type { ModelWeights } from '../model/read-weights.js';
import { checkBatches, type EmbeddingLoss, GradientPasses, type OnnxMicroBatch } from './gradient-passes.js';
import { notFiniteError } from './gradient-sums.js';
import { type LowRankWeights, lowRankWeights, mergedWeights } from './low-rank-weights.js';
import { openTrainingMemory } from './open-training-memory.js';
import { saveLowRankWeights } from './save-low-rank-weights.js';
import type { OnnxAccumulateOptions, OnnxStepRecord, OnnxUpdateOptions } from './step-options.js';
import {
  adamWSettings,
  checkDropout,
  checkTrainerOptions,
  type OnnxTrainerOptions,
  unfrozenWeights,
} from './trainer-options.js';
import type { TrainingMemory } from './training-memory.js';
import { openTrainingSessions, type TrainingSessions } from './training-sessions.js';

/**
 * Trains an {@link OnnxEncoder}: the loss sees the embeddings of the whole batch, the model goes through it in passes of
 * `tokensPerPass` tokens, sorted by length. AdamW runs on the host and changes the encoder's weights in place, or on the device
 * (option `optimizer`), from where they come back when the trainer is saved or closed.
 *
 * `trainOasis` takes it in the place of an encoder on TensorFlow.js: epochs, schedule, evaluation, checkpoints. `step` is for
 * loops of your own, and `clearGradients`, `accumulate`, `gradientNorm` and `update` are the parts of a step.
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
  #passes: GradientPasses;
  /** Batches since the gradients were forgotten. */
  #part = 0;

  private constructor(
    /** The model that is trained. */
    readonly encoder: OnnxEncoder,
    private sessions: TrainingSessions,
    /** The shape of everything that is trained, by name. */
    readonly shapes: ReadonlyMap<string, readonly number[]>,
    private readonly lowRank: LowRankWeights | null,
    private options: OnnxTrainerOptions,
    private readonly memory: TrainingMemory,
  ) {
    this.#passes = new GradientPasses(encoder, sessions, memory);
  }

  /** @throws {RangeError} When an option is out of range or leaves nothing to train. */
  static async create(encoder: OnnxEncoder, options: OnnxTrainerOptions = {}): Promise<OnnxTrainer> {
    checkTrainerOptions(options, encoder);
    const { lora, frozenLayers = 0 } = options;
    const lowRank = lora === undefined ? null : lowRankWeights(encoder.model, lora, frozenLayers);
    const wanted = lowRank?.shapes ?? unfrozenWeights(encoder.model, options);
    const sessions = await openTrainingSessions(encoder, wanted, lowRank, options);
    const { dense, rows } = sessions.gradients;
    const trained = new Set([...dense.keys(), ...rows.map(({ weight }) => weight)]);
    if (trained.size === 0)
      throw new RangeError('frozenLayers must leave something to train, received all layers');
    const shapes = new Map([...wanted].filter(([name]) => trained.has(name)));
    const memory = await openTrainingMemory(encoder, shapes, lowRank, sessions.gradients, options);
    return new OnnxTrainer(encoder, sessions, shapes, lowRank, options, memory);
  }

  /**
   * Drops another share from now on: see the option `dropout`.
   *
   * @throws {RangeError} When it is neither `'config'` nor from 0 to below 1.
   */
  async setDropout(dropout: DropoutRate): Promise<void> {
    checkDropout(dropout);
    if (dropout === (this.options.dropout ?? 0)) return;
    const { sessions } = this;
    this.options = { ...this.options, dropout };
    this.sessions = await openTrainingSessions(this.encoder, this.shapes, this.lowRank, this.options);
    this.#passes = new GradientPasses(this.encoder, this.sessions, this.memory);
    await sessions.close();
  }

  /** Steps made so far. */
  get steps(): number {
    return this.memory.step;
  }

  /** The names of what is trained. */
  get trained(): readonly string[] {
    return [...this.shapes.keys()];
  }

  /** Tells apart what training does not change: the weights at the start, how texts become vectors, the updates' factor. */
  get fingerprint(): string {
    const { lowRank } = this;
    const { dropout = 0 } = this.options;
    const noise = dropout === 0 ? [] : [{ dropout }];
    return JSON.stringify([this.encoder.fingerprint, lowRank && [lowRank.rank, lowRank.alpha], ...noise]);
  }

  /** [N, D], rows of unit length: the model as trained so far, low-rank updates included. */
  encode(tokens: TransformerTokens, signal?: AbortSignal): Promise<DenseMatrix> {
    return this.#passes.embed(tokens, signal);
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
    const step = this.steps + 1;
    checkBatches(batches);
    let sum = 0;
    this.clearGradients();
    for (const [i, batch] of batches.entries()) {
      const value = await this.accumulate(batch);
      if (!Number.isFinite(value)) {
        const where = batches.length === 1 ? '' : ` in batch ${i + 1} of ${batches.length}`;
        const weight = firstNotFinite(await this.memory.trained());
        const cause = weight === null ? '' : `: the weight ${weight} is not finite`;
        throw new Error(`the loss is ${value} at step ${step}${where}${cause}`);
      }
      sum += value;
    }
    const norm = await this.gradientNorm();
    if (!Number.isFinite(norm)) throw notFiniteError(norm, await this.firstNotFinite(), step);
    const { clipNorm = 1 } = this.options;
    await this.update(learningRate, { gradientScale: norm > clipNorm ? clipNorm / norm : 1 });
    return { step, loss: sum, gradientNorm: norm };
  }

  /** Forgets the gradients of batches since the last update: the next batch begins a step. */
  clearGradients(): void {
    this.#part = 0;
    this.memory.clearGradients();
  }

  /**
   * Adds the gradients of a batch to those since {@link OnnxTrainer.clearGradients}.
   *
   * @returns Its loss; where that is not finite, nothing is added.
   * @throws {RangeError} When the gradient that the loss returns has not the size of the embeddings.
   */
  accumulate(batch: OnnxMicroBatch, options: OnnxAccumulateOptions = {}): Promise<number> {
    const { textsPerPass = Number.POSITIVE_INFINITY, recompute = this.options.recompute ?? false } = options;
    const { noise: name = `${this.steps + 1} ${this.#part}` } = options;
    this.#part += 1;
    const noise = { seed: this.options.seed ?? 0, name };
    return this.#passes.accumulate(batch, { textsPerPass, recompute, noise });
  }

  /** √ Σ g² over the summed gradients. */
  async gradientNorm(): Promise<number> {
    return Math.sqrt(await this.memory.squaredNorm());
  }

  /** The first weight whose summed gradient is not finite; null where all are. */
  firstNotFinite(): Promise<string | null> {
    return this.memory.firstNotFinite();
  }

  /** One step of AdamW by the summed gradients, not clipped. */
  async update(learningRate: number, options: OnnxUpdateOptions = {}): Promise<void> {
    const { step = this.steps + 1, gradientScale = 1, ...settings } = options;
    const asked = { ...adamWSettings({ ...this.options, ...settings }), learningRate, step, gradientScale };
    await this.memory.update(asked);
  }

  /** A copy of everything that is trained, by name. */
  weights(): Promise<Map<string, NamedTensor>> {
    return this.memory.trained();
  }

  /** @throws Error naming a weight that is missing or has another shape; nothing is changed then. */
  putWeights(weights: ReadonlyMap<string, NamedTensor>): Promise<void> {
    return this.memory.putTrained(weights);
  }

  /** Both moments of AdamW, as `first/NAME` and `second/NAME`; those of the host are not copied. */
  moments(): Promise<Map<string, NamedTensor>> {
    return this.memory.moments();
  }

  /** @throws Error naming a moment that is missing or has another shape; nothing is changed then. */
  putMoments(moments: ReadonlyMap<string, NamedTensor>): Promise<void> {
    return this.memory.putMoments(moments);
  }

  /** What another trainer of the same options needs to go on as if it were this one: trained weights, moments, step. */
  state(): Promise<Map<string, NamedTensor>> {
    return this.memory.all();
  }

  /** @throws Error naming what is missing or has another shape; nothing is changed then. */
  restore(state: ReadonlyMap<string, NamedTensor>): Promise<void> {
    return this.memory.restore(state);
  }

  /** The model as trained so far: low-rank updates are added to the weights that they update. */
  async trainedWeights(): Promise<ModelWeights> {
    await this.memory.toHost();
    return this.lowRank === null ? this.encoder.weights : mergedWeights(this.encoder.weights, this.lowRank);
  }

  /** As `OnnxEncoder.save`, with low-rank updates merged. */
  async save(directory: string, options: Omit<OnnxSaveOptions, 'weights'> = {}): Promise<void> {
    await this.encoder.save(directory, { ...options, weights: await this.trainedWeights() });
  }

  /** As `OnnxEncoder.files`, with low-rank updates merged. */
  async files(options: Omit<OnnxSaveOptions, 'weights'> = {}): Promise<Map<string, Uint8Array>> {
    return this.encoder.files({ ...options, weights: await this.trainedWeights() });
  }

  /**
   * Writes the low-rank updates alone, in the files of PEFT.
   *
   * @param base What adapter_config.json names as the base model.
   * @throws Error when the trainer has none.
   */
  async saveAdapter(directory: string, base: string): Promise<void> {
    const { lowRank } = this;
    if (lowRank === null)
      throw new Error('the trainer has no low-rank updates: create it with the option lora');
    await this.memory.toHost();
    await saveLowRankWeights(directory, lowRank, base);
  }

  /** Frees what ONNX Runtime holds; the encoder stays open, with the weights as trained. */
  async close(): Promise<void> {
    await this.memory.close();
    await this.sessions.close();
  }
}
