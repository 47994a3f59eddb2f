import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BatchProgress,
  type CachedChatModel,
  type CachedEmbedder,
  type ChatModel,
  type ChatRequest,
  cachedChatModel,
  cachedEmbedder,
  cacheKey,
  createSpendBudget,
  type Embedder,
  estimatedTokens,
  fillCacheByBatch,
  fillVectorsByBatch,
  ggufModelName,
  type HttpAttempt,
  type HttpClientOptions,
  inProcessChatModel,
  inProcessEmbedder,
  ModelError,
  type ModelPrices,
  openAiCompatible,
  openResponseCache,
  type ResponseCache,
  type TextToEmbed,
  type TokenCounter,
} from 'oasis-embed/annotation';
import type { ModelOptions } from '../options/model-options.js';
import {
  embeddingPriceOf,
  isLocalChat,
  judgeModelOf,
  judgePriceOf,
  modelsInUse,
  servicesOf,
} from '../options/models-in-use.js';
import type { ServiceAddress } from '../options/service-address.js';
import { modelCacheOf } from '../store/run-folder.js';
import { localPromptLimits, openLocalChat, type PromptLimits } from './local-chat.js';
import { sharedLimits, spendOf } from './shared-limits.js';
import { openTokenCounter } from './token-counter.js';
import { type ServiceWatch, watchService } from './watch-service.js';

/** A chat model with what it takes to count, to price and to batch its requests. */
export interface ChatService {
  readonly model: CachedChatModel;
  readonly prices: ModelPrices | null;
  /** What prompts for answers of at most `answerTokens` must keep to. */
  limits(answerTokens: number): Promise<PromptLimits>;
  /** Answers what the cache lacks through the Batch API, where the run asks for it; else does nothing. */
  fill(requests: Iterable<ChatRequest>, onProgress: OnProgress): Promise<void>;
}

/** An embedding model with what it takes to count and to price its requests. */
export interface EmbeddingService {
  /** As it was asked for. */
  readonly name: string;
  readonly model: CachedEmbedder;
  readonly prices: ModelPrices | null;
  readonly tokenCounter: TokenCounter;
  /** Texts in one request. */
  readonly batchSize: number;
  /** Embeds what the cache lacks through the Batch API, where the run asks for it; else does nothing. */
  fill(texts: Iterable<TextToEmbed>, onProgress: OnProgress): Promise<void>;
}

type OnProgress = (done: number, total: number, note: string) => void;

/** The models of a run, behind a service or in this process: one cache, one ledger, one limit of money for all of them. */
export interface ModelAccess {
  chat(role: 'docstrings' | 'judge'): ChatService;
  embeddings(): EmbeddingService[];
  /** An embedder in this process behind the same cache, limits and records; one that is not opened answers from the cache. */
  local(name: string, embedder: Embedder | null): CachedEmbedder;
  /** Requests sent so far, and how many of them failed. */
  readonly attempts: { readonly sent: number; readonly failed: number };
  /** Settled and reserved in this cache folder, by all runs; null where no price is known. */
  spentUsd(): number | null;
  /** Settled through this access alone. */
  ownUsd(): number;
  /** Where answers are kept. */
  readonly answers: ResponseCache;
  close(): void;
}

/** Milliseconds for each second of a rate's period that a request may travel: one second a minute. */
const SLACK = 1000 / 60;

/** Seconds that a service has to answer where nobody says otherwise. */
const SERVICE_TIMEOUT = 60;

/** Texts that a model in this process is given at a time: it orders them by length, so as to pad little. */
const LOCAL_BATCH = 512;

/** What runs in this process is not paid for. */
const FREE: ModelPrices = { promptPerMillion: 0, completionPerMillion: 0 };

/** How embeddings in this process are counted. */
export const LOCAL_ESTIMATE = { prices: FREE, tokenCounter: estimatedTokens, batchSize: LOCAL_BATCH };

const batchPrices = (prices: ModelPrices, discount: number): ModelPrices => ({
  promptPerMillion: prices.promptPerMillion * (1 - discount),
  completionPerMillion: (prices.completionPerMillion ?? 0) * (1 - discount),
});

/**
 * Opens the cache and the ledger of a run's models.
 *
 * @param folder Where answers and spending are kept, made if it does not exist.
 * @param scope Distinguishes the batches of several shards.
 * @param sends If false, models answer only from the cache, need no key, and fail where they would send.
 * @param say Is told of a service that is slow, and of answers that ended in an unknown way.
 */
