import { checkOptions, type OptionNames } from '../numerics/index.js';
import { createChatAdaptation } from './chat-adaptation.js';
import { embedBatches } from './embed-batches.js';
import { keyFromEnvironment } from './environment-key.js';
import { createHttpClient, HTTP_CLIENT_OPTIONS, type HttpClientOptions } from './http-client.js';
import { ModelError } from './model-error.js';
import type { ChatModel, Embedder, EmbedOptions, TokenUsage } from './models.js';
import {
  CHAT_BODY_OPTIONS,
  type ChatBodyOptions,
  chatBody,
  maxTokensFieldOf,
  readChatAnswer,
} from './open-ai-chat.js';
import { readEmbeddings } from './open-ai-embeddings.js';
import { MODEL_PRICES, type ModelPrices } from './spend-budget.js';
import { createSplitting } from './split-refused.js';
import { estimatedTokens, type TokenCounter, truncateToTokens, utf8Length } from './token-counter.js';

/** How texts are embedded. */
export interface EmbeddingInputOptions {
  /** The size of the vectors, for models that can shorten them. */
  readonly dimensions?: number;
  /** How vectors are transferred; base64 takes a quarter of the bytes. @defaultValue 'float' */
  readonly encoding?: 'float' | 'base64';
  /** A longer text is cut before it is embedded. @defaultValue 8191 */
  readonly maxInputTokens?: number;
  /** Placed before a text of this role, for embedders that expect it. */
  readonly prefixes?: { readonly query?: string; readonly document?: string };
  /** Counts tokens for rates and for cutting texts. @defaultValue estimatedTokens */
  readonly tokenCounter?: TokenCounter;
}

export const EMBEDDING_INPUT_OPTIONS: OptionNames<EmbeddingInputOptions> = {
  dimensions: true,
  encoding: true,
  maxInputTokens: true,
  prefixes: true,
  tokenCounter: true,
};

export const PREFIXES: OptionNames<NonNullable<EmbeddingInputOptions['prefixes']>> = {
  query: true,
  document: true,
};

/** Options of {@link openAiCompatible}. */
export interface OpenAiCompatibleOptions
  extends Omit<HttpClientOptions, 'apiKey'>,
    Partial<ChatBodyOptions>,
    EmbeddingInputOptions {
  /** The chat model, and the embedding model too unless `embeddingModel` is given. */
  readonly model: string;
  /** @defaultValue `model` */
  readonly embeddingModel?: string;
  /** @defaultValue the environment variable `apiKeyVariable` */
  readonly apiKey?: string;
  /**
   * The environment variable that holds the key. By default `OPENAI_API_KEY` for api.openai.com and none for
   * any other host, so that a key never reaches a host it was not meant for.
   */
  readonly apiKeyVariable?: string;
  /** Texts in one embedding request. @defaultValue 256 */
  readonly batchSize?: number;
  /** Estimated tokens in one embedding request. @defaultValue 100000 */
  readonly batchTokens?: number;
  /** Used if a chat request sets no limit. @defaultValue 1024 */
  readonly maxTokens?: number;
  /** Required with `budget`. */
  readonly prices?: { readonly chat?: ModelPrices; readonly embedding?: ModelPrices };
}

/** Tokens that a chat format adds to each message, with room to spare. */
const TOKENS_PER_MESSAGE = 16;

const OPEN_AI_COMPATIBLE_OPTIONS: OptionNames<OpenAiCompatibleOptions> = {
  ...HTTP_CLIENT_OPTIONS,
  ...CHAT_BODY_OPTIONS,
  ...EMBEDDING_INPUT_OPTIONS,
  embeddingModel: true,
  apiKeyVariable: true,
  batchSize: true,
  batchTokens: true,
  maxTokens: true,
  prices: true,
};

/** Prices by what they are for. */
const PRICES: OptionNames<NonNullable<OpenAiCompatibleOptions['prices']>> = { chat: true, embedding: true };

/**
 * A chat model and an embedder behind any service that speaks the OpenAI protocol (`chat/completions`,
 * `embeddings`): OpenAI, Azure, vLLM, llama.cpp, Ollama, Text Embeddings Inference.
 *
 * Transient faults are retried with full jitter and Retry-After. Requests stay within the given concurrency, rates and
 * budget. Answers are checked: a wrong number or size of vectors, NaN or broken JSON counts as a fault. An empty list of
 * texts is answered without a request.
 *
 * What a service refuses is learned from: chat requests go without a schema, a temperature or a seed that it does not
 * take, and a batch of texts that it finds too large is halved. Texts that it refuses one by one fail the call with
 * their positions, after all others were given to `onRows`.
 *
 * @param options At least `baseUrl`, up to and including the version (`https://api.openai.com/v1`), and `model`, its name
 * at the service.
 * @returns Both models; they share concurrency, rates and budget.
 * @throws TypeError or RangeError for invalid options; `complete` and `embed` reject with a
 * ModelError.
 *
 * Memory: the texts and vectors of one request per concurrent call, and the result.
 *
 * @example
 * ```ts
 * import { openAiCompatible } from 'oasis-embed/annotation';
 * const { chat, embedder } = openAiCompatible({
 *   baseUrl: 'http://127.0.0.1:11434/v1',
 *   model: 'qwen2.5-coder:7b',
 *   embeddingModel: 'nomic-embed-text',
 *   requestsPerMinute: 600,
 * });
 * console.log(chat.name, embedder.name);
 * ```
 */
