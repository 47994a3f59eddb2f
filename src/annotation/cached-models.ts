import type { DenseMatrix } from '../numerics/index.js';
import {
  checkOptions,
  checkPositiveInteger,
  float16Bits,
  fromFloat16Bits,
  type OptionNames,
} from '../numerics/index.js';
import { mapConcurrently } from './map-concurrently.js';
import type { ChatModel, ChatRequest, ChatResponse, Embedder, EmbedOptions } from './models.js';
import { cacheKey, type ResponseCache } from './response-cache.js';
import { findStoredAnswer, MAX_REJECTED, storeAnswer } from './stored-answer.js';

/** A chat model that answers from a cache what it has answered before. */
export interface CachedChatModel extends ChatModel {
  /** Whether a request would be answered without a call. */
  has(request: ChatRequest): Promise<boolean>;
}

/** Options of {@link cachedChatModel}. */
export interface CachedChatModelOptions {
  /** How many rejected answers of a request are paid for, over all runs that share the cache. @defaultValue 3 */
  readonly maxRejected?: number;
}

const CACHED_CHAT_MODEL_OPTIONS: OptionNames<CachedChatModelOptions> = { maxRejected: true };

/**
 * Puts a cache in front of a chat model.
 *
 * The key is the hash of the model's name, the template's version, the messages, the schema and the parameters.
 * An answer is stored as soon as it arrives; failures are not. Equal requests under way share one call.
 *
 * An answer that the request's `accept` rejects (without it, one that was cut or refused) is returned, kept apart with
 * the reason, and asked for again by the next equal request, until it was rejected `maxRejected` times: from then on
 * the last one is returned without a call.
 *
 * @param model Any chat model; its name must reflect its settings.
 * @param cache Such as `openResponseCache(directory)`.
 * @throws RangeError if `maxRejected` is not a positive whole number.
 *
 * @example
 * ```ts
 * import { cachedChatModel, type ChatModel } from 'oasis-embed/annotation';
 * let calls = 0;
 * const model: ChatModel = {
 *   name: 'counter',
 *   complete: async () => ({ text: String(++calls), finishReason: 'stop', usage: null }),
 * };
 * const entries = new Map<string, Uint8Array>();
 * const cached = cachedChatModel(model, {
 *   get: (key) => entries.get(key) ?? null,
 *   set: (key, value) => void entries.set(key, value),
 * });
 * const request = { messages: [{ role: 'user', content: 'hello' }] } as const;
 * await cached.complete(request);
 * console.log((await cached.complete(request)).text); // 1
 * ```
 */
export const cachedChatModel = (
  model: ChatModel,
  cache: ResponseCache,
  options: CachedChatModelOptions = {},
): CachedChatModel => {
  checkOptions('cachedChatModel', options, CACHED_CHAT_MODEL_OPTIONS);
  const { maxRejected = MAX_REJECTED } = options;
  checkPositiveInteger('maxRejected', maxRejected);
  const underWay = new Map<string, { promise: Promise<ChatResponse>; signal: AbortSignal | undefined }>();
  const keyOf = (request: ChatRequest) => chatCacheKey(model.name, request);

  const complete = async (request: ChatRequest): Promise<ChatResponse> => {
    request.signal?.throwIfAborted();
    const key = keyOf(request);
    const shared = underWay.get(key);
    if (shared !== undefined) {
      try {
        return await shared.promise;
      } catch (error) {
        // Another caller's abort is no answer to this one.
        if (shared.signal?.aborted === true && request.signal?.aborted !== true) return complete(request);
        throw error;
      }
    }
    const ask = async () => {
      try {
        const stored = await findStoredAnswer(cache, key, request.accept, maxRejected);
        if (stored.response !== null) return stored.response;
        const response = await model.complete(request);
        await storeAnswer(cache, stored.key, response, request.accept);
        return response;
      } finally {
        underWay.delete(key);
      }
    };
    const promise = Promise.resolve().then(ask);
    underWay.set(key, { promise, signal: request.signal });
    return promise;
  };
  return {
    name: model.name,
    complete,
    has: async (request) =>
      (await findStoredAnswer(cache, keyOf(request), request.accept, maxRejected)).response !== null,
  };
};

/** The key under which {@link cachedChatModel} keeps the answer of a model to a request. */
export const chatCacheKey = (model: string, { signal: _, accept: __, ...request }: ChatRequest): string =>
  cacheKey({ kind: 'chat', model, ...request });

/** Options of {@link cachedEmbedder}. */
export interface CachedEmbedderOptions {
  /** How vectors are kept; float16 halves the space and rounds to 3 digits. @defaultValue 'float32' */
  readonly precision?: 'float32' | 'float16';
  /** Texts handed to the embedder and stored at a time. @defaultValue 256 */
  readonly batchSize?: number;
  /** Batches under way at once. @defaultValue 8 */
  readonly concurrency?: number;
}

/** An embedder that embeds no text twice. */
export interface CachedEmbedder extends Embedder {
  /** Whether a text would be embedded without a call. */
  has(text: string, role?: EmbedOptions['role']): Promise<boolean>;
}

