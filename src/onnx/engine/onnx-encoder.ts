import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelDescription } from '../../encoders/description/index.js';
import { weightList } from '../../encoders/description/index.js';
import type { TextRole } from '../../encoders/index.js';
import {
  densePath,
  formatSafetensors,
  formatSavedConfig,
  formatSentenceTransformersFiles,
  type LazyTensor,
  localFolder,
  type ModelFiles,
  type ModelFolder,
  readModelFolder,
  selectTokens,
  type TokenBucket,
  type TransformerTokens,
  weightsFingerprint,
  writeSafetensors,
} from '../../encoders/transformer/index.js';
import { checkOptions, type DenseMatrix, type OptionNames, writeFolder } from '../../numerics/index.js';
import { inferenceGraph } from '../build/inference-graph.js';
import { formatModel } from '../graph/format-model.js';
import { withConstants } from '../graph/graph.js';
import { type ModelWeights, readWeights } from '../model/read-weights.js';
import { openRuntime } from './devices.js';
import {
  checkEncoderOptions,
  EMBED_OPTIONS,
  ENCODER_OPTIONS,
  type OnnxEmbedOptions,
  type OnnxEncoderOptions,
} from './encoder-options.js';
import { GraphSession } from './graph-session.js';
import type { OnnxRuntime } from './load-runtime.js';
import { EMBED_ADVICE, namingMemory } from './out-of-memory.js';
import { TextInput } from './text-input.js';
import type { TokenFeeds } from './token-feeds.js';

/** What {@link OnnxEncoder} writes beside the weights. */
export interface OnnxSaveOptions {
  /**
   * Whether onnx/model.onnx is written too: input_ids and attention_mask to last_hidden_state, for ONNX Runtime in other
   * languages. {@link exportOnnx} adds it to a folder that is there, and smaller ones.
   *
   * @defaultValue false
   */
  readonly onnx?: boolean;
  /** @defaultValue the encoder's own */
  readonly weights?: ModelWeights;
}

const SAVE_OPTIONS: OptionNames<OnnxSaveOptions> = { onnx: true, weights: true };

/**
 * A pretrained text encoder on ONNX Runtime: BERT (MiniLM, BGE, E5), RoBERTa, XLM-R, DistilBERT, MPNet, ModernBERT, NomicBERT,
 * Qwen2, Qwen3 and Gemma 3, from the same folders as `TransformerEncoder`. Needs the package `onnxruntime-node`.
 *
 * h(text) = normalize( pool( transformer( prompt + text ) ) ). Texts of similar length share a pass; padding changes no
 * vector. The weights are arrays of the host, held once, that an `OnnxTrainer` changes in place.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * import { OnnxEncoder } from 'oasis-embed/onnx';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
 * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
 * const encoder = await OnnxEncoder.load(folder);
 * const vectors = await encoder.embed(['sort a list', 'a list'], { role: 'query' });
 * console.log(vectors.rows, vectors.columns); // 2 32
 * await encoder.close();
 * ```
 */
export class OnnxEncoder {
  #session: Promise<GraphSession> | null = null;

  private constructor(
    /** ONNX Runtime, as loaded. */
    readonly runtime: OnnxRuntime,
    private readonly folder: Pick<ModelFolder, 'configJson' | 'settings' | 'tokenizerFiles' | 'model'>,
    readonly weights: ModelWeights,
    private readonly input: TextInput,
    /** Threads of one run. */
    readonly threads: number | undefined,
    /** Of the weights as loaded. */
    private readonly weightsHash: number,
  ) {}

