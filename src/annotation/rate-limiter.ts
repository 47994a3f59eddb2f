import { ModelError } from './model-error.js';
import { sleep } from './retry-delay.js';

/** Options of {@link createRateLimiter}. */
export interface RateLimiterOptions {
  /** How many requests are under way at once. @defaultValue 8 */
  readonly concurrency?: number;
  /** At most so many requests start in any minute. @defaultValue Infinity */
  readonly requestsPerMinute?: number;
  /** At most so many tokens are sent or asked for in any minute. @defaultValue Infinity */
  readonly tokensPerMinute?: number;
  /** The length of the "minute", for services that count otherwise. @defaultValue 60000 */
  readonly periodMs?: number;
}

/** Admits requests so that no window of one period holds more than the budgets allow. */
export interface RateLimiter {
  /** Resolves when a request of so many tokens may start; first come, first served. */
  acquire(tokens: number, signal?: AbortSignal): Promise<RatePermit>;
  /** Starts nothing before this time (milliseconds since the epoch): what Retry-After asks of everybody. */
  pauseUntil(time: number): void;
}

export interface RatePermit {
  /** Ends the request and corrects its token count by what the service reported. */
  release(tokensUsed?: number): void;
}

/**
 * A limiter with an exact sliding window: a request starts when it and every request of the last period fit
 * within both budgets, and one of the concurrent places is free.
 *
 * @throws RangeError when a budget is not above 0; `acquire` rejects with a ModelError of kind `limit` when a
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
export const createRateLimiter = ({
  concurrency = 8,
  requestsPerMinute = Number.POSITIVE_INFINITY,
  tokensPerMinute = Number.POSITIVE_INFINITY,
  periodMs = 60_000,
}: RateLimiterOptions = {}): RateLimiter => {
  for (const [name, value] of Object.entries({ concurrency, requestsPerMinute, tokensPerMinute, periodMs })) {
    if (!(value > 0)) throw new RangeError(`${name} must be above 0, received ${value}`);
  }
  let active = 0;
  let notBefore = 0;
  const started: { time: number; tokens: number }[] = [];
  let windowTokens = 0;
  let turn: Promise<void> = Promise.resolve();
  const freed: (() => void)[] = [];

  const dropExpired = (now: number) => {
    while (started.length > 0 && started[0]!.time <= now - periodMs) windowTokens -= started.shift()!.tokens;
  };

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

  const admit = async (tokens: number, signal?: AbortSignal): Promise<RatePermit> => {
    for (;;) {
      signal?.throwIfAborted();
      const now = Date.now();
      dropExpired(now);
      const wait =
        now < notBefore
          ? notBefore - now
          : started.length + 1 > requestsPerMinute || windowTokens + tokens > tokensPerMinute
            ? started[0]!.time + periodMs - now
            : 0;
      if (wait > 0) await sleep(Math.max(1, wait), signal);
      else if (active >= concurrency) await placeFreed(signal);
      else break;
    }
    const entry = { time: Date.now(), tokens };
    started.push(entry);
    windowTokens += tokens;
    active++;
    let released = false;
    return {
      release: (tokensUsed) => {
        if (released) return;
        released = true;
        active--;
        if (tokensUsed !== undefined && started.includes(entry)) {
          windowTokens += tokensUsed - entry.tokens;
          entry.tokens = tokensUsed;
        }
        freed.shift()?.();
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
      notBefore = Math.max(notBefore, time);
    },
  };
};
