import { randomUUID } from 'node:crypto';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { ModelError } from './model-error.js';
import { createRateStore, type RateLimits, type RateStore } from './rate-store.js';
import { sleep } from './retry-delay.js';

/** Options of {@link createRateLimiter}. */
export interface RateLimiterOptions {
  /** How many requests are under way at once. @defaultValue 8 */
  readonly concurrency?: number;
  /** At most this many requests start in any minute. @defaultValue Infinity */
  readonly requestsPerMinute?: number;
  /** At most this many tokens are sent or asked for in any minute. @defaultValue Infinity */
  readonly tokensPerMinute?: number;
  /** The length of the "minute", for services that count otherwise. @defaultValue 60000 */
  readonly periodMs?: number;
  /**
   * How long a request may be under way before the service counts it, in milliseconds: windows are longer by so much, so
   * that requests which travel at different speeds do not meet in one window of the service.
   * @defaultValue 0
   */
  readonly slackMs?: number;
  /** Where starts are counted; several limiters with one store keep the rates together. @defaultValue one of its own */
  readonly store?: RateStore;
}

/** How long one who waits sleeps at most: what others give back makes room sooner than it seemed. */
const ASK_AGAIN_MS = 1000;

/** For what nobody waits for: a store that fails there leaves the count on the safe side. */
const attempt = (action: () => void | Promise<void>): void => {
  const ignore = () => {};
  try {
    void Promise.resolve(action()).catch(ignore);
  } catch {
    ignore();
  }
};

/** Admits requests so that no window of one period holds more than the budgets allow. */
export interface RateLimiter {
  /** Resolves when a request of this many tokens may start; first come, first served. */
  acquire(tokens: number, signal?: AbortSignal): Promise<RatePermit>;
  /** Starts nothing before this time (milliseconds since the epoch): what Retry-After asks of everybody. */
  pauseUntil(time: number): void;
}

export interface RatePermit {
  /** Ends the request and corrects its token count by what the service reported. */
  release(tokensUsed?: number): void;
}

export const RATE_LIMITER_OPTIONS: OptionNames<RateLimiterOptions> = {
  concurrency: true,
  requestsPerMinute: true,
  tokensPerMinute: true,
  periodMs: true,
  slackMs: true,
  store: true,
};

/**
 * A limiter with an exact sliding window: a request starts when it and every request of the last period fit
 * within both budgets, and one of the concurrent places is free. Places are the limiter's own, rates those of the store.
 *
 * @throws RangeError when a budget is not above 0, or allows less than one request; `acquire` rejects with a ModelError of kind `limit` when a
 * request can never fit.
 *
 * @example
 * ```ts
 * import { createRateLimiter } from 'oasis-embed/annotation';
 * const limiter = createRateLimiter({ requestsPerMinute: 60, tokensPerMinute: 10_000 });
 * const permit = await limiter.acquire(800);
 * // … send the request …
 * permit.release(650);
 * ```
 */
export const createRateLimiter = (options: RateLimiterOptions = {}): RateLimiter => {
  checkOptions('createRateLimiter', options, RATE_LIMITER_OPTIONS);
  const {
    concurrency = 8,
    requestsPerMinute = Number.POSITIVE_INFINITY,
    tokensPerMinute = Number.POSITIVE_INFINITY,
    periodMs = 60_000,
    slackMs = 0,
    store = createRateStore(),
  } = options;
  for (const [name, value] of Object.entries({ concurrency, tokensPerMinute, periodMs })) {
    if (!(value > 0)) throw new RangeError(`${name} must be above 0, received ${value}`);
  }
  if (!(requestsPerMinute >= 1)) {
    throw new RangeError(`requestsPerMinute must be at least 1, received ${requestsPerMinute}`);
  }
  if (!(slackMs >= 0)) throw new RangeError(`slackMs must be at least 0, received ${slackMs}`);
  const limits: RateLimits = {
    requests: requestsPerMinute,
    tokens: tokensPerMinute,
    windowMs: periodMs + slackMs,
  };
  const prefix = `${process.pid}-${randomUUID()}`;
  let serial = 0;
  let active = 0;
  let turn: Promise<void> = Promise.resolve();
  const freed: (() => void)[] = [];

  const placeFreed = (signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const onFreed = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        freed.splice(freed.indexOf(onFreed), 1);
        reject(signal?.reason);
      };
      freed.push(onFreed);
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  /** Resolves to the id under which the request counts. */
  const start = async (tokens: number, signal?: AbortSignal): Promise<string> => {
    for (;;) {
      const id = `${prefix}-${serial++}`;
      try {
        for (;;) {
          signal?.throwIfAborted();
          const asked = performance.now();
          const wait = await store.start(id, tokens, limits);
          if (wait > 0) await sleep(Math.min(ASK_AGAIN_MS, Math.max(1, wait)), signal);
          // A yes that took longer than the slack could be sent into a window that it does not count in.
          else if (slackMs > 0 && performance.now() - asked > slackMs) break;
          else return id;
        }
      } catch (error) {
        await store.leave(id);
        throw error;
      }
    }
  };

  const admit = async (tokens: number, signal?: AbortSignal): Promise<RatePermit> => {
    signal?.throwIfAborted();
    if (active >= concurrency) await placeFreed(signal);
    active++;
    const free = () => {
      active--;
      freed.shift()?.();
    };
    let id: string;
    try {
      id = await start(tokens, signal);
    } catch (error) {
      free();
      throw error;
    }
    let released = false;
    return {
      release: (tokensUsed) => {
        if (released) return;
        released = true;
        free();
        if (tokensUsed !== undefined && tokensUsed !== tokens) attempt(() => store.correct(id, tokensUsed));
      },
    };
  };

  return {
    acquire: (tokens, signal) => {
      if (tokens > tokensPerMinute) {
        const message = `a request of about ${tokens} tokens can never fit tokensPerMinute = ${tokensPerMinute}`;
        return Promise.reject(new ModelError('limit', message));
      }
      const permit = turn.then(() => admit(tokens, signal));
      turn = permit.then(
        () => undefined,
        () => undefined,
      );
      return permit;
    },
    pauseUntil: (time) => {
      const milliseconds = time - Date.now();
      if (milliseconds > 0) attempt(() => store.pause(milliseconds));
    },
  };
};
