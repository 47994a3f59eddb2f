import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { createBatch, fetchBatch, fetchFile, findBatch, uploadFile } from './batch-service.js';
import { chatCacheKey, encodeChatResponse } from './cached-models.js';
import { keyFromEnvironment } from './environment-key.js';
import { createHttpClient, type HttpClientOptions } from './http-client.js';
import { ModelError } from './model-error.js';
import type { ChatRequest } from './models.js';
import {
  type ChatBodyOptions,
  chatBody,
  maxTokensFieldOf,
  property,
  readChatAnswer,
  readUsage,
} from './open-ai-chat.js';
import type { ResponseCache } from './response-cache.js';
import { sleep } from './retry-delay.js';
import type { ModelPrices } from './spend-budget.js';
import { utf8Length } from './token-counter.js';

/** Options of {@link fillCacheByBatch}. */
export interface FillCacheByBatchOptions extends HttpClientOptions, ChatBodyOptions {
  /** As for `openAiCompatible`. */
  readonly apiKeyVariable?: string;
  /** Where answers go: the cache in front of the chat model that will ask for them. */
  readonly cache: ResponseCache;
  /** The name of that chat model (`chat.name`), which its cache keys hold. */
  readonly modelName: string;
  /** Remembers the batches under way, so that an interrupted call finds them again. */
  readonly stateFile: string;
  /** Between two looks at a batch. @defaultValue 30000 */
  readonly pollMs?: number;
  /** Requests in one batch. @defaultValue 50000 */
  readonly maxRequests?: number;
  /** Bytes in one batch. @defaultValue 190000000 */
  readonly maxBytes?: number;
  /** Sent where a request names no limit. @defaultValue 1024 */
  readonly maxTokens?: number;
  /** The batch prices, required with `budget`. */
  readonly prices?: ModelPrices;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BatchProgress) => void;
}

export interface BatchProgress {
  readonly batch: string;
  readonly status: string;
  readonly done: number;
  readonly total: number;
}

