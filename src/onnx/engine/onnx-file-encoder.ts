import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PoolingKind } from '../../encoders/description/index.js';
import type { TextRole } from '../../encoders/index.js';
import type { TransformerTokens } from '../../encoders/transformer/index.js';
import {
  finiteWeights,
  headOf,
  localFolder,
  readTextFolder,
  type TextFolder,
} from '../../encoders/transformer/index.js';
import { checkOptions, type DenseMatrix, normalizeRows, type OptionNames } from '../../numerics/index.js';
import { headGraph } from '../build/head-graph.js';
import { type ModelWeights, readDenseWeights } from '../model/read-weights.js';
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
import { type InputLimits, TextInput } from './text-input.js';
import type { TokenFeeds } from './token-feeds.js';

/** Which file {@link OnnxFileEncoder} opens; how it pools, and how long texts may be. */
export interface OnnxFileEncoderOptions extends OnnxEncoderOptions {
  /** The ONNX file, relative to the folder. @defaultValue 'onnx/model.onnx' */
  readonly file?: string;
}

const FILE_ENCODER_OPTIONS: OptionNames<OnnxFileEncoderOptions> = { ...ENCODER_OPTIONS, file: true };

/** What exporters call whole embeddings, and the vectors of tokens. */
const EMBEDDINGS = ['sentence_embedding', 'embeddings'];
const HIDDEN_STATES = ['last_hidden_state', 'token_embeddings', 'hidden_states'];

/** What the files of encoders ask for. */
const INPUTS: Readonly<Record<string, (feeds: TokenFeeds) => BigInt64Array>> = {
  input_ids: ({ feeds }) => feeds.get('input_ids') as BigInt64Array,
  attention_mask: ({ feeds }) => feeds.get('attention_mask') as BigInt64Array,
  // Every token is of the first text.
  token_type_ids: ({ sizes }) => new BigInt64Array(sizes.batch! * sizes.length!),
  // Padding stands behind.
  position_ids: ({ sizes }) =>
    BigInt64Array.from({ length: sizes.batch! * sizes.length! }, (_, i) => BigInt(i % sizes.length!)),
};

interface FileOutput {
  readonly name: string;
  readonly width: number;
  /** Whether the output is one vector a text; else it is one a token. */
  readonly isPooled: boolean;
}

const countOf = (json: Readonly<Record<string, unknown>>, keys: readonly string[]): number | null => {
  const value = keys.map((key) => json[key]).find((found) => found !== undefined);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
};

/** RoBERTa and its kin count places from the padding id. */
const positionsOf = ({ configJson }: TextFolder): number => {
  const rows = countOf(configJson, ['max_position_embeddings', 'n_positions', 'max_seq_len']);
  if (rows === null) return Number.POSITIVE_INFINITY;
  const isOffset = ['roberta', 'xlm-roberta', 'camembert', 'mpnet'].includes(String(configJson.model_type));
  return isOffset ? rows - 2 : rows;
};

/** The config's comes first: RoBERTa's places are counted by it. */
const paddingIdOf = ({ configJson, tokenizer }: TextFolder): number =>
  typeof configJson.pad_token_id === 'number' ? configJson.pad_token_id : (tokenizer.paddingId ?? 0);

const limitsOf = (folder: TextFolder): InputLimits => {
  const { settings, tokenizer } = folder;
  const positions = positionsOf(folder);
  const maximumLength = Math.min(settings.maximumLength ?? tokenizer.maximumLength, positions);
  return { maximumLength, positions, paddingId: paddingIdOf(folder) };
};

/**
 * A text encoder that somebody exported to ONNX, of whatever architecture and precision: `onnx/model.onnx`,
 * `onnx/model_quantized.onnx` or another file of a folder as the hub lays it out, beside config.json, tokenizer.json and
 * sentence-transformers' pooling, linear maps and prompts. Needs the package `onnxruntime-node`.
 *
 * The file takes input_ids, and where it asks for them attention_mask, token_type_ids and position_ids; it returns
 * vectors of tokens, which are pooled as the folder says, or whole embeddings. It embeds and is not trained:
 * {@link OnnxEncoder} trains from a float32 export of an architecture that it knows.
 *
 * A file whose activations are quantized as well, as `model_quantized.onnx` of the hub often is, gives a text slightly other
 * vectors in other company: the range of a whole batch sets the steps.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * import { exportOnnx, OnnxFileEncoder } from 'oasis-embed/onnx';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
 * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
 * await exportOnnx(folder);
 * const encoder = await OnnxFileEncoder.load(folder, { file: 'onnx/model.onnx' });
 * const vectors = await encoder.embed(['sort a list', 'a list']);
 * console.log(vectors.rows, vectors.columns); // 2 32
 * await encoder.close();
 * ```
 */
export class OnnxFileEncoder {
  #isClosed = false;

