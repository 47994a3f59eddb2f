import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { DenseMatrix, TextList } from '../../numerics/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames, writeFolder } from '../../numerics/index.js';
import { safeNormalize } from '../../numerics/tensors/index.js';
import type { VectorSource } from '../adapter/adapter-encoder.js';
import { bagProduct } from '../bag-product.js';
import type { Encoder, TextRole } from '../encoder.js';
import { readFiniteWeights } from '../finite-weights.js';
import { localFolder } from '../local-folder.js';
import { readJsonObject, readJsonObjectIfPresent } from '../read-files.js';
import { writeSafetensors } from '../safetensors.js';
import { TextTokenizer } from '../transformer/text-tokenizer.js';
import { selectTokens, type TransformerTokens } from '../transformer/token-batch.js';
import { wordIds } from '../transformer/word-ids.js';
import { newVariableScope } from '../variable-scope.js';
import { readConfig } from '../vocabulary-file.js';
import { tokenVectors } from './token-vectors.js';

/** How the token vectors of {@link StaticEncoder.fromModel} start. */
export interface StaticEncoderOptions {
  /** Length of the vectors: principal axes of the model's own that are kept, at most all. @defaultValue 256 */
  readonly dimensions?: number;
  /** a of the frequency weight a / (a + p): the smaller, the less frequent tokens count. @defaultValue 0.001 */
  readonly smoothing?: number;
  /**
   * Whether `camelCase` and `HTTPServer` become words before the tokenizer lower-cases them. The tokenizer.json that is
   * saved says so, for every library that reads it. @defaultValue false
   */
  readonly splitIdentifiers?: boolean;
  /** Called after each batch of tokens that the model embedded. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const STATIC_OPTIONS: OptionNames<StaticEncoderOptions> = {
  dimensions: true,
  smoothing: true,
  splitIdentifiers: true,
  onProgress: true,
  signal: true,
};

/** Where a word begins within an identifier: nothing is matched, so that a space is put in. */
const WORD_STARTS = '(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])';

const withSplitIdentifiers = (normalizer: unknown) => ({
  type: 'Sequence',
  normalizers: [
    { type: 'Replace', pattern: { Regex: WORD_STARTS }, content: ' ' },
    ...(normalizer === null || normalizer === undefined ? [] : [normalizer]),
  ],
});

/** The tokenizer of a model, as its files describe it. */
const readTokenizer = async (folder: string, splitIdentifiers = false): Promise<TextTokenizer> => {
  const path = join(folder, 'tokenizer.json');
  const read = await readJsonObject(path);
  const json = {
    ...read,
    // Tools that read the folder would cut and pad texts where the file says so.
    truncation: null,
    padding: null,
    ...(splitIdentifiers ? { normalizer: withSplitIdentifiers(read.normalizer) } : {}),
  };
  try {
    return new TextTokenizer(
      json,
      (await readJsonObjectIfPresent(join(folder, 'tokenizer_config.json'))) ?? {},
    );
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
};

/**
 * A vector for each token, and nothing else: a text is the mean of its tokens' vectors, at unit length.
 *
 * h(text) = normalize( Σ_t e(t) ), e the learned table [V, D]. It costs no pass through a network, in training or at search
 * time. {@link StaticEncoder.fromModel} starts the table from what a pretrained model says of each token alone. A text
 * without a token that has a vector gets the zero vector.
 *
 * A saved folder opens in sentence-transformers (`StaticEmbedding`) and in model2vec.
 *
 * A batch costs O(tokens · D); the model is V × D floats.
 *
 * @example
 * ```ts
 * import { LsaEncoder, StaticEncoder, TransformerEncoder } from 'oasis-embed/encoders';
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * const texts = ['sort a list of numbers', 'sorted numbers in a list', 'read the lines of a file'];
 * // In place of a pretrained model: a folder with a tokenizer, and anything that embeds.
 * const folder = join(mkdtempSync(join(tmpdir(), 'model-')), 'model');
 * const tiny = TransformerEncoder.random({ texts, hiddenSize: 8, layers: 1, heads: 2, vocabularySize: 200 });
 * await tiny.save(folder);
 * const model = LsaEncoder.fit(texts, { dimensions: 4, minimumFrequency: 1 });
 *
 * const encoder = await StaticEncoder.fromModel(model, folder, texts, { dimensions: 3 });
 * const vectors = encoder.encode(encoder.tokenize(['sort numbers'], 'query'), 'query');
 * console.log(vectors.shape); // [1, 3]
 * ```
 */
export class StaticEncoder implements Encoder<TransformerTokens> {
  readonly kind = 'static';
  readonly #table: tf.Variable;
  readonly #ids: (text: string) => readonly number[];

  private constructor(
    private readonly tokenizer: TextTokenizer,
    { data, rows, columns }: DenseMatrix,
    /** The model that the vectors started from. */
    readonly source: string,
  ) {
    this.#ids =
      wordIds(tokenizer.json, WORD_STARTS, (text) => tokenizer.ids(text)) ?? ((text) => tokenizer.ids(text));
    const value = tf.tensor2d(data, [rows, columns]);
    this.#table = tf.variable(value, true, `${newVariableScope('static')}/embeddings`);
    value.dispose();
  }

  /**
   * Starts from a pretrained model: each token's text alone goes through it, the results are turned into their principal
   * axes and weighted by how rare the token is in `texts`.
   *
   * @param model Embeds the tokens' texts; once for each token of the vocabulary.
   * @param folder Of a model with a tokenizer.json, or its name on the hub: usually the same model's.
   * @param texts What frequencies are counted in: the training texts.
   * @throws Error naming the tokenizer file that is missing or not supported.
   * @throws {RangeError} When an option is out of range.
   *
   * Time: 30,000 tokens through all-MiniLM-L6-v2 and its 384 axes take well under a minute on ONNX Runtime.
   */
  static async fromModel(
    model: VectorSource,
    folder: string,
    texts: TextList,
    options: StaticEncoderOptions = {},
  ): Promise<StaticEncoder> {
    checkOptions('StaticEncoder.fromModel', options, STATIC_OPTIONS);
    const { dimensions = 256, smoothing = 1e-3, splitIdentifiers, onProgress = () => {}, signal } = options;
    checkPositiveInteger('dimensions', dimensions);
    if (!(Number.isFinite(smoothing) && smoothing > 0)) {
      throw new RangeError(`smoothing must be above 0, received ${smoothing}`);
    }
    const tokenizer = await readTokenizer(await localFolder(folder), splitIdentifiers);
    const vectors = await tokenVectors(model, tokenizer, texts, {
      dimensions,
      smoothing,
      onProgress,
      ...(signal === undefined ? {} : { signal }),
    });
    return new StaticEncoder(tokenizer, vectors, model.name);
  }

  /**
   * Reads a folder that {@link StaticEncoder.save} wrote. Where the file has `weights`, as int8 models do, each token's vector is
   * multiplied by its own.
   *
   * @throws Error naming the file that is missing or does not fit the others.
   */
  static async load(directory: string): Promise<StaticEncoder> {
    const { source } = await readConfig(directory, 'static');
    const tokenizer = await readTokenizer(directory);
    const path = join(directory, 'model.safetensors');
    const { tensors } = await readFiniteWeights(path);
    const table = tensors.get('embeddings');
    const [rows, columns] = table?.shape ?? [];
    if (table?.shape.length !== 2 || rows! <= tokenizer.largestId) {
      throw new Error(
        `${path}: embeddings must have shape [V, D] with V above ${tokenizer.largestId}, the largest id of ` +
          `tokenizer.json, found [${table?.shape.join(', ') ?? ''}]`,
      );
    }
    const weights = tensors.get('weights');
    if (weights !== undefined) {
      if (weights.data.length !== rows) {
        throw new Error(
          `${path}: weights must have shape [V] = [${rows}], found [${weights.shape.join(', ')}]`,
        );
      }
      for (let i = 0; i < table.data.length; i++) table.data[i]! *= weights.data[Math.floor(i / columns!)]!;
    }
    return new StaticEncoder(
      tokenizer,
      { data: table.data, rows: rows!, columns: columns! },
      typeof source === 'string' ? source : 'unknown',
    );
  }

  get dimensions(): number {
    return this.#table.shape[1]!;
  }

  get variables(): readonly tf.Variable[] {
    return [this.#table];
  }

  /** Tokens without the special ones, however long the text is. Both roles are embedded alike. */
  tokenize(texts: readonly string[], _role?: TextRole): TransformerTokens {
    const offsets = new Uint32Array(texts.length + 1);
    const ids: number[] = [];
    texts.forEach((text, i) => {
      for (const id of this.#ids(text)) ids.push(id);
      offsets[i + 1] = ids.length;
    });
    return { length: texts.length, offsets, ids: Int32Array.from(ids) };
  }

  select(tokens: TransformerTokens, rows: ArrayLike<number>): TransformerTokens {
    return selectTokens(tokens, rows);
  }

  encode({ length, offsets, ids }: TransformerTokens, _role?: TextRole): tf.Tensor2D {
    if (ids.length === 0) return tf.zeros([length, this.dimensions]);
    const terms = Uint32Array.from(new Set(ids)).sort();
    const placeOf = new Map([...terms].map((id, place) => [id, place]));
    return tf.tidy(() => {
      const layout = {
        offsets,
        columns: Uint32Array.from(ids, (id) => placeOf.get(id)!),
        terms,
        known: terms.length,
        fixed: new Float32Array(terms.length * this.dimensions),
      };
      return safeNormalize(
        bagProduct(tf.ones([ids.length]) as tf.Tensor1D, this.#table as unknown as tf.Tensor2D, layout),
      );
    });
  }

  /** Writes the folder of a static model as sentence-transformers and model2vec read it, whole or not at all. */
  async save(directory: string): Promise<void> {
    const data = await this.#table.data<'float32'>();
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    const files = {
      'tokenizer.json': JSON.stringify(this.tokenizer.json),
      'tokenizer_config.json': json(this.tokenizer.config),
      'modules.json': json([
        { idx: 0, name: '0', path: '.', type: 'sentence_transformers.models.StaticEmbedding' },
        { idx: 1, name: '1', path: '1_Normalize', type: 'sentence_transformers.models.Normalize' },
      ]),
      'config_sentence_transformers.json': json({ similarity_fn_name: 'cosine' }),
      'config.json': json({
        kind: this.kind,
        model_type: 'model2vec',
        architectures: ['StaticModel'],
        tokenizer_name: this.source,
        hidden_dim: this.dimensions,
        normalize: true,
        source: this.source,
      }),
    };
    const write = async (temporary: string) => {
      await writeSafetensors(
        join(temporary, 'model.safetensors'),
        new Map([['embeddings', { shape: this.#table.shape, data }]]),
      );
      for (const [name, text] of Object.entries(files)) await writeFile(join(temporary, name), text);
    };
    await writeFolder(directory, write, { last: 'config.json' });
  }

  dispose(): void {
    this.#table.dispose();
  }
}
