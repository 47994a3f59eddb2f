import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import type { ChatRequest } from './models.js';
import { MODEL_PRICES, type ModelPrices } from './spend-budget.js';
import { estimatedTokens, type TokenCounter } from './token-counter.js';
import {
  type DocumentableFunction,
  docstringRequests,
  WRITE_DOCSTRINGS_OPTIONS,
  type WriteDocstringsOptions,
} from './write-docstrings.js';

/** What a stage would send, counted without sending anything. */
export interface CallEstimate {
  /** Calls that would be made. */
  readonly calls: number;
  /** Calls (or texts) that a cache would answer. */
  readonly cached: number;
  readonly promptTokens: number;
  /** At most: every answer as long as it may be. */
  readonly completionTokens: number;
  /** At most, or null without prices. */
  readonly usd: number | null;
}

/** Options of the estimates. */
export interface EstimateOptions {
  /** @defaultValue null */
  readonly prices?: ModelPrices | null;
  /** @defaultValue estimatedTokens */
  readonly tokenCounter?: TokenCounter;
}

const ESTIMATE_CHAT_OPTIONS: OptionNames<
  EstimateOptions & { readonly isCached?: (request: ChatRequest) => Promise<boolean> }
> = { prices: true, tokenCounter: true, isCached: true };

/**
 * Counts the calls, tokens and money of chat requests without sending any.
 *
 * @param requests What would be sent, one at a time.
 * @param options Prices, token counter, and `isCached`, such as `has` of `cachedChatModel`.
 *
 * @example
 * ```ts
 * import { estimateChat, judgePrompt } from 'oasis-embed/annotation';
 * const request = judgePrompt({ reading: 'satisfies', query: 'add', code: '(a, b) => a + b' });
 * const prices = { promptPerMillion: 0.15, completionPerMillion: 0.6 };
 * const { calls, usd } = await estimateChat([request], { prices });
 * console.log(calls, usd !== null && usd < 0.001); // 1 true
 * ```
 */
export const estimateChat = async (
  requests: Iterable<ChatRequest>,
  options: EstimateOptions & { readonly isCached?: (request: ChatRequest) => Promise<boolean> } = {},
): Promise<CallEstimate> => {
  checkOptions('estimateChat', options, ESTIMATE_CHAT_OPTIONS);
  checkOptions('prices', options.prices ?? undefined, MODEL_PRICES);
  const { prices = null, tokenCounter = estimatedTokens, isCached = async () => false } = options;
  let [calls, cached, promptTokens, completionTokens] = [0, 0, 0, 0];
  for (const request of requests) {
    if (await isCached(request)) {
      cached++;
      continue;
    }
    calls++;
    for (const { content } of request.messages) promptTokens += tokenCounter.count(content) + 4;
    completionTokens += request.maxTokens ?? 1024;
  }
  return { calls, cached, promptTokens, completionTokens, usd: cost(prices, promptTokens, completionTokens) };
};

const ESTIMATE_EMBEDDINGS_OPTIONS: OptionNames<
  EstimateOptions & {
    readonly batchSize?: number;
    readonly isCached?: (text: string) => Promise<boolean>;
  }
> = { prices: true, tokenCounter: true, batchSize: true, isCached: true };

/**
 * Counts the calls, tokens and money of embedding texts; a repeated text counts once.
 *
 * @param texts What would be embedded.
 * @param options Prices, token counter, `batchSize` (texts in one call, 256 by default) and `isCached`, such as `has` of
 * `cachedEmbedder`.
 *
 * @example
 * ```ts
 * import { estimateEmbeddings } from 'oasis-embed/annotation';
 * const { calls, promptTokens } = await estimateEmbeddings(['abc', 'abc', 'abcdef']);
 * console.log(calls, promptTokens); // 1 3
 * ```
 */
export const estimateEmbeddings = async (
  texts: Iterable<string>,
  options: EstimateOptions & {
    readonly batchSize?: number;
    readonly isCached?: (text: string) => Promise<boolean>;
  } = {},
): Promise<CallEstimate> => {
  checkOptions('estimateEmbeddings', options, ESTIMATE_EMBEDDINGS_OPTIONS);
  checkOptions('prices', options.prices ?? undefined, MODEL_PRICES);
  const {
    prices = null,
    tokenCounter = estimatedTokens,
    batchSize = 256,
    isCached = async () => false,
  } = options;
  let [missing, cached, promptTokens] = [0, 0, 0];
  for (const text of new Set(texts)) {
    if (await isCached(text)) cached++;
    else {
      missing++;
      promptTokens += tokenCounter.count(text);
    }
  }
  const calls = Math.ceil(missing / batchSize);
  return { calls, cached, promptTokens, completionTokens: 0, usd: cost(prices, promptTokens, 0) };
};

const ESTIMATE_DOCSTRINGS_OPTIONS: OptionNames<
  WriteDocstringsOptions &
    EstimateOptions & { readonly isCached?: (request: ChatRequest) => Promise<boolean> }
> = { ...WRITE_DOCSTRINGS_OPTIONS, ...ESTIMATE_CHAT_OPTIONS };

/**
 * Counts what `writeDocstrings` would send with the same options, without retries of unusable answers.
 *
 * @example
 * ```ts
 * import { estimateDocstrings } from 'oasis-embed/annotation';
 * const code = 'function add(a, b) { return a + b; }';
 * const add = { id: '1', language: 'javascript' as const, qualifiedName: 'add', signature: 'add(a, b)' };
 * const { calls, completionTokens } = await estimateDocstrings([
 *   { ...add, source: code, code, callers: [], callees: [] },
 * ]);
 * console.log(calls, completionTokens); // 1 600
 * ```
 */
export const estimateDocstrings = (
  functions: readonly DocumentableFunction[],
  options: WriteDocstringsOptions &
    EstimateOptions & { readonly isCached?: (request: ChatRequest) => Promise<boolean> } = {},
): Promise<CallEstimate> => {
  checkOptions('estimateDocstrings', options, ESTIMATE_DOCSTRINGS_OPTIONS);
  return estimateChat(
    docstringRequests(functions, pickOptions(options, WRITE_DOCSTRINGS_OPTIONS)),
    pickOptions(options, ESTIMATE_CHAT_OPTIONS),
  );
};

const cost = (prices: ModelPrices | null, promptTokens: number, completionTokens: number): number | null =>
  prices === null
    ? null
    : (promptTokens * prices.promptPerMillion + completionTokens * (prices.completionPerMillion ?? 0)) / 1e6;
