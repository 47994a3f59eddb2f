import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkOptions, type DenseMatrix, hashString, type OptionNames } from '../../numerics/index.js';
import { gatherRows } from '../../numerics/tensors/index.js';
import type { ModelDescription } from '../description/index.js';
import { type EncodeTextsOptions, encodeTexts } from '../encode-texts.js';
import type { Encoder, TextRole } from '../encoder.js';
import { localFolder } from '../local-folder.js';
import { readJsonObjectIfPresent } from '../read-files.js';
import { type Assembly, type Frozen, loadAssembly, randomAssembly } from './assembly.js';
import { headVectors } from './head-vectors.js';
import { hiddenStates } from './hidden-states.js';
import { saveAdapter } from './low-rank-adapter.js';
import { writeModelFolder } from './model-folder.js';
import { type Pooling, poolTokens } from './pooling.js';
import { joinTokens, lengthBuckets, paddedIds, selectTokens, type TransformerTokens } from './token-batch.js';
import type { RandomTransformerOptions, TransformerOptions } from './transformer-options.js';

/** Attention scores of one pass, in values: larger batches go through in several. */
const SCORES_PER_PASS = 2 ** 27;

const TRANSFORMER_OPTIONS: OptionNames<TransformerOptions> = {
  pooling: true,
  queryPrompt: true,
  documentPrompt: true,
  maximumLength: true,
  overlong: true,
  frozenLayers: true,
  frozenEmbeddings: true,
  lora: true,
  adapter: true,
};

const RANDOM_TRANSFORMER_OPTIONS: OptionNames<RandomTransformerOptions> = {
  texts: true,
  vocabularySize: true,
  hiddenSize: true,
  layers: true,
  heads: true,
  intermediateSize: true,
  maximumLength: true,
  seed: true,
  pooling: true,
  queryPrompt: true,
  documentPrompt: true,
  overlong: true,
  frozenLayers: true,
  frozenEmbeddings: true,
  lora: true,
};

const EMBED_OPTIONS: OptionNames<EncodeTextsOptions & { readonly role?: TextRole }> = {
  batchSize: true,
  signal: true,
  role: true,
};

/**
 * A transformer that embeds texts: Hugging Face checkpoints of BERT (MiniLM, BGE, E5), RoBERTa (CodeBERT, UniXcoder), XLM-R,
 * DistilBERT, MPNet, ModernBERT, NomicBERT, Qwen2, Qwen3 and Gemma 3, loaded, trained, and saved as a folder that
 * sentence-transformers loads.
 *
 * h(text) = normalize( maps( pool( transformer( prompt_role + text ) ) ) ), pooled over the tokens that are no padding; maps are
 * the linear maps (Dense) of the folder, if it has any. Texts of
 * similar length share a pass, each padded behind to a multiple of 8; padding changes no vector, on whichever side the
 * tokenizer would put it. There is no dropout: a text has one vector, in training too.
 *
 * Every tensor that is not trained (frozen layers, the base below low-rank updates) is held once, has no gradient and
 * no optimizer state, and layers below the lowest trained one keep nothing for the backward pass.
 *
 * @example
 * ```ts
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * const documents = ['function sum(xs) { return xs.reduce((a, b) => a + b, 0); }', 'function last(xs) { return xs.at(-1); }'];
 * const encoder = TransformerEncoder.random({ texts: documents, hiddenSize: 32, layers: 1, heads: 2 });
 * const vectors = await encoder.embed(documents, { role: 'document' });
 * console.log(vectors.rows, vectors.columns); // 2 32
 * encoder.dispose();
 * ```
 */
export class TransformerEncoder implements Encoder<TransformerTokens> {
  readonly kind = 'transformer';
  readonly #assembly: Assembly;

  private constructor(assembly: Assembly) {
    this.#assembly = assembly;
  }

