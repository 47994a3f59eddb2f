import type { ModelDescription } from '../../encoders/description/index.js';
import {
  joinPairs,
  lengthBuckets,
  localFolder,
  type ModelFolder,
  type PairFrame,
  type PairTokens,
  paddedIds,
  readModelFolder,
} from '../../encoders/transformer/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import { pairScoreGraph } from '../build/inference-graph.js';
import { crossEncoderHead } from '../model/cross-encoder-head.js';
import { type ModelWeights, readWeights } from '../model/read-weights.js';
import { type DeviceRequest, openRuntime } from './devices.js';
import { GraphSession } from './graph-session.js';
import type { OnnxRuntime } from './load-runtime.js';
import { EMBED_ADVICE, namingMemory } from './out-of-memory.js';
import { checkMaximumLength } from './text-input.js';
import { tokenFeeds } from './token-feeds.js';

/** How long pairs may be, and how they go through the model. */
export interface OnnxCrossEncoderOptions {
  /** Tokens of the longest pair, special ones included. @defaultValue what the folder says, at most the positions */
  readonly maximumLength?: number;
  /** Threads of one run. @defaultValue one for each core */
  readonly threads?: number;
  /** Tokens that go through the model at a time, padding included. @defaultValue 4096 */
  readonly tokensPerPass?: number;
  /** What computes: see `selectDevice`. @defaultValue 'cpu' */
  readonly device?: DeviceRequest;
  /** ONNX Runtime as loaded. @defaultValue what `loadOnnxRuntime` loads */
  readonly runtime?: OnnxRuntime;
}

const OPTIONS: OptionNames<OnnxCrossEncoderOptions> = {
  maximumLength: true,
  threads: true,
  tokensPerPass: true,
  device: true,
  runtime: true,
};

/** What sentence-transformers applies to a score: a sigmoid, unless the folder says otherwise. */
const activationOf = ({ configJson }: ModelFolder): 'sigmoid' | 'identity' => {
  const settings = configJson.sentence_transformers as { readonly activation_fn?: unknown } | undefined;
  const named = settings?.activation_fn ?? configJson.sbert_ce_default_activation_function;
  return typeof named === 'string' && named.endsWith('Identity') ? 'identity' : 'sigmoid';
};

/**
 * A cross-encoder on ONNX Runtime: query and document go through the model together, and one score comes out. BERT, RoBERTa, XLM-R
 * and DistilBERT for sequence classification with one label, from folders as sentence-transformers' `CrossEncoder` and transformers have
 * them. Needs the package `onnxruntime-node`.
 *
 * score(q, d) = W₂ f(W₁ h + b₁) + b₂, with h the first token's vector of `[CLS] q [SEP] d [SEP]`. Of a pair that is too long, the
 * longer text loses its end first.
 *
 * @example
 * ```ts
 * import { OnnxCrossEncoder } from 'oasis-embed/onnx';
 *
 * const rank = async (folder: string, query: string, documents: readonly string[]) => {
 *   const encoder = await OnnxCrossEncoder.load(folder);
 *   const scores = await encoder.score(documents.map(() => query), documents);
 *   await encoder.close();
 *   return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
 * };
 * console.log(typeof rank); // function
 * ```
 * @see Nogueira and Cho (2019), Passage re-ranking with BERT; Reimers and Gurevych (2019), Sentence-BERT.
 */
export class OnnxCrossEncoder {
  private constructor(
    private readonly folder: ModelFolder,
    readonly model: ModelDescription,
    private readonly weights: ModelWeights,
    private readonly session: GraphSession,
    private readonly frame: PairFrame,
    /** Tokens of the longest pair, special ones included. */
    readonly maximumLength: number,
    private readonly tokensPerPass: number,
  ) {}

  /**
   * @param directory The folder's path, or `owner/name` of the Hugging Face hub, where there is no such folder: see `openModelFolder` of
   * `oasis-embed/hub`.
   * @throws Error naming the file that is missing, unsupported, or does not fit the others; with the install command when
   * ONNX Runtime is missing or too old; with the reason when the device is not there.
   * @throws {RangeError} When an option is out of range.
   *
   * Memory: the weights once in float32.
   */
  static async load(directory: string, options: OnnxCrossEncoderOptions = {}): Promise<OnnxCrossEncoder> {
    checkOptions('OnnxCrossEncoder.load', options, OPTIONS);
    const { maximumLength, threads, tokensPerPass = 4096 } = options;
    for (const [name, value] of Object.entries({ maximumLength, threads, tokensPerPass }))
      if (value !== undefined) checkPositiveInteger(name, value);
    const runtime = await openRuntime(options);
    const folder = await readModelFolder(await localFolder(directory), 'cls');
    const { transformer, prompts } = folder.model;
    const head = crossEncoderHead(folder.configJson, folder.configPath, transformer.width);
    const model = { transformer, head, prompts };
    const frame = folder.tokenizer.pairFrame;
    const longest = maximumLength ?? folder.maximumLength;
    const special = frame.before.ids.length + frame.between.ids.length + frame.after.ids.length;
    // A token of each text.
    checkMaximumLength(longest, special + 1, transformer.maximumLength);
    const weights = await readWeights({ ...folder, model });
    const session = await GraphSession.create(runtime, pairScoreGraph(model), { threads });
    return new OnnxCrossEncoder(folder, model, weights, session, frame, longest, tokensPerPass);
  }

  /** What sentence-transformers' `predict` applies to the scores. */
  get activation(): 'sigmoid' | 'identity' {
    return activationOf(this.folder);
  }

  /**
   * The scores of pairs, before any activation, [P] in their order: the larger, the better the document answers.
   *
   * @param queries [P]
   * @param documents [P]
   * @throws {RangeError} When the lists differ in length.
   */
  async score(
    queries: readonly string[],
    documents: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Float32Array> {
    if (queries.length !== documents.length) {
      throw new RangeError(
        `documents must have shape [P] = [${queries.length}], received [${documents.length}]`,
      );
    }
    const scores = new Float32Array(queries.length);
    if (queries.length === 0) return scores;
    const tokens = this.#tokenize(queries, documents);
    const most = (length: number) => Math.max(1, Math.floor(this.tokensPerPass / length));
    const { maximumLength: positions, paddingId } = this.model.transformer;
    for (const bucket of lengthBuckets(tokens, positions, most)) {
      signal?.throwIfAborted();
      const { feeds, sizes } = tokenFeeds(tokens, bucket, paddingId);
      const types = BigInt64Array.from(paddedIds({ ...tokens, ids: tokens.types }, bucket, 0), BigInt);
      const inputs = new Map([...this.weights, ...feeds, ['token_type_ids', types] as const]);
      const found = await namingMemory(
        sizes,
        EMBED_ADVICE,
        async () => (await this.session.run(inputs, sizes)).get('scores') as Float32Array,
      );
      bucket.rows.forEach((row, i) => {
        scores[row] = found[i]!;
      });
    }
    return scores;
  }

  /** Each distinct text is cut into tokens once. */
  #tokenize(queries: readonly string[], documents: readonly string[]): PairTokens {
    const known = new Map<string, number[]>();
    const idsOf = (text: string): number[] => {
      const ids = known.get(text) ?? this.folder.tokenizer.ids(text);
      known.set(text, ids);
      return ids;
    };
    return joinPairs(queries.map(idsOf), documents.map(idsOf), this.frame, this.maximumLength);
  }

  /** Frees what ONNX Runtime holds. */
  async close(): Promise<void> {
    await this.session.close();
  }
}
