import { checkOptions, type OptionNames } from '../numerics/index.js';
import {
  BATCH_OPTIONS,
  type BatchOptions,
  type BatchRequest,
  type BatchSummary,
  runBatches,
} from './batch-run.js';
import { chatCacheKey } from './cached-models.js';
import type { ChatRequest } from './models.js';
import {
  CHAT_BODY_OPTIONS,
  type ChatBodyOptions,
  chatBody,
  maxTokensFieldOf,
  readChatAnswer,
} from './open-ai-chat.js';
import type { ResponseCache } from './response-cache.js';
import { findStoredAnswer, storeAnswer } from './stored-answer.js';

/** Options of {@link fillCacheByBatch}. */
export interface FillCacheByBatchOptions extends BatchOptions, ChatBodyOptions {
  /** The cache in front of the chat model, where answers are stored. */
  readonly cache: ResponseCache;
  /** The name of that chat model (`chat.name`), which is part of the cache keys. */
  readonly modelName: string;
  /** Requests in one batch. @defaultValue 50000 */
  readonly maxRequests?: number;
  /** Used if a request sets no limit. @defaultValue 1024 */
  readonly maxTokens?: number;
}

const FILL_CACHE_BY_BATCH_OPTIONS: OptionNames<FillCacheByBatchOptions> = {
  ...BATCH_OPTIONS,
  ...CHAT_BODY_OPTIONS,
  cache: true,
  modelName: true,
  maxRequests: true,
  maxTokens: true,
};

/**
 * Answers many chat requests through the Batch API (submit, poll, ingest) at its lower price, into the cache of
 * a `cachedChatModel`: afterwards, `writeDocstrings` or a judge behind that cache runs without a call, except for what the batch could not
 * answer.
 *
 * Every step is stored before the next one, so an interrupted call resumes where it left off: batches in progress are
 * polled again, and one that was created just before the interruption is found by its input file instead of being
 * paid for twice. Requests that the cache can answer are not sent.
 *
 * With a budget, the most that a batch may cost is reserved before it is submitted. The reservation is settled with the
 * usage of its answers, even if a later call receives them.
 *
 * @param requests What to ask; equal requests are sent once.
 * @returns What was answered, and what was not.
 * @throws ModelError when the service cannot be reached or the budget is too small.
 *
 * @example
 * ```ts
 * import {
 *   cachedChatModel,
 *   type DocumentableFunction,
 *   docstringRequests,
 *   fillCacheByBatch,
 *   openAiCompatible,
 *   openResponseCache,
 *   writeDocstrings,
 * } from 'oasis-embed/annotation';
 * const annotate = async (functions: DocumentableFunction[], directory: string) => {
 *   const service = { baseUrl: 'https://api.openai.com/v1', model: 'gpt-4o-mini', apiKeyVariable: 'MY_KEY' };
 *   const { chat } = openAiCompatible(service);
 *   const cache = openResponseCache(directory);
 *   await fillCacheByBatch(docstringRequests(functions), {
 *     ...service,
 *     cache,
 *     modelName: chat.name,
 *     stateFile: `${directory}/batches.json`,
 *   });
 *   return writeDocstrings(functions, cachedChatModel(chat, cache));
 * };
 * console.log(typeof annotate); // function
 * ```
 *
 * @see https://platform.openai.com/docs/guides/batch
 */
export const fillCacheByBatch = async (
  requests: Iterable<ChatRequest>,
  options: FillCacheByBatchOptions,
): Promise<BatchSummary> => {
  checkOptions('fillCacheByBatch', options, FILL_CACHE_BY_BATCH_OPTIONS);
  const { cache, modelName, maxTokens = 1024, maxRequests = 50_000 } = options;
  const maxTokensField = options.maxTokensField ?? maxTokensFieldOf(options.baseUrl);
  async function* toSend(): AsyncGenerator<BatchRequest> {
    for (const request of requests) {
      const limit = request.maxTokens ?? maxTokens;
      const { response, key } = await findStoredAnswer(
        cache,
        chatCacheKey(modelName, request),
        request.accept,
      );
      yield {
        key,
        cached: response !== null,
        body: chatBody({ ...request, maxTokens: limit }, { ...options, maxTokensField }),
        maxCompletionTokens: limit,
      };
    }
  }
  return runBatches(
    toSend(),
    {
      endpoint: '/v1/chat/completions',
      maxRequests,
      // Whether its request accepts an answer is seen when it is asked for.
      keep: (key, body) => storeAnswer(cache, key, readChatAnswer(body), undefined),
    },
    options,
  );
};