  /**
   * Loads a Hugging Face or sentence-transformers folder with weights in safetensors, or, where there are none, in a float32
   * export onnx/model.onnx.
   *
   * @param from The folder's path, or its files wherever they are: {@link fetchedFiles}, {@link filesInMemory}. If there is no such
   * folder, `owner/name` is taken from the cache of the Hugging Face hub, or downloaded into it: see `openModelFolder` of
   * `oasis-embed/hub`.
   * @throws Error naming the file that is missing, unsupported, or does not fit the others; with the install command when
   * ONNX Runtime is missing or too old.
   * @throws {RangeError} When an option is out of range.
   *
   * Memory: the weights once in float32.
   */
  static async load(from: string | ModelFiles, options: OnnxEncoderOptions = {}): Promise<OnnxEncoder> {
    checkEncoderOptions('OnnxEncoder.load', options, ENCODER_OPTIONS);
    const runtime = await openRuntime(options);
    const files = typeof from === 'string' ? await localFolder(from) : from;
    const folder = await readModelFolder(files, options.pooling);
    const { maximumLength: positions, paddingId } = folder.model.transformer;
    const { maximumLength } = folder;
    const input = new TextInput({ tokenizer: folder.tokenizer, settings: folder.settings }, options, {
      maximumLength,
      positions,
      paddingId,
    });
    const weights = await readWeights(folder);
    const hash = [...weights.values()].reduce(weightsFingerprint, 0);
    // Not the files: they may be held in memory.
    const { configJson, settings, tokenizerFiles, model } = folder;
    const kept = { configJson, settings, tokenizerFiles, model };
    return new OnnxEncoder(runtime, kept, weights, input, options.threads, hash);
  }

  get model(): ModelDescription {
    return this.folder.model;
  }

  /** The weights as loaded and how texts become vectors: training does not change it. */
  get fingerprint(): string {
    const { head } = this.model;
    const prompts = [this.prompt('query'), this.prompt('document')];
    return JSON.stringify([this.weightsHash, head, prompts, this.maximumLength]);
  }

  get dimensions(): number {
    const { head, transformer } = this.model;
    return head.dense.at(-1)?.map.outputs ?? transformer.width;
  }

  /** Tokens of the longest text, special ones included. */
  get maximumLength(): number {
    return this.input.maximumLength;
  }

  /** Tokens that go through the model at a time. */
  get tokensPerPass(): number {
    return this.input.tokensPerPass;
  }

  /** What is put before the texts of a role. */
  prompt(role: TextRole): string {
    return this.input.prompt(role);
  }

  /** Token ids with the role's prompt and the special tokens, cut to the maximum length. */
  tokenize(texts: readonly string[], role: TextRole): TransformerTokens {
    return this.input.tokenize(texts, role);
  }

  select(tokens: TransformerTokens, rows: ArrayLike<number>): TransformerTokens {
    return selectTokens(tokens, rows);
  }

  /** Rows of unit length, [N, D], in the order of the texts. */
  async embed(texts: readonly string[], options: OnnxEmbedOptions = {}): Promise<DenseMatrix> {
    checkOptions('OnnxEncoder.embed', options, EMBED_OPTIONS);
    const { role = 'document', signal } = options;
    return this.encode(this.tokenize(texts, role), signal);
  }

  /** As {@link OnnxEncoder.embed}, for texts that are tokenized already. */
  async encode(tokens: TransformerTokens, signal?: AbortSignal): Promise<DenseMatrix> {
    const session = await this.#openSession();
    const pass = ({ sizes, feeds }: TokenFeeds) =>
      namingMemory(sizes, EMBED_ADVICE, async () => {
        const outputs = await session.run(new Map([...this.weights, ...feeds]), sizes);
        return outputs.get('embeddings') as Float32Array;
      });
    return this.input.embed(tokens, this.dimensions, pass, signal);
  }

