import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { createBatch, fetchBatch, fetchFile, findBatch, uploadFile } from './batch-service.js';
import { keyFromEnvironment } from './environment-key.js';
import { createHttpClient, HTTP_CLIENT_OPTIONS, type HttpClientOptions } from './http-client.js';
import { ModelError } from './model-error.js';
import { property, readUsage } from './open-ai-chat.js';
import { sleep } from './retry-delay.js';
import { MODEL_PRICES, type ModelPrices } from './spend-budget.js';
import { utf8Length } from './token-counter.js';

/** Options that every kind of batch takes. */
export interface BatchOptions extends HttpClientOptions {
  /** As for `openAiCompatible`. */
  readonly apiKeyVariable?: string;
  /** Remembers the batches in progress, so that an interrupted call finds them again. */
  readonly stateFile: string;
  /** Milliseconds between two polls of a batch. @defaultValue 30000 */
  readonly pollMs?: number;
  /** Bytes in one batch. @defaultValue 190000000 */
  readonly maxBytes?: number;
  /** The batch prices, required with `budget`. */
  readonly prices?: ModelPrices;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BatchProgress) => void;
}

export const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  ...HTTP_CLIENT_OPTIONS,
  apiKeyVariable: true,
  stateFile: true,
  pollMs: true,
  maxBytes: true,
  prices: true,
  signal: true,
  onProgress: true,
};

export interface BatchProgress {
  readonly batch: string;
  readonly status: string;
  readonly done: number;
  readonly total: number;
}

/** The result of a run of batches. */
export interface BatchSummary {
  /** Requests that the cache could answer already. */
  readonly cached: number;
  readonly answered: number;
  /** Requests without an answer, by cache key. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
}

/** One request of a batch. */
export interface BatchRequest {
  /** The cache key of its answer, by which it is known in the batch. */
  readonly key: string;
  readonly body: unknown;
  /** The maximum tokens of an answer. */
  readonly maxCompletionTokens: number;
  /** Whether the cache can answer it already. */
  readonly cached: boolean;
}

/** A kind of batch: its address and what is done with an answer. */
export interface BatchKind {
  readonly endpoint: '/v1/chat/completions' | '/v1/embeddings';
  readonly maxRequests: number;
  /** Reads the body of an answer and keeps it. @throws ModelError where it breaks the protocol. */
  keep(key: string, body: unknown): Promise<void>;
}

/** A batch under way; `reservation` is its money, which is settled when its answers are there, by whichever process. */
interface StoredBatch {
  /** Null until the requests are uploaded. */
  readonly inputFile: string | null;
  /** Null until the batch is created. */
  readonly batch: string | null;
  readonly reservation?: { readonly id: string; readonly usd: number };
}

const ENDED = new Set(['completed', 'failed', 'expired', 'cancelled']);

/** Sends requests as batches, and resumes those that an earlier call left in progress. */
export const runBatches = async (
  requests: AsyncIterable<BatchRequest>,
  kind: BatchKind,
  options: BatchOptions,
): Promise<BatchSummary> => {
  const { stateFile, prices, budget, signal, pollMs = 30_000, maxBytes = 190_000_000 } = options;
  checkOptions('prices', prices, MODEL_PRICES);
  if (budget !== undefined && prices === undefined) {
    throw new TypeError('prices must be given together with budget');
  }
  // Batches reserve as a whole, not a request at a time.
  const { budget: _, ...clientOptions } = options;
  const apiKey = options.apiKey ?? keyFromEnvironment(options.baseUrl, options.apiKeyVariable);
  const client = createHttpClient({ ...clientOptions, ...(apiKey === undefined ? {} : { apiKey }) });
  const failed: { key: string; reason: string }[] = [];
  let answered = 0;

  const ingest = async (text: string): Promise<number> => {
    let paid = 0;
    for (const line of linesOf(text)) {
      const row = parseLine(line);
      const key = property(row, 'custom_id');
      if (typeof key !== 'string') continue;
      const body = property(property(row, 'response'), 'body');
      try {
        const reason = rowFailure(row);
        if (reason !== null) throw new ModelError('status', reason);
        await kind.keep(key, body);
        answered++;
      } catch (error) {
        failed.push({ key, reason: error instanceof Error ? error.message : String(error) });
      }
      const usage = readUsage(property(body, 'usage'));
      if (usage !== null) paid += price(prices, usage.promptTokens, usage.completionTokens);
    }
    return paid;
  };

  /** Waits for a batch, keeps its answers and returns what they cost. */
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
    const { inputFile, reservation } = stored;
    const money = reservation === undefined ? undefined : budget?.resume(reservation.id, reservation.usd);
    try {
      const id = stored.batch ?? (inputFile === null ? null : await findBatch(client, inputFile, signal));
      // What was never created was never charged.
      const paid = id === null ? 0 : await finish(id);
      money?.settle(paid);
    } catch (error) {
      money?.leave();
      throw error;
    }
    await writeState(stateFile, (await readState(stateFile)).slice(1));
  }