  private constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly output: FileOutput,
    /** From vectors of tokens to embeddings. */
    private readonly head: { readonly session: GraphSession; readonly weights: ModelWeights } | null,
    /** Columns of the embeddings. */
    readonly dimensions: number,
    private readonly input: TextInput,
    /** Which of the tokens' vectors count. */
    readonly pooling: PoolingKind,
  ) {}

  /**
   * @param directory The folder's path, or `owner/name` of the Hugging Face hub, where there is no such folder: see `openModelFolder` of
   * `oasis-embed/hub`.
   * @throws Error naming the file that is missing, unsupported, or does not fit the others, and the inputs and outputs that
   * are not known; with the install command when ONNX Runtime is missing or too old.
   * @throws {RangeError} When an option is out of range.
   */
  static async load(directory: string, options: OnnxFileEncoderOptions = {}): Promise<OnnxFileEncoder> {
    checkEncoderOptions('OnnxFileEncoder.load', options, FILE_ENCODER_OPTIONS);
    const { file = 'onnx/model.onnx', threads } = options;
    const root = await localFolder(directory, file);
    const folder = await readTextFolder(root);
    const input = new TextInput(folder, options, limitsOf(folder));
    const pooling = options.pooling ?? folder.pooling ?? 'mean';
    const path = join(root, file);
    if (!(await stat(path).catch(() => null))?.isFile()) throw new Error(`cannot read ${path}: no such file`);
    const runtime = await openRuntime(options);
    const session = await openSession(runtime, path, threads);
    try {
      const output = await findOutput(runtime, session, path);
      if (output.isPooled) {
        // Linear maps behind the pooling are in the file.
        return new OnnxFileEncoder(runtime, session, output, null, output.width, input, pooling);
      }
      const description = headOf(folder, pooling, output.width);
      const weights = await readDenseWeights(folder);
      const head = {
        session: await GraphSession.create(runtime, headGraph(output.width, description), { threads }),
        weights,
      };
      const dimensions = description.dense.at(-1)?.map.outputs ?? output.width;
      return new OnnxFileEncoder(runtime, session, output, head, dimensions, input, pooling);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Tokens of the longest text, special ones included. */
  get maximumLength(): number {
    return this.input.maximumLength;
  }

  /** What is put before the texts of a role. */
  prompt(role: TextRole): string {
    return this.input.prompt(role);
  }

  /** Token ids with the role's prompt and the special tokens, cut to the maximum length. */
  tokenize(texts: readonly string[], role: TextRole): TransformerTokens {
    return this.input.tokenize(texts, role);
  }

  /** Rows of unit length, [N, D], in the order of the texts. */
  async embed(texts: readonly string[], options: OnnxEmbedOptions = {}): Promise<DenseMatrix> {
    checkOptions('OnnxFileEncoder.embed', options, EMBED_OPTIONS);
    const { role = 'document', signal } = options;
    const tokens = this.tokenize(texts, role);
    const pass = (feeds: TokenFeeds) => namingMemory(feeds.sizes, EMBED_ADVICE, () => this.#pass(feeds));
    return this.input.embed(tokens, this.dimensions, pass, signal);
  }

  async #pass(feeds: TokenFeeds): Promise<Float32Array> {
    const { name, isPooled, width } = this.output;
    const found = (await runFile(this.runtime, this.session, feeds, [name]))[name]!.data as Float32Array;
    if (isPooled) {
      normalizeRows(found, width, new Float64Array(feeds.sizes.batch!));
      return found;
    }
    const { session, weights } = this.head!;
    const inputs = new Map([...weights, ...feeds.feeds, ['last_hidden_state', found] as const]);
    return (await session.run(inputs, feeds.sizes)).get('embeddings') as Float32Array;
  }

  /** Frees what ONNX Runtime holds. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.session.release();
    await this.head?.session.close();
  }
}

const openSession = async (
  runtime: OnnxRuntime,
  path: string,
  threads: number | undefined,
): Promise<InferenceSession> => {
  let session: InferenceSession;
  try {
    session = await runtime.createSession(path, {
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      enableMemPattern: false,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`${path}: ONNX Runtime cannot read the file: ${reason}`, { cause: error });
  }
  const unknown = session.inputNames.filter((name) => !Object.hasOwn(INPUTS, name));
  if (unknown.length > 0 || !session.inputNames.includes('input_ids')) {
    await session.release();
    throw new Error(
      `${path}: inputs must be of ${Object.keys(INPUTS).join(', ')}, found ${session.inputNames.join(', ')}`,
    );
  }
  return session;
};

const runFile = async (
  runtime: OnnxRuntime,
  session: InferenceSession,
  feeds: TokenFeeds,
  outputs: readonly string[],
): Promise<Record<string, Tensor>> => {
  const shape = [feeds.sizes.batch!, feeds.sizes.length!];
  const inputs = session.inputNames.map((name) => [
    name,
    runtime.createTensor('int64', INPUTS[name]!(feeds), shape),
  ]);
  return (await session.run(Object.fromEntries(inputs), [...outputs])) as Record<string, Tensor>;
};

/** Runs one token through the file: exports say too little of their outputs. */
const findOutput = async (
  runtime: OnnxRuntime,
  session: InferenceSession,
  path: string,
): Promise<FileOutput> => {
  const name = [...EMBEDDINGS, ...HIDDEN_STATES].find((known) => session.outputNames.includes(known));
  if (name === undefined) {
    throw new Error(
      `${path}: one output must be ${[...EMBEDDINGS, ...HIDDEN_STATES].join(', ')}, found ${session.outputNames.join(', ')}`,
    );
  }
  const sizes = { batch: 1, length: 2 };
  const feeds = new Map([
    ['input_ids', new BigInt64Array(2)],
    ['attention_mask', BigInt64Array.of(1n, 1n)],
  ]);
  const { type, dims, data } = (await runFile(runtime, session, { sizes, feeds }, [name]))[name]!;
  const isPooled = dims.length === 2;
  if (type !== 'float32' || (!isPooled && dims.length !== 3)) {
    throw new Error(
      `${path}: ${name} must be float32 [batch, width] or [batch, length, width], found ${type} [${dims.join(', ')}]`,
    );
  }
  // A weight that is NaN makes every vector so.
  finiteWeights(path, name, data as Float32Array);
  return { name, width: dims.at(-1)!, isPooled };
};
