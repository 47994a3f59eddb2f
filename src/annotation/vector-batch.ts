import { checkOptions, type OptionNames } from '../numerics/index.js';
import {
  BATCH_OPTIONS,
  type BatchOptions,
  type BatchRequest,
  type BatchSummary,
  runBatches,
} from './batch-run.js';
import { encodeVector, vectorCacheKey } from './cached-models.js';
import { ModelError } from './model-error.js';
import type { EmbedOptions } from './models.js';
import {
  EMBEDDING_INPUT_OPTIONS,
  type EmbeddingInputOptions,
  embeddingInput,
  PREFIXES,
} from './open-ai-compatible.js';
import { readEmbeddings } from './open-ai-embeddings.js';
import type { ResponseCache } from './response-cache.js';

/** A text and what it is embedded as. */
export interface TextToEmbed {
  readonly text: string;
  readonly role?: EmbedOptions['role'];
}

/** Options of {@link fillVectorsByBatch}; those of the embedder must be the same as for `openAiCompatible`. */
export interface FillVectorsByBatchOptions extends BatchOptions, EmbeddingInputOptions {
  /** The embedding model. */
  readonly model: string;
  /** The name of the embedder (`embedder.name`), which is part of the cache keys. */
  readonly modelName: string;
  /** The cache in front of the embedder, where vectors are stored. */
  readonly cache: ResponseCache;
  /** As for the `cachedEmbedder`. @defaultValue 'float32' */
  readonly precision?: 'float32' | 'float16';
  /** Texts in one batch; its answers are held in memory. @defaultValue 5000 */
  readonly maxRequests?: number;
}

const FILL_VECTORS_BY_BATCH_OPTIONS: OptionNames<FillVectorsByBatchOptions> = {
  ...BATCH_OPTIONS,
  ...EMBEDDING_INPUT_OPTIONS,
  model: true,
  modelName: true,
  cache: true,
  precision: true,
  maxRequests: true,
};

/**
 * Embeds many texts through the Batch API (submit, poll, ingest) at its lower price, into the cache of a
 * `cachedEmbedder`: afterwards, an embedder behind that cache runs without a call, except for what the batch could not answer.
 *
 * Interruptions, equal texts, known answers and money are handled as in `fillCacheByBatch`. Each text is a request of its
 * own, known by its cache key, so that any later call can read the batch.
 *
 * @param texts What to embed; a text that is repeated in one role is sent once.
 * @returns What was answered, and what was not.
 * @throws ModelError when the service cannot be reached or the budget is too small.
 *
 * @example
 * ```ts
 * import { cachedEmbedder, fillVectorsByBatch, openAiCompatible, openResponseCache } from 'oasis-embed/annotation';
 * const embedAll = async (codes: string[], directory: string) => {
 *   const service = { baseUrl: 'https://api.openai.com/v1', model: 'text-embedding-3-large', apiKeyVariable: 'MY_KEY' };
 *   const { embedder } = openAiCompatible(service);
 *   const cache = openResponseCache(directory);
 *   await fillVectorsByBatch(
 *     codes.map((text) => ({ text, role: 'document' as const })),
 *     { ...service, cache, modelName: embedder.name, stateFile: `${directory}/batches.json` },
 *   );
 *   return cachedEmbedder(embedder, cache).embed(codes, { role: 'document' });
 * };
 * console.log(typeof embedAll); // function
 * ```
 *
 * @see https://platform.openai.com/docs/guides/batch
 */
export const fillVectorsByBatch = async (
  texts: Iterable<TextToEmbed>,
  options: FillVectorsByBatchOptions,
): Promise<BatchSummary> => {
  checkOptions('fillVectorsByBatch', options, FILL_VECTORS_BY_BATCH_OPTIONS);
  checkOptions('prefixes', options.prefixes, PREFIXES);
  const {
    cache,
    model,
    modelName,
    precision = 'float32',
    maxRequests = 5000,
    dimensions,
    encoding,
  } = options;
  let columns = dimensions ?? null;
  async function* toSend(): AsyncGenerator<BatchRequest> {
    for (const { text, role } of texts) {
      const key = vectorCacheKey(modelName, text, role, precision);
      yield {
        key,
        cached: (await cache.get(key)) !== null,
        body: {
          model,
          input: [embeddingInput(text, role, options)],
          encoding_format: encoding ?? 'float',
          ...(dimensions === undefined ? {} : { dimensions }),
        },
        maxCompletionTokens: 0,
      };
    }
  }
  return runBatches(
    toSend(),
    {
      endpoint: '/v1/embeddings',
      maxRequests,
      keep: async (key, body) => {
        const { vectors } = readEmbeddings(body, 1, columns);
        columns ??= vectors.columns;
        if (!/^[0-9a-f]{64}$/.test(key)) throw new ModelError('malformed', `no key of a text: ${key}`);
        await cache.set(key, encodeVector(vectors.data, precision));
      },
    },
    options,
  );
};