  const lines = new Map<string, { readonly text: string; readonly maxCompletionTokens: number }>();
  const seen = new Set(failed.map(({ key }) => key));
  let cached = 0;
  for await (const { key, body, maxCompletionTokens, cached: known } of requests) {
    if (seen.has(key)) continue;
    seen.add(key);
    if (known) {
      cached++;
      continue;
    }
    const line = { custom_id: key, method: 'POST', url: kind.endpoint, body };
    lines.set(key, { text: `${JSON.stringify(line)}\n`, maxCompletionTokens });
  }
  const alreadyAnswered = answered;

  for (const chunk of chunks([...lines.values()], kind.maxRequests, maxBytes)) {
    const bytes = chunk.reduce((sum, { text }) => sum + utf8Length(text), 0);
    const longest = chunk.reduce((sum, { maxCompletionTokens }) => sum + maxCompletionTokens, 0);
    const money = await budget?.reserve(price(prices, bytes, longest));
    const reservation = money === undefined ? {} : { reservation: { id: money.id, usd: money.usd } };
    let submitted = false;
    try {
      await writeState(stateFile, [{ inputFile: null, batch: null, ...reservation }]);
      const inputFile = await uploadFile(client, chunk.map(({ text }) => text).join(''), signal);
      await writeState(stateFile, [{ inputFile, batch: null, ...reservation }]);
      submitted = true;
      const batch = await createBatch(client, inputFile, kind.endpoint, signal);
      await writeState(stateFile, [{ inputFile, batch, ...reservation }]);
      const paid = await finish(batch);
      money?.settle(paid);
      await writeState(stateFile, []);
    } catch (error) {
      // The service may be at work on it: whoever goes on settles it.
      if (submitted) money?.leave();
      else money?.release();
      throw error;
    }
  }
  return { cached: Math.max(0, cached - alreadyAnswered), answered, failed };
};

/** Not by `split`, which would hold a file of answers twice. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    if (line.trim() !== '') yield line;
    start = end < 0 ? text.length : end + 1;
  }
}

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

const chunks = <Line extends { readonly text: string }>(
  lines: readonly Line[],
  maxRequests: number,
  maxBytes: number,
): Line[][] => {
  const result: Line[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = utf8Length(line.text);
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

const sealOf = (state: object): string => createHash('sha256').update(JSON.stringify(state)).digest('hex');

const readState = async (file: string): Promise<StoredBatch[]> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const state = parseState(text);
  if (state === null)
    throw new Error(
      `${file} differs from what was written, so the batches under way are not known: look for them at the service, ` +
        'then remove the file to submit what is missing again',
    );
  return state;
};

/** The batches, or null where the text is not what {@link writeState} wrote. */
const parseState = (text: string): StoredBatch[] | null => {
  try {
    const { seal, ...state } = JSON.parse(text) as { seal?: string; batches: StoredBatch[] };
    // Earlier versions wrote no seal.
    return Array.isArray(state.batches) && (seal === undefined || seal === sealOf(state))
      ? state.batches
      : null;
  } catch {
    return null;
  }
};

const writeState = (file: string, batches: readonly StoredBatch[]): Promise<void> =>
  writeFileAtomic(file, `${JSON.stringify({ batches, seal: sealOf({ batches }) }, null, 2)}\n`);