export const openModelAccess = (
  options: ModelOptions,
  folder: string,
  sends = true,
  scope = '',
  say: (text: string) => void = () => {},
): ModelAccess => {
  mkdirSync(folder, { recursive: true });
  const cache = openResponseCache(join(folder, 'answers'));
  const uses = servicesOf(options);
  const isPriced =
    (uses.chat && options.chatPrice !== null) ||
    (uses.judge && judgePriceOf(options) !== null) ||
    (uses.embedding && options.embeddingPrices.length > 0);
  const limits = sharedLimits();
  const ledger = isPriced ? limits.ledger(folder) : null;
  const budget =
    ledger === null
      ? null
      : createSpendBudget({ maxUsd: options.maxUsd ?? Number.POSITIVE_INFINITY, ledger });
  let sent = 0;
  let failed = 0;
  const watches = new Map<string, ServiceWatch>();
  const watched = (baseUrl: string): typeof globalThis.fetch => {
    const watch = watches.get(baseUrl) ?? watchService(baseUrl, say);
    watches.set(baseUrl, watch);
    return watch.fetch;
  };
  const unknownReasons = new Map<string, number>();
  /** Counts the ways in which answers ended that nobody here knows. */
  const counting = (model: ChatModel): ChatModel => ({
    ...model,
    complete: async (request) => {
      const response = await model.complete(request);
      const { unknownFinishReason: reason } = response;
      if (reason !== undefined) unknownReasons.set(reason, (unknownReasons.get(reason) ?? 0) + 1);
      return response;
    },
  });

  /** Limits and records, the same for services and for models in this process. */
  const limitsOf = (name: object) => ({
    maxAttempts: options.attempts,
    periodMs: options.ratePeriodSeconds * 1000,
    slackMs: options.ratePeriodSeconds * SLACK,
    store: limits.rates(cacheKey(name).slice(0, 16)),
    ...(options.requestsPerMinute === null ? {} : { requestsPerMinute: options.requestsPerMinute }),
    ...(options.tokensPerMinute === null ? {} : { tokensPerMinute: options.tokensPerMinute }),
    onAttempt: ({ outcome }: HttpAttempt) => {
      sent++;
      if (outcome !== 'ok') failed++;
    },
  });
  const localLimits = (name: string) => ({
    ...limitsOf({ local: name }),
    ...(options.timeoutSeconds === null ? {} : { timeoutMs: options.timeoutSeconds * 1000 }),
  });

  const connection = (
    model: string,
    { baseUrl, apiKeyVariable, apiVersion, apiKeyHeader }: ServiceAddress,
    prices: ModelPrices | null,
  ) =>
    ({
      baseUrl,
      ...(apiKeyVariable === null || !sends ? {} : { apiKeyVariable }),
      ...(apiVersion === null ? {} : { query: { 'api-version': apiVersion } }),
      ...(apiKeyHeader ? { authorization: 'api-key' as const } : {}),
      fetch: watched(baseUrl),
      timeoutMs: (options.timeoutSeconds ?? SERVICE_TIMEOUT) * 1000,
      concurrency: options.concurrency,
      ...(budget === null || prices === null ? {} : { budget }),
      ...limitsOf({ baseUrl, model }),
    }) satisfies Partial<HttpClientOptions> & { apiKeyVariable?: string };

  /** A chat model in this process: opened with the first prompt, its weights loaded with the first question. */
  const localChat = (file: string): ChatService => {
    const name = ggufModelName(file);
    const chat = inProcessChatModel(
      { name, complete: async (request) => (await openLocalChat(file, options)).complete(request) },
      localLimits(name),
    );
    return {
      model: cachedChatModel(sends ? chat : sealedChat(name), cache),
      prices: FREE,
      limits: async (answerTokens) => localPromptLimits(await openLocalChat(file, options), answerTokens),
      fill: async () => {},
    };
  };

  /** What the batches of a role have in common; the price overrides that of direct calls. */
  const batching = (role: string, prices: ModelPrices | null, onProgress: OnProgress) => ({
    stateFile: join(folder, `batches-${role}${scope === '' ? '' : `-${scope}`}.json`),
    pollMs: options.batchPollSeconds * 1000,
    ...(prices === null ? {} : { prices: batchPrices(prices, options.batchDiscount) }),
    onProgress: ({ done, total, status }: BatchProgress) => onProgress(done, total, `batch ${status}`),
  });

  return {
    chat: (role) => {
      const [name, address, prices] =
        role === 'judge'
          ? [judgeModelOf(options)!, options.judging, judgePriceOf(options)]
          : [options.chatModel!, options.chat, options.chatPrice];
      if (isLocalChat(name)) return localChat(name);
      const { structuredOutput, chatParameters: parameters } = options;
      const tokenCounter = openTokenCounter(options.tokenizer, name);
      const settings = {
        ...connection(name, address, prices),
        model: name,
        structuredOutput,
        ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      };
      const { chat } = openAiCompatible({
        ...settings,
        tokenCounter,
        ...(prices === null ? {} : { prices: { chat: prices } }),
      });
      return {
        model: cachedChatModel(sends ? counting(chat) : sealedChat(chat.name), cache),
        prices: prices !== null && options.batch ? batchPrices(prices, options.batchDiscount) : prices,
        limits: async () => ({ tokenCounter, maxPromptTokens: Number.POSITIVE_INFINITY }),
        fill: async (requests, onProgress) => {
          if (!options.batch || !sends) return;
          await fillCacheByBatch(requests, {
            ...settings,
            cache,
            modelName: chat.name,
            ...batching(role, prices, onProgress),
          });
        },
      };
    },
    embeddings: () =>
      options.embeddingModels.map((name, i) => {
        const prices = embeddingPriceOf(options, i);
        const {
          embeddingBatch,
          embeddingDimensions,
          queryPrefix,
          documentPrefix,
          maxInputTokens,
          concurrency,
        } = options;
        const tokenCounter = openTokenCounter(options.tokenizer, name);
        const prefixes = {
          ...(queryPrefix === null ? {} : { query: queryPrefix }),
          ...(documentPrefix === null ? {} : { document: documentPrefix }),
        };
        const settings = {
          ...connection(name, options.embedding, prices),
          model: name,
          encoding: options.embeddingEncoding,
          maxInputTokens,
          tokenCounter,
          ...(embeddingDimensions === null ? {} : { dimensions: embeddingDimensions }),
          ...(Object.keys(prefixes).length === 0 ? {} : { prefixes }),
        };
        const { embedder } = openAiCompatible({
          ...settings,
          batchSize: embeddingBatch,
          ...(prices === null ? {} : { prices: { embedding: prices } }),
        });
        const precision = 'float16' as const;
        const model = cachedEmbedder(sends ? embedder : sealedEmbedder(embedder.name), cache, {
          precision,
          batchSize: embeddingBatch,
          concurrency,
        });
        return {
          name,
          model,
          prices: prices !== null && options.batch ? batchPrices(prices, options.batchDiscount) : prices,
          tokenCounter,
          batchSize: options.batch ? 1 : embeddingBatch,
          fill: async (texts, onProgress) => {
            if (!options.batch || !sends) return;
            await fillVectorsByBatch(texts, {
              ...settings,
              cache,
              precision,
              modelName: embedder.name,
              ...batching(`embedding-${i}`, prices, onProgress),
            });
          },
        };
      }),
    local: (name, embedder) =>
      cachedEmbedder(
        sends && embedder !== null
          ? inProcessEmbedder(embedder, { ...localLimits(name), batchSize: LOCAL_BATCH })
          : sealedEmbedder(name),
        cache,
        { batchSize: LOCAL_BATCH, concurrency: 1 },
      ),
    attempts: {
      get sent() {
        return sent;
      },
      get failed() {
        return failed;
      },
    },
    answers: cache,
    spentUsd: () => (isPriced ? spendOf(folder).usd : null),
    ownUsd: () => budget?.spentUsd ?? 0,
    close: () => {
      for (const watch of watches.values()) watch.close();
      for (const [reason, count] of unknownReasons)
        say(
          `${count} answers ended with the unknown finish reason ${JSON.stringify(reason)}, taken for "stop"`,
        );
      cache.close();
    },
  };
};

const notSent = async (): Promise<never> => {
  throw new ModelError('limit', 'not requested yet, and a dry run sends nothing');
};
const sealedChat = (name: string): ChatModel => ({ name, complete: notSent });
const sealedEmbedder = (name: string): Embedder => ({ name, embed: notSent });

/** What was sent and spent so far, in words. */
export const usageLine = ({ attempts: { sent, failed }, spentUsd }: ModelAccess): string => {
  const spent = spentUsd();
  return (
    `${sent} requests sent${failed === 0 ? '' : `, ${failed} of them in vain`}` +
    `${spent === null ? '' : `; $${spent.toFixed(4)} spent in this folder`}`
  );
};

/** The models of a run, or null where everything is offline. */
export const openModelsOf = (
  models: ModelOptions,
  runFolder: string,
  sends = true,
  scope = '',
  say?: (text: string) => void,
): ModelAccess | null =>
  Object.values(modelsInUse(models)).includes(true)
    ? openModelAccess(models, models.cache ?? modelCacheOf(runFolder), sends, scope, say)
    : null;
