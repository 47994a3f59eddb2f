import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import { CALL_RUNNER_OPTIONS, type CallRunnerOptions, createCallRunner } from './call-runner.js';
import { ModelError } from './model-error.js';
import type { ChatModel, ChatResponse } from './models.js';
import { RATE_LIMITER_OPTIONS } from './rate-limiter.js';
import { estimatedTokens, type TokenCounter } from './token-counter.js';
import { untilLate } from './until-late.js';

/** Options of {@link inProcessChatModel}. */
export interface InProcessChatModelOptions extends Omit<CallRunnerOptions, 'budget' | 'maxRetryAfterMs'> {
  /** Requests in the model at once. @defaultValue 1 */
  readonly concurrency?: number;
  /** The largest number of attempts per request. @defaultValue 2 */
  readonly maxAttempts?: number;
  /** For one attempt; a model that is late is told to stop, and not waited for. @defaultValue Infinity */
  readonly timeoutMs?: number;
  /** Counts tokens for rates. @defaultValue estimatedTokens */
  readonly tokenCounter?: TokenCounter;
}

const IN_PROCESS_CHAT_MODEL_OPTIONS: OptionNames<InProcessChatModelOptions> = {
  ...RATE_LIMITER_OPTIONS,
  maxAttempts: true,
  retry: true,
  maxFailuresInARow: true,
  onAttempt: true,
  timeoutMs: true,
  tokenCounter: true,
};

/**
 * Treats a chat model in this process as {@link openAiCompatible} treats one behind a service: the same limits, retries
 * and records.
 *
 * A failure of the model fails its request alone and is not repeated, since the same words would fail again; one that
 * comes late, or answers with anything but a text, is asked again. A `ModelError` of the model's own keeps its kind.
 *
 * @param model Such as one of {@link loadGgufChatModel}.
 * @returns A chat model of the same name, to be put behind a {@link cachedChatModel}.
 * @throws RangeError for an option out of range; `complete` rejects with a ModelError.
 *
 * @example
 * ```ts
 * import { type ChatModel, inProcessChatModel } from 'oasis-embed/annotation';
 * const echo: ChatModel = {
 *   name: 'echo',
 *   complete: async ({ messages }) => ({ text: messages[0]!.content, finishReason: 'stop', usage: null }),
 * };
 * const model = inProcessChatModel(echo, { timeoutMs: 60_000 });
 * console.log((await model.complete({ messages: [{ role: 'user', content: 'hello' }] })).text); // hello
 * ```
 *
 * @see cachedChatModel
 */
export const inProcessChatModel = (model: ChatModel, options: InProcessChatModelOptions = {}): ChatModel => {
  checkOptions('inProcessChatModel', options, IN_PROCESS_CHAT_MODEL_OPTIONS);
  const { concurrency = 1, maxAttempts = 2, tokenCounter = estimatedTokens } = options;
  const { timeoutMs = Number.POSITIVE_INFINITY } = options;
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, received ${timeoutMs}`);
  const shared: CallRunnerOptions = options;
  const runner = createCallRunner(model.name, {
    ...pickOptions(shared, CALL_RUNNER_OPTIONS),
    concurrency,
    maxAttempts,
  });
  return {
    name: model.name,
    complete: (request) => {
      const { signal } = request;
      return runner.run({
        path: 'chat',
        tokens: request.messages.reduce(
          (sum, { content }) => sum + tokenCounter.count(content),
          request.maxTokens ?? 0,
        ),
        maxUsd: 0,
        usage: ({ usage }) =>
          usage === null ? null : { tokens: usage.promptTokens + usage.completionTokens, usd: 0 },
        signal,
        attempt: async () => {
          const late = new AbortController();
          const stopped = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
          try {
            const work = model.complete({ ...request, signal: stopped });
            return checkAnswer(await untilLate(work, timeoutMs, signal));
          } catch (error) {
            if (signal?.aborted) throw signal.reason;
            if (error instanceof ModelError) throw error;
            throw new ModelError('status', error instanceof Error ? error.message : String(error));
          } finally {
            late.abort();
          }
        },
      });
    },
  };
};

const checkAnswer = (answer: ChatResponse): ChatResponse => {
  if (typeof answer?.text !== 'string' || typeof answer.finishReason !== 'string')
    throw new ModelError('malformed', 'the model answered without a text and a finishReason');
  if (answer.finishReason === 'error') throw new ModelError('malformed', 'the model broke its answer off');
  return answer;
};