  /**
   * Loads a Hugging Face or sentence-transformers folder: config.json, tokenizer.json and model.safetensors (or the
   * shards that model.safetensors.index.json lists) in float32, float16 or bfloat16, with modules.json, the pooling,
   * prompts and maximum length of sentence-transformers where they are there.
   *
   * @param directory The model's folder; no code from it is run. If there is no such folder, `owner/name` is taken from the
   * cache of the Hugging Face hub, or downloaded into it: see `openModelFolder` of `oasis-embed/hub`.
   * @throws Error naming the file that is missing, unsupported, or does not fit the others.
   * @throws {RangeError} When an option is out of range.
   *
   * Memory: the weights once in float32, and one tensor at a time while loading.
   *
   * @example
   * ```ts
   * import { mkdtemp } from 'node:fs/promises';
   * import { tmpdir } from 'node:os';
   * import { join } from 'node:path';
   * import { TransformerEncoder } from 'oasis-embed/encoders';
   *
   * const directory = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
   * const start = TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 2, heads: 2 });
   * await start.save(directory);
   * const encoder = await TransformerEncoder.load(directory, { queryPrompt: 'query: ', lora: { rank: 4 } });
   * console.log(encoder.variables.length); // 8: two updates a layer, two matrices each
   * ```
   */
  static async load(directory: string, options: TransformerOptions = {}): Promise<TransformerEncoder> {
    checkOptions('TransformerEncoder.load', options, TRANSFORMER_OPTIONS);
    return new TransformerEncoder(await loadAssembly(await localFolder(directory), options));
  }

  /**
   * A BERT encoder with random weights and the words of the given texts as its vocabulary, to be trained from scratch.
   *
   * @throws {RangeError} When an option is out of range.
   */
  static random(options: RandomTransformerOptions): TransformerEncoder {
    checkOptions('TransformerEncoder.random', options, RANDOM_TRANSFORMER_OPTIONS);
    return new TransformerEncoder(randomAssembly(options));
  }

  /** The model and its settings as loaded, for datasets and caches: training does not change it. */
  get name(): string {
    const { folder, settings, fingerprint } = this.#assembly;
    const { pooling, queryPrompt, documentPrompt, maximumLength } = settings;
    const details = hashString(JSON.stringify([pooling, queryPrompt, documentPrompt, maximumLength]));
    return `${folder.name}-${fingerprint.toString(16)}-${details.toString(16)}`;
  }

  /** The weights as loaded, how texts become vectors, and what scales the low-rank updates. */
  get fingerprint(): string {
    const { settings, adapter, fingerprint } = this.#assembly;
    const { pooling, queryPrompt, documentPrompt, maximumLength } = settings;
    return JSON.stringify([fingerprint, pooling, queryPrompt, documentPrompt, maximumLength, adapter]);
  }

  /** The architecture, block by block, and what stands behind it. */
  get model(): ModelDescription {
    return this.#assembly.folder.model;
  }

  get dimensions(): number {
    const { head, transformer } = this.model;
    return head.dense.at(-1)?.map.outputs ?? transformer.width;
  }

  get pooling(): Pooling {
    return this.#assembly.settings.pooling;
  }

  /** Tokens of the longest text, special ones included. */
  get maximumLength(): number {
    return this.#assembly.settings.maximumLength;
  }

  get variables(): readonly tf.Variable[] {
    return this.#assembly.parameters.variables;
  }

  /** What is put before the texts of a role. */
  prompt(role: TextRole): string {
    const { queryPrompt, documentPrompt } = this.#assembly.settings;
    return role === 'query' ? queryPrompt : documentPrompt;
  }

  /**
   * Token ids with the role's prompt and the special tokens, cut to the maximum length.
   *
   * @throws {RangeError} Naming a text that is too long, when `overlong` is `error`.
   */
  tokenize(texts: readonly string[], role: TextRole): TransformerTokens {
    const { folder, overlong } = this.#assembly;
    const prompt = this.prompt(role);
    const shown = prompt === '' ? texts : texts.map((text) => prompt + text);
    return folder.tokenizer.encode(shown, { maximumLength: this.maximumLength, overlong });
  }

  select(tokens: TransformerTokens, rows: ArrayLike<number>): TransformerTokens {
    return selectTokens(tokens, rows);
  }

  /** @throws {RangeError} When the tokens are of another tokenizer, or more than the model has positions for. */
  encode(tokens: TransformerTokens, _role: TextRole): tf.Tensor2D {
    const { parameters } = this.#assembly;
    const { transformer, head } = this.model;
    if (tokens.length === 0) return tf.zeros([0, this.dimensions]);
    this.#checkTokens(tokens);
    return tf.tidy(() => {
      const heads = Math.max(...transformer.layers.map(({ attention }) => attention.heads));
      const mostTexts = (length: number) => Math.floor(SCORES_PER_PASS / (heads * length * length));
      const buckets = lengthBuckets(tokens, transformer.maximumLength, mostTexts);
      const pooled = buckets.map((bucket) =>
        tf.tidy(() => {
          const { lengths, length } = bucket;
          const ids = paddedIds(tokens, bucket, transformer.paddingId);
          const hidden = hiddenStates({ ids, lengths, length }, parameters, transformer);
          return poolTokens(hidden, lengths, length, this.pooling);
        }),
      );
      if (pooled.length === 1) return headVectors(pooled[0]!, head, parameters);
      const places = new Int32Array(tokens.length);
      let next = 0;
      for (const { rows } of buckets) for (const row of rows) places[row] = next++;
      return headVectors(gatherRows(tf.concat(pooled, 0), places), head, parameters);
    });
  }