const CACHED_EMBEDDER_OPTIONS: OptionNames<CachedEmbedderOptions> = {
  precision: true,
  batchSize: true,
  concurrency: true,
};

/**
 * Puts a cache in front of an embedder, one entry per text and role.
 *
 * Each answer is stored as soon as it arrives (see `onRows` of {@link EmbedOptions}), so that an interrupted run pays
 * for no finished call again. The vectors returned are those stored: with float16 the first call and the next ones give the same values.
 *
 * @param embedder Any embedder; its name must reflect its settings.
 * @param cache Such as `openResponseCache(directory)`.
 * @throws RangeError when float16 cannot hold a value (above 65504).
 *
 * @example
 * ```ts
 * import { cachedEmbedder, type Embedder } from 'oasis-embed/annotation';
 * let embedded = 0;
 * const lengths: Embedder = {
 *   name: 'lengths',
 *   embed: async (texts) => {
 *     embedded += texts.length;
 *     return { data: Float32Array.from(texts, ({ length }) => length), rows: texts.length, columns: 1 };
 *   },
 * };
 * const entries = new Map<string, Uint8Array>();
 * const cached = cachedEmbedder(lengths, {
 *   get: (key) => entries.get(key) ?? null,
 *   set: (key, value) => void entries.set(key, value),
 * });
 * await cached.embed(['a', 'bb', 'a']);
 * await cached.embed(['bb']);
 * console.log(embedded); // 2
 * ```
 */
export const cachedEmbedder = (
  embedder: Embedder,
  cache: ResponseCache,
  options: CachedEmbedderOptions = {},
): CachedEmbedder => {
  checkOptions('cachedEmbedder', options, CACHED_EMBEDDER_OPTIONS);
  const { precision = 'float32', batchSize = 256, concurrency = 8 } = options;
  checkPositiveInteger('batchSize', batchSize);
  const keyOf = (text: string, role: EmbedOptions['role']) =>
    vectorCacheKey(embedder.name, text, role, precision);

  const embed = async (texts: readonly string[], options: EmbedOptions = {}): Promise<DenseMatrix> => {
    const distinct = new Map<string, Float32Array | null>();
    for (const text of texts) distinct.set(text, null);
    const missing: string[] = [];
    for (const text of distinct.keys()) {
      const stored = await cache.get(keyOf(text, options.role));
      if (stored === null) missing.push(text);
      else distinct.set(text, readVector(stored, precision));
    }
    const batches: string[][] = [];
    for (let start = 0; start < missing.length; start += batchSize) {
      batches.push(missing.slice(start, start + batchSize));
    }
    await mapConcurrently(
      batches,
      async (batch) => {
        const keep = async (start: number, { data, rows, columns }: DenseMatrix) => {
          for (let row = 0; row < rows; row++) {
            const text = batch[start + row]!;
            if (distinct.get(text) !== null) continue;
            const bytes = encodeVector(data.subarray(row * columns, (row + 1) * columns), precision);
            await cache.set(keyOf(text, options.role), bytes);
            distinct.set(text, readVector(bytes, precision));
          }
        };
        const all = await embedder.embed(batch, { ...options, onRows: keep });
        if (all.rows !== batch.length || all.data.length !== all.rows * all.columns) {
          throw new TypeError(`${embedder.name} must return ${batch.length} rows, received ${all.rows}`);
        }
        await keep(0, all);
      },
      { concurrency, ...(options.signal === undefined ? {} : { signal: options.signal }) },
    );
    const columns = texts.length === 0 ? 0 : distinct.get(texts[0]!)!.length;
    const data = new Float32Array(texts.length * columns);
    texts.forEach((text, row) => {
      const vector = distinct.get(text)!;
      if (vector.length !== columns) {
        throw new TypeError(
          `${embedder.name} must embed all texts alike, received ${columns} and ${vector.length} dimensions`,
        );
      }
      data.set(vector, row * columns);
    });
    return { data, rows: texts.length, columns };
  };
  return {
    name: embedder.name,
    embed,
    has: async (text, role) => (await cache.get(keyOf(text, role))) !== null,
  };
};

/** The key under which {@link cachedEmbedder} keeps the vector of a text. */
export const vectorCacheKey = (
  model: string,
  text: string,
  role: EmbedOptions['role'],
  precision: 'float32' | 'float16',
): string => cacheKey({ kind: 'embedding', model, role, precision, text });

/** The bytes under that key. */
export const encodeVector = (vector: Float32Array, precision: 'float32' | 'float16'): Uint8Array => {
  const size = precision === 'float16' ? 2 : 4;
  const bytes = Buffer.alloc(vector.length * size);
  vector.forEach((value, i) => {
    if (precision === 'float32') bytes.writeFloatLE(value, 4 * i);
    else if (Math.abs(value) > 65504) throw new RangeError(`float16 cannot hold ${value}: use float32`);
    else bytes.writeUInt16LE(float16Bits(value), 2 * i);
  });
  return bytes;
};

const readVector = (bytes: Uint8Array, precision: 'float32' | 'float16'): Float32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return precision === 'float16'
    ? Float32Array.from({ length: bytes.length / 2 }, (_, i) => fromFloat16Bits(view.getUint16(2 * i, true)))
    : Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
};
