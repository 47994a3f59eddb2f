import { checkOptions, checkPositiveInteger, type OptionNames, pickOptions } from '../numerics/index.js';
import { ModelError } from './model-error.js';
import { createRateLimiter, RATE_LIMITER_OPTIONS, type RateLimiterOptions } from './rate-limiter.js';
import { RETRY_DELAY_OPTIONS, type RetryDelayOptions, retryDelay, sleep } from './retry-delay.js';
import type { SpendBudget } from './spend-budget.js';

/** How calls are limited, paid for and retried. */
export interface CallRunnerOptions extends RateLimiterOptions {
  /** The largest number of attempts per request. @defaultValue 6 */
  readonly maxAttempts?: number;
  readonly retry?: RetryDelayOptions;
  /**
   * After this many requests in a row failed for good (no connection, no answer in time, refused for now), the service
   * counts as down: every further one fails with kind `outage`. @defaultValue 32
   */
  readonly maxFailuresInARow?: number;
  /** A longer Retry-After fails the request at once. @defaultValue 120000 */
  readonly maxRetryAfterMs?: number;
  readonly budget?: SpendBudget;
  /** Called after every attempt, for counters and logs. */
  readonly onAttempt?: (attempt: HttpAttempt) => void;
}

export const CALL_RUNNER_OPTIONS: OptionNames<CallRunnerOptions> = {
  ...RATE_LIMITER_OPTIONS,
  maxAttempts: true,
  retry: true,
  maxFailuresInARow: true,
  maxRetryAfterMs: true,
  budget: true,
  onAttempt: true,
};

/** One attempt at a request, without its contents. */
export interface HttpAttempt {
  readonly path: string;
  readonly attempt: number;
  readonly milliseconds: number;
  /** `ok`, or what went wrong. */
  readonly outcome: 'ok' | ModelError['kind'];
  readonly status: number | null;
  /** The wait before the next attempt, or null when this was the last. */
  readonly retryInMs: number | null;
}

/** One call: what it may cost, and how it is tried once. */
export interface RunnableCall<T> {
  /** What is called, in messages and records. */
  readonly path: string;
  /** For a request that must not be repeated blindly. @defaultValue the runner's `maxAttempts` */
  readonly maxAttempts?: number;
  /** Tokens sent and asked for, counted against the rate. */
  readonly tokens: number;
  /** An upper bound of the price in US dollars. */
  readonly maxUsd: number;
  /** What the answer cost and used, or null where that is not known. */
  readonly usage: (value: T) => { readonly tokens: number; readonly usd: number } | null;
  readonly signal?: AbortSignal | undefined;
  /** Rejects with a ModelError where the attempt failed; with anything else to end the call. */
  readonly attempt: () => Promise<T>;
}

/** A refusal that may say when to try again. */
export class RefusedError extends ModelError {
  readonly retryAfterMs: number | null;
  constructor(kind: ModelError['kind'], message: string, status: number, retryAfterMs: number | null) {
    super(kind, message, { status });
    this.retryAfterMs = retryAfterMs;
  }
}

/** Failures that say the service did not do the work, so that nothing was charged. */
const isUncharged = (error: ModelError) => error.status !== null && error.kind !== 'malformed';

/** Failures that speak of the service and not of the request. */
const DOWN: ReadonlySet<ModelError['kind']> = new Set(['unavailable', 'timeout', 'network']);

/**
 * Runs calls within limits of rate, concurrency and money, and repeats those whose failure may pass; the same for
 * services and for models in this process.
 *
 * @param place Where the model is, in messages.
 */
export const createCallRunner = (place: string, options: CallRunnerOptions) => {
  const { maxAttempts = 6, maxRetryAfterMs = 120_000, maxFailuresInARow = 32, budget } = options;
  checkOptions('retry', options.retry, RETRY_DELAY_OPTIONS);
  checkPositiveInteger('maxAttempts', maxAttempts);
  if (!(maxFailuresInARow > 0)) {
    throw new RangeError(`maxFailuresInARow must be above 0, received ${maxFailuresInARow}`);
  }
  const limiter = createRateLimiter(pickOptions(options, RATE_LIMITER_OPTIONS));
  let failuresInARow = 0;
  let lastFailure = '';

  const run = async <T>(call: RunnableCall<T>): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      if (failuresInARow >= maxFailuresInARow) {
        throw new ModelError(
          'outage',
          `the last ${failuresInARow} requests all failed, so no more are sent: ${lastFailure}`,
          { attempts: attempt },
        );
      }
      const reservation = await budget?.reserve(call.maxUsd);
      let permit: Awaited<ReturnType<typeof limiter.acquire>>;
      try {
        permit = await limiter.acquire(call.tokens, call.signal);
      } catch (error) {
        reservation?.release();
        throw error;
      }
      const begun = performance.now();
      const report = (outcome: HttpAttempt['outcome'], status: number | null, retryInMs: number | null) =>
        options.onAttempt?.({
          path: call.path,
          attempt: attempt + 1,
          milliseconds: performance.now() - begun,
          outcome,
          status,
          retryInMs,
        });
      try {
        const value = await call.attempt();
        const used = call.usage(value);
        failuresInARow = 0;
        permit.release(used?.tokens);
        reservation?.settle(used?.usd);
        report('ok', 200, null);
        return value;
      } catch (error) {
        permit.release();
        if (!(error instanceof ModelError)) {
          reservation?.settle();
          throw error;
        }
        if (isUncharged(error)) reservation?.release();
        else reservation?.settle();
        const asked = error instanceof RefusedError ? error.retryAfterMs : null;
        const isLast =
          attempt + 1 >= (call.maxAttempts ?? maxAttempts) ||
          error.kind === 'status' ||
          (asked ?? 0) > maxRetryAfterMs;
        const wait = isLast ? null : retryDelay(attempt, asked, options.retry);
        report(error.kind, error.status, wait);
        if (wait === null) {
          const failure = final(error, call.path, attempt + 1, asked);
          if (DOWN.has(error.kind)) {
            failuresInARow++;
            lastFailure = failure.message;
          } else failuresInARow = 0;
          throw failure;
        }
        if (asked !== null) limiter.pauseUntil(Date.now() + asked);
        await sleep(wait, call.signal);
      }
    }
  };

  const final = (error: ModelError, path: string, attempts: number, asked: number | null) => {
    const waited = (asked ?? 0) > maxRetryAfterMs ? `, which asks to wait ${asked} ms` : '';
    const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    const message = `${place} ${path} failed after ${times}${waited}: ${error.message}`;
    return new ModelError(error.kind, message, {
      attempts,
      ...(error.status === null ? {} : { status: error.status }),
    });
  };

  return { run, pauseUntil: (time: number) => limiter.pauseUntil(time) };
};