export const openAiCompatible = (
  options: OpenAiCompatibleOptions,
): { readonly chat: ChatModel; readonly embedder: Embedder } => {
  checkOptions('openAiCompatible', options, OPEN_AI_COMPATIBLE_OPTIONS);
  checkOptions('prefixes', options.prefixes, PREFIXES);
  checkOptions('prices', options.prices, PRICES);
  checkOptions('prices.chat', options.prices?.chat, MODEL_PRICES);
  checkOptions('prices.embedding', options.prices?.embedding, MODEL_PRICES);
  const { model, embeddingModel = model, prices = {}, tokenCounter = estimatedTokens } = options;
  const { batchSize = 256, batchTokens = 100_000, maxTokens = 1024 } = options;
  if (model === '') throw new TypeError('model must be a name, received an empty string');
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 2048)) {
    throw new RangeError(`batchSize must be a whole number in [1, 2048], received ${batchSize}`);
  }
  const apiKey = options.apiKey ?? keyFromEnvironment(options.baseUrl, options.apiKeyVariable);
  const client = createHttpClient({ ...options, ...(apiKey === undefined ? {} : { apiKey }) });
  const adaptation = createChatAdaptation({
    structuredOutput: options.structuredOutput ?? 'json_schema',
    maxTokensField: options.maxTokensField ?? maxTokensFieldOf(options.baseUrl),
    parameters: options.parameters ?? {},
  });

  const price = (kind: 'chat' | 'embedding', promptTokens: number, completionTokens: number) => {
    const known = prices[kind];
    if (known === undefined) {
      if (options.budget === undefined) return 0;
      throw new TypeError(`prices.${kind} must be given together with budget`);
    }
    return (
      (promptTokens * known.promptPerMillion + completionTokens * (known.completionPerMillion ?? 0)) / 1e6
    );
  };
  const settled = (kind: 'chat' | 'embedding', usage: TokenUsage | null) =>
    usage === null
      ? null
      : {
          tokens: usage.promptTokens + usage.completionTokens,
          usd: price(kind, usage.promptTokens, usage.completionTokens),
        };

  const chat: ChatModel = {
    name: withSettings(model, { ...options.parameters, ...pick(options, ['structuredOutput']) }),
    complete: async (request) => {
      const limit = request.maxTokens ?? maxTokens;
      const overhead = TOKENS_PER_MESSAGE * (request.messages.length + 1);
      for (;;) {
        const form = adaptation.form();
        const body = chatBody({ ...request, maxTokens: limit }, { model, ...form });
        const text = JSON.stringify(body);
        try {
          return await client.send({
            path: 'chat/completions',
            body,
            tokens:
              request.messages.reduce((sum, { content }) => sum + tokenCounter.count(content), overhead) +
              limit,
            maxUsd: price('chat', utf8Length(text) + overhead, limit),
            read: readChatAnswer,
            usage: ({ usage }) => settled('chat', usage),
            signal: request.signal,
          });
        } catch (error) {
          if (!(error instanceof ModelError && adaptation.learn(form, error))) throw error;
        }
      }
    },
  };

  let columns: number | null = options.dimensions ?? null;
  const embedBatch = async (texts: readonly string[], signal?: AbortSignal) => {
    const answer = await client.send({
      path: 'embeddings',
      body: {
        model: embeddingModel,
        input: texts,
        encoding_format: options.encoding ?? 'float',
        ...(options.dimensions === undefined ? {} : { dimensions: options.dimensions }),
      },
      tokens: texts.reduce((sum, text) => sum + tokenCounter.count(text), 0),
      maxUsd: price(
        'embedding',
        texts.reduce((sum, text) => sum + utf8Length(text) + TOKENS_PER_MESSAGE, 0),
        0,
      ),
      read: (json) => readEmbeddings(json, texts.length, columns),
      usage: ({ usage }) => settled('embedding', usage),
      signal,
    });
    columns ??= answer.vectors.columns;
    return answer.vectors;
  };

  const splitting = createSplitting();
  const embedder: Embedder = {
    name: withSettings(embeddingModel, pick(options, ['dimensions', 'prefixes', 'maxInputTokens'])),
    embed: async (texts, { role, signal, onRows } = {}) => {
      if (texts.length === 0) return { data: new Float32Array(0), rows: 0, columns: columns ?? 0 };
      const inputs = texts.map((text) => embeddingInput(text, role, options));
      const batches = splitBatches(inputs, batchSize, batchTokens, tokenCounter);
      return embedBatches(batches, (some) => embedBatch(some, signal), {
        splitting,
        concurrency: options.concurrency ?? 8,
        signal,
        onRows,
      });
    },
  };
  return { chat, embedder };
};

/** A text as it is sent: with the prefix of its role, and no longer than the model takes. */
export const embeddingInput = (
  text: string,
  role: EmbedOptions['role'],
  { prefixes, maxInputTokens = 8191, tokenCounter = estimatedTokens }: EmbeddingInputOptions,
): string => {
  const prefix = (role === undefined ? undefined : prefixes?.[role]) ?? '';
  return truncateToTokens(prefix + text, maxInputTokens, tokenCounter);
};

/** Settings that change answers belong to the name, because the name is what caches go by. */
const withSettings = (name: string, settings: object): string =>
  Object.keys(settings).length === 0 ? name : `${name} ${JSON.stringify(settings)}`;

const pick = <T extends object, K extends keyof T>(options: T, names: readonly K[]): Partial<Pick<T, K>> =>
  Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Partial<Pick<T, K>>;

const splitBatches = (
  texts: readonly string[],
  batchSize: number,
  batchTokens: number,
  counter: TokenCounter,
): string[][] => {
  const batches: string[][] = [];
  let batch: string[] = [];
  let tokens = 0;
  for (const text of texts) {
    const size = counter.count(text);
    if (batch.length > 0 && (batch.length >= batchSize || tokens + size > batchTokens)) {
      batches.push(batch);
      batch = [];
      tokens = 0;
    }
    batch.push(text);
    tokens += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};