  /** Queries and documents of similar length share a pass: half the kernels of two calls of `encode`. */
  encodeSides(queries: TransformerTokens, documents: TransformerTokens) {
    return tf.tidy(() => {
      const rows = this.encode(joinTokens(queries, documents), 'query');
      return {
        queries: tf.slice2d(rows, [0, 0], [queries.length, -1]),
        documents: tf.slice2d(rows, [queries.length, 0], [documents.length, -1]),
      };
    });
  }

  /** Rows of unit length, [N, D]: what makes the model an `Embedder`, such as the labeler of a dataset. */
  async embed(
    texts: readonly string[],
    options: EncodeTextsOptions & { readonly role?: TextRole } = {},
  ): Promise<DenseMatrix> {
    checkOptions('TransformerEncoder.embed', options, EMBED_OPTIONS);
    const { role = 'document', ...rest } = options;
    return encodeTexts(this, texts, role, rest);
  }

  /**
   * Writes a folder that {@link TransformerEncoder.load} and sentence-transformers read to the same embeddings, whole
   * or not at all: float32 weights with low-rank updates merged, tokenizer, pooling, normalization, prompts.
   */
  async save(directory: string): Promise<void> {
    const { folder, settings, parameters } = this.#assembly;
    await writeModelFolder(directory, { ...folder, settings }, parameters);
  }

  /**
   * Writes `model/` with the weights below the low-rank updates, `adapter/` with the updates, and training.json with what
   * is frozen: {@link TransformerEncoder.loadForTraining} makes an encoder with the same variables of it.
   */
  async saveForTraining(directory: string): Promise<void> {
    const { folder, settings, parameters, adapter, frozen } = this.#assembly;
    await writeModelFolder(join(directory, 'model'), { ...folder, settings }, parameters, false);
    const isAdapted = adapter !== null && parameters.updates.size > 0;
    if (isAdapted) await saveAdapter(parameters, adapter, join(directory, 'adapter'), folder.name);
    await writeFile(join(directory, 'training.json'), JSON.stringify({ frozen, isAdapted }));
  }

  /** Reads a folder that {@link TransformerEncoder.saveForTraining} wrote, or a plain model, all of it to be trained. */
  static async loadForTraining(directory: string): Promise<TransformerEncoder> {
    const plan = await readJsonObjectIfPresent(join(directory, 'training.json'));
    if (plan === null) return TransformerEncoder.load(directory);
    const { frozen, isAdapted } = plan;
    const { layers, embeddings } = frozen as Frozen;
    return TransformerEncoder.load(join(directory, 'model'), {
      frozenLayers: layers,
      frozenEmbeddings: embeddings,
      ...(isAdapted === true ? { adapter: join(directory, 'adapter') } : {}),
    });
  }

  /**
   * Writes the low-rank updates alone, in the files of PEFT.
   *
   * @param base What adapter_config.json names as the base model. @defaultValue the name of the loaded folder
   * @throws Error when the encoder has none.
   */
  async saveAdapter(directory: string, base = this.#assembly.folder.name): Promise<void> {
    const { adapter, parameters } = this.#assembly;
    if (adapter === null || parameters.updates.size === 0) {
      throw new Error('the encoder has no low-rank updates: load it with the option lora or adapter');
    }
    await saveAdapter(parameters, adapter, directory, base);
  }

  /** Adds the low-rank updates to the weights: equal vectors, fewer operations, nothing left to train. */
  mergeAdapter(): void {
    this.#assembly.parameters.mergeUpdates();
  }

  dispose(): void {
    this.#assembly.parameters.dispose();
  }

  #checkTokens({ length, offsets, ids }: TransformerTokens): void {
    const { maximumLength, embeddings } = this.model.transformer;
    const { rows } = embeddings.words;
    for (let i = 0; i < length; i++) {
      const count = offsets[i + 1]! - offsets[i]!;
      if (count > maximumLength) {
        throw new RangeError(`text ${i} must have at most ${maximumLength} tokens, received ${count}`);
      }
    }
    for (const id of ids) {
      if (!(id >= 0 && id < rows)) {
        throw new RangeError(`token ids must be in [0, ${rows}), received ${id}`);
      }
    }
  }
}