/** What a run of batches came to. */
export interface BatchSummary {
  /** Requests that the cache could answer already. */
  readonly cached: number;
  readonly answered: number;
  /** Requests without an answer, by cache key. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
}

interface StoredBatch {
  readonly inputFile: string;
  readonly batch: string | null;
}

const ENDED = new Set(['completed', 'failed', 'expired', 'cancelled']);

/**
 * Answers many chat requests through the Batch API (submit, poll, ingest) at its lower price, into the cache of
 * a `cachedChatModel`: afterwards `writeDocstrings` or a judge behind that cache runs without a call, and asks
 * directly for what the batch could not answer.
 *
 * Every step is stored before the next one, so a call that was interrupted at any moment goes on: batches under
 * way are polled again, and one that was created just before the interruption is found by its input file
 * instead of being paid for twice. Requests that the cache knows are left out.
 *
 * With a budget the most that a batch may cost is reserved before it is submitted and settled with the usage of
 * its answers; a batch that an earlier run submitted was reserved by that run.
 *
 * @param requests What to ask; equal requests are sent once.
 * @returns What was answered and what was not.
 * @throws ModelError when the service cannot be reached or the money does not suffice.
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
  const { cache, modelName, stateFile, prices, budget, maxTokens = 1024, signal } = options;
  const { pollMs = 30_000, maxRequests = 50_000, maxBytes = 190_000_000 } = options;
  if (budget !== undefined && prices === undefined) {
    throw new TypeError('prices must be given together with budget');
  }
  // Batches reserve as a whole, not a request at a time.
  const { budget: _, ...clientOptions } = options;
  const apiKey = options.apiKey ?? keyFromEnvironment(options.baseUrl, options.apiKeyVariable);
  const client = createHttpClient({ ...clientOptions, ...(apiKey === undefined ? {} : { apiKey }) });
  const maxTokensField = options.maxTokensField ?? maxTokensFieldOf(options.baseUrl);
  const failed: { key: string; reason: string }[] = [];
  let answered = 0;

  const ingest = async (text: string): Promise<number> => {
    let paid = 0;
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const row = parseLine(line);
      const key = property(row, 'custom_id');
      if (typeof key !== 'string') continue;
      const body = property(property(row, 'response'), 'body');
      try {
        const reason = rowFailure(row);
        if (reason !== null) throw new ModelError('status', reason);
        await cache.set(key, encodeChatResponse(readChatAnswer(body)));
        answered++;
      } catch (error) {
        failed.push({ key, reason: error instanceof Error ? error.message : String(error) });
      }
      const usage = readUsage(property(body, 'usage'));
      if (usage !== null) paid += price(prices, usage.promptTokens, usage.completionTokens);
    }
    return paid;
  };

  const finish = async (id: string): Promise<number> => {
    for (;;) {
      const batch = await fetchBatch(client, id, signal);
      const status = String(property(batch, 'status'));
      const counts = property(batch, 'request_counts');
      options.onProgress?.({
        batch: id,
        status,
        done: Number(property(counts, 'completed') ?? 0) + Number(property(counts, 'failed') ?? 0),
        total: Number(property(counts, 'total') ?? 0),
      });
      if (!ENDED.has(status)) {
        await sleep(pollMs, signal);
        continue;
      }
      let paid = 0;
      for (const name of ['output_file_id', 'error_file_id']) {
        const file = property(batch, name);
        if (typeof file === 'string' && file !== '')
          paid += await ingest(await fetchFile(client, file, signal));
      }
      if (status === 'failed') failed.push({ key: id, reason: batchFailure(batch) });
      return paid;
    }
  };

  // First what an earlier call left under way, so that nothing it has paid for is asked again.
  for (const stored of await readState(stateFile)) {
    const id = stored.batch ?? (await findBatch(client, stored.inputFile, signal));
    if (id !== null) await finish(id);
    await writeState(stateFile, (await readState(stateFile)).slice(1));
  }

  const lines = new Map<string, string>();
  const seen = new Set(failed.map(({ key }) => key));
  let cached = 0;
  for (const request of requests) {
    const key = chatCacheKey(modelName, request);
    if (seen.has(key)) continue;
    seen.add(key);
    if ((await cache.get(key)) !== null) {
      cached++;
      continue;
    }
    const body = chatBody(
      { ...request, maxTokens: request.maxTokens ?? maxTokens },
      { ...options, maxTokensField },
    );
    const line = { custom_id: key, method: 'POST', url: '/v1/chat/completions', body };
    lines.set(key, `${JSON.stringify(line)}\n`);
  }
  const alreadyAnswered = answered;

  for (const chunk of chunks([...lines.values()], maxRequests, maxBytes)) {
    const bytes = chunk.reduce((sum, line) => sum + utf8Length(line), 0);
    const longest = chunk.reduce((sum, line) => sum + answerLimit(line), 0);
    const reservation = await budget?.reserve(price(prices, bytes, longest));
    let submitted = false;
    try {
      const inputFile = await uploadFile(client, chunk.join(''), signal);
      await writeState(stateFile, [{ inputFile, batch: null }]);
      submitted = true;
      const batch = await createBatch(client, inputFile, signal);
      await writeState(stateFile, [{ inputFile, batch }]);
      const paid = await finish(batch);
      await writeState(stateFile, []);
      reservation?.settle(paid);
    } catch (error) {
      if (submitted) reservation?.settle();
      else reservation?.release();
      throw error;
    }
  }
  return { cached: Math.max(0, cached - alreadyAnswered), answered, failed };
};

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

const rowFailure = (row: unknown): string | null => {
  const message = property(property(row, 'error'), 'message');
  if (typeof message === 'string') return message;
  const status = property(property(row, 'response'), 'status_code');
  if (status === 200) return null;
  const detail = property(property(property(property(row, 'response'), 'body'), 'error'), 'message');
  return `status ${String(status)}${typeof detail === 'string' ? `: ${detail}` : ''}`;
};

const batchFailure = (batch: unknown): string => {
  const first = property(property(property(batch, 'errors'), 'data'), 0);
  return `the service refused the batch: ${String(property(first, 'message') ?? 'no reason given')}`;
};

const price = (prices: ModelPrices | undefined, promptTokens: number, completionTokens: number): number =>
  prices === undefined
    ? 0
    : (promptTokens * prices.promptPerMillion + completionTokens * (prices.completionPerMillion ?? 0)) / 1e6;

const answerLimit = (line: string): number => {
  const body = property(JSON.parse(line), 'body');
  return Number(property(body, 'max_tokens') ?? property(body, 'max_completion_tokens') ?? 0);
};

const chunks = (lines: readonly string[], maxRequests: number, maxBytes: number): string[][] => {
  const result: string[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = utf8Length(line);
    const last = result.at(-1);
    if (last === undefined || last.length >= maxRequests || bytes + size > maxBytes) {
      result.push([line]);
      bytes = size;
    } else {
      last.push(line);
      bytes += size;
    }
  }
  return result;
};

const readState = async (file: string): Promise<StoredBatch[]> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')).batches;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};

const writeState = (file: string, batches: readonly StoredBatch[]): Promise<void> =>
  writeFileAtomic(file, `${JSON.stringify({ batches }, null, 2)}\n`);