  /** One for all calls; after a failure the next call tries again. */
  #openSession(): Promise<GraphSession> {
    if (this.#session !== null) return this.#session;
    const opening = GraphSession.create(this.runtime, inferenceGraph(this.model), { threads: this.threads });
    opening.catch(() => {
      if (this.#session === opening) this.#session = null;
    });
    this.#session = opening;
    return opening;
  }

  /**
   * Texts of similar length, as many as go through the model together.
   *
   * @param mostTexts In one of them.
   */
  buckets(tokens: TransformerTokens, mostTexts?: number): TokenBucket[] {
    return this.input.buckets(tokens, mostTexts);
  }

  /**
   * Writes a folder that {@link OnnxEncoder.load}, `TransformerEncoder.load` and
   * sentence-transformers read to the same embeddings, whole or not at all.
   *
   * @throws {RangeError} When `onnx` is asked for and the weights are 2 GiB or more.
   */
  async save(directory: string, options: OnnxSaveOptions = {}): Promise<void> {
    checkOptions('OnnxEncoder.save', options, SAVE_OPTIONS);
    const { texts, tensors, graph } = this.#saved(options);
    await writeFolder(
      directory,
      async (temporary) => {
        const makeRoom = (name: string) => mkdir(dirname(join(temporary, name)), { recursive: true });
        for (const [name, values] of tensors) {
          await makeRoom(name);
          await writeSafetensors(join(temporary, name), values, { format: 'pt' });
        }
        for (const [name, content] of [...graph, ...texts]) {
          await makeRoom(name);
          await writeFile(join(temporary, name), content);
        }
      },
      { last: 'config.json' },
    );
  }

  /**
   * The files that {@link OnnxEncoder.save} writes, by name, for programs that have no disk: a page offers them for download
   * or keeps them, and {@link filesInMemory} reads them back.
   */
  async files(options: OnnxSaveOptions = {}): Promise<Map<string, Uint8Array>> {
    checkOptions('OnnxEncoder.files', options, SAVE_OPTIONS);
    const { texts, tensors, graph } = this.#saved(options);
    const files = new Map<string, Uint8Array>(graph);
    for (const [name, text] of texts) files.set(name, new TextEncoder().encode(text));
    for (const [name, values] of tensors) {
      const read = new Map<string, { shape: readonly number[]; data: Float32Array }>();
      for (const [tensor, { shape, read: data }] of values) read.set(tensor, { shape, data: await data() });
      files.set(name, formatSafetensors(read, { format: 'pt' }));
    }
    return files;
  }

  #saved({ weights = this.weights, onnx = false }: OnnxSaveOptions) {
    const { configJson, settings, tokenizerFiles, model } = this.folder;
    const graph = new Map<string, Uint8Array>();
    if (onnx) {
      const whole = withConstants(inferenceGraph(this.model, 'last_hidden_state'), weights);
      graph.set('onnx/model.onnx', formatModel(whole));
    }
    const texts = new Map<string, string>([
      ...tokenizerFiles,
      ...formatSentenceTransformersFiles(
        {
          ...settings,
          pooling: model.head.pooling === 'cls' ? 'first' : model.head.pooling,
          maximumLength: this.maximumLength,
          queryPrompt: this.prompt('query'),
          documentPrompt: this.prompt('document'),
        },
        model.transformer.width,
      ),
      ['config.json', formatSavedConfig(configJson, model.transformer.architecture)],
    ]);
    const shapes = new Map(weightList(model).map(({ name, shape }) => [name, shape]));
    const tensor = (name: string): LazyTensor => ({
      shape: shapes.get(name)!,
      read: async () => weights.get(name)!,
    });
    const { dense } = model.head;
    const ofHead = new Set(dense.flatMap(({ map }) => [map.weight, map.bias]));
    const own = [...shapes.keys()].filter((name) => !ofHead.has(name));
    const tensors = new Map([
      ['model.safetensors', new Map(own.map((name) => [name, tensor(name)] as const))],
    ]);
    for (const [index, { map }] of dense.entries()) {
      const maps = new Map([['linear.weight', tensor(map.weight)]]);
      if (map.bias !== null) maps.set('linear.bias', tensor(map.bias));
      tensors.set(`${densePath(index)}/model.safetensors`, maps);
    }
    return { texts, tensors, graph };
  }

  /** Frees what ONNX Runtime holds. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await (await session?.catch(() => null))?.close();
  }
}
