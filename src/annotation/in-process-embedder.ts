import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames, pickOptions } from '../numerics/index.js';
import { CALL_RUNNER_OPTIONS, type CallRunnerOptions, createCallRunner } from './call-runner.js';
import { embedBatches } from './embed-batches.js';
import { ModelError } from './model-error.js';
import type { Embedder } from './models.js';
import { RATE_LIMITER_OPTIONS } from './rate-limiter.js';
import { createSplitting } from './split-refused.js';
import { estimatedTokens, type TokenCounter } from './token-counter.js';
import { untilLate } from './until-late.js';

/** Options of {@link inProcessEmbedder}. */
export interface InProcessEmbedderOptions extends Omit<CallRunnerOptions, 'budget' | 'maxRetryAfterMs'> {
  /** Texts that are handed to the model at a time. @defaultValue 32 */
  readonly batchSize?: number;
  /** Batches in the model at once. @defaultValue 1 */
  readonly concurrency?: number;
  /** The largest number of attempts per batch. @defaultValue 2 */
  readonly maxAttempts?: number;
  /** For one attempt; a model that is late is not waited for, although it may go on. @defaultValue Infinity */
  readonly timeoutMs?: number;
  /** Counts tokens for rates. @defaultValue estimatedTokens */
  readonly tokenCounter?: TokenCounter;
}

const IN_PROCESS_EMBEDDER_OPTIONS: OptionNames<InProcessEmbedderOptions> = {
  ...RATE_LIMITER_OPTIONS,
  maxAttempts: true,
  retry: true,
  maxFailuresInARow: true,
  onAttempt: true,
  batchSize: true,
  timeoutMs: true,
  tokenCounter: true,
};

/**
 * Treats an embedder in this process as {@link openAiCompatible} treats one behind a service: the same limits, retries,
 * checks and records.
 *
 * A wrong number or size of vectors, NaN or an infinite value counts as a fault and is tried again. A batch at which the
 * model fails is halved, so that memory for the smaller ones suffices, or the text at fault is found: texts at which it
 * fails alone fail the call with their positions, after all others were given to `onRows`. An empty list of texts is
 * answered without a call.
 *
 * @param embedder Such as one on an `OnnxEncoder` or a `TransformerEncoder`.
 * @returns An embedder of the same name, to be put behind a {@link cachedEmbedder}.
 * @throws RangeError for an option out of range; `embed` rejects with a ModelError.
 *
 * Memory: the vectors of one batch per concurrent call, and the result.
 *
 * @example
 * ```ts
 * import { inProcessEmbedder } from 'oasis-embed/annotation';
 * import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
 * const encoder = SubtokenBagEncoder.fit({ queries: [], documents: ['sort a list'] }, { dimensions: 8 });
 * const embedder = inProcessEmbedder({
 *   name: 'bag',
 *   embed: (texts, { role = 'document' } = {}) => encodeTexts(encoder, texts, role),
 * });
 * console.log((await embedder.embed(['sort', 'list'])).rows); // 2
 * ```
 *
 * @see cachedEmbedder
 */
export const inProcessEmbedder = (embedder: Embedder, options: InProcessEmbedderOptions = {}): Embedder => {
  checkOptions('inProcessEmbedder', options, IN_PROCESS_EMBEDDER_OPTIONS);
  const { batchSize = 32, concurrency = 1, maxAttempts = 2, tokenCounter = estimatedTokens } = options;
  const { timeoutMs = Number.POSITIVE_INFINITY } = options;
  checkPositiveInteger('batchSize', batchSize);
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, received ${timeoutMs}`);
  const shared: CallRunnerOptions = options;
  const runner = createCallRunner(embedder.name, {
    ...pickOptions(shared, CALL_RUNNER_OPTIONS),
    concurrency,
    maxAttempts,
  });
  const splitting = createSplitting();
  let columns: number | null = null;

  const attempt = async (
    texts: readonly string[],
    role: 'query' | 'document' | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DenseMatrix> => {
    const late = new AbortController();
    const stopped = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    try {
      const work = embedder.embed(texts, { ...(role === undefined ? {} : { role }), signal: stopped });
      return checkRows(await untilLate(work, timeoutMs, signal), texts.length, columns);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ModelError) throw error;
      throw new ModelError('status', error instanceof Error ? error.message : String(error));
    } finally {
      late.abort();
    }
  };

  return {
    name: embedder.name,
    embed: async (texts, { role, signal, onRows } = {}) => {
      if (texts.length === 0) return { data: new Float32Array(0), rows: 0, columns: columns ?? 0 };
      const batches: (readonly string[])[] = [];
      for (let start = 0; start < texts.length; start += batchSize)
        batches.push(texts.slice(start, start + batchSize));
      const send = async (some: readonly string[]) => {
        const rows = await runner.run({
          path: 'embed',
          tokens: some.reduce((sum, text) => sum + tokenCounter.count(text), 0),
          maxUsd: 0,
          usage: () => null,
          signal,
          attempt: () => attempt(some, role, signal),
        });
        columns ??= rows.columns;
        return rows;
      };
      return embedBatches(batches, send, { splitting, concurrency, signal, onRows });
    },
  };
};

const checkRows = (answer: DenseMatrix, count: number, expected: number | null): DenseMatrix => {
  const { data, rows, columns } = answer;
  if (rows !== count || columns === 0 || data.length !== rows * columns)
    throw new ModelError(
      'malformed',
      `the model gave ${data.length} values as [${rows}, ${columns}] for ${count} texts`,
    );
  if (expected !== null && columns !== expected)
    throw new ModelError('malformed', `the vectors have ${columns} dimensions, expected ${expected}`);
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new ModelError(
      'malformed',
      `vector ${Math.floor(at / columns)} holds ${data[at]} at ${at % columns}`,
    );
  return answer;
};
