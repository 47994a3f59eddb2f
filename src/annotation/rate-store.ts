import { checkOptions, type OptionNames } from '../numerics/index.js';

/** What may start within any window of this length; Infinity for no limit. */
export interface RateLimits {
  readonly requests: number;
  readonly tokens: number;
  readonly windowMs: number;
}

/**
 * Where a limiter keeps what has started, so that several limiters, processes or machines keep one limit together.
 *
 * An id that has to wait holds its turn as long as it asks again within {@link RATE_TURN_MS}; turns are kept in the order in
 * which they were first asked for. Every method acts at once for everybody who shares the store.
 */
export interface RateStore {
  /**
   * Asks for a start: 0 when the request may start now, from when on it counts; else the milliseconds after which to
   * ask again with the same id.
   */
  start(id: string, tokens: number, limits: RateLimits): number | Promise<number>;
  /** Replaces the tokens of a request that started by those it really used. */
  correct(id: string, tokens: number): void | Promise<void>;
  /** Gives up a turn. */
  leave(id: string): void | Promise<void>;
  /** Nothing starts for this many milliseconds. */
  pause(milliseconds: number): void | Promise<void>;
}

/** How long a turn is held for somebody who does not ask again, in milliseconds: a process that was killed loses it. */
export const RATE_TURN_MS = 5000;

interface Started {
  readonly id: string;
  readonly time: number;
  tokens: number;
}

const CREATE_RATE_STORE_OPTIONS: OptionNames<{ readonly now?: () => number }> = { now: true };

/**
 * A store in memory, for limiters of one process.
 *
 * A request starts at the first moment at which it and every request of the window before fit; those who wait are
 * laid out in their order after what has started, so that none waits longer than it must and none overtakes.
 *
 * @param options `now`: the clock, in milliseconds. @defaultValue Date.now
 *
 * Time O(1) where the limit does not bind, else O(turns ahead); memory: one entry per request in the window.
 *
 * @example
 * ```ts
 * import { createRateLimiter, createRateStore } from 'oasis-embed/annotation';
 * const store = createRateStore();
 * const [chat, judge] = [0, 1].map(() => createRateLimiter({ requestsPerMinute: 60, store }));
 * (await chat!.acquire(100)).release();
 * (await judge!.acquire(100)).release(); // the second of 60 in this minute
 * ```
 */
export const createRateStore = (options: { readonly now?: () => number } = {}): RateStore => {
  checkOptions('createRateStore', options, CREATE_RATE_STORE_OPTIONS);
  const { now = Date.now } = options;
  let started: Started[] = [];
  let first = 0;
  const live = new Map<string, Started>();
  let tokensInWindow = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const turns = new Map<string, { tokens: number; seen: number }>();

  const forget = (before: number) => {
    while (first < started.length && started[first]!.time <= before) {
      const entry = started[first++]!;
      tokensInWindow -= entry.tokens;
      live.delete(entry.id);
    }
    if (first > 1024 && first > started.length / 2) {
      started = started.slice(first);
      first = 0;
    }
  };

  return {
    start(id, tokens, limits) {
      const time = now();
      if (limits.requests === Number.POSITIVE_INFINITY && limits.tokens === Number.POSITIVE_INFINITY)
        return Math.max(0, pausedUntil - time);
      forget(time - limits.windowMs);
      for (const [turn, { seen }] of turns) if (seen < time - RATE_TURN_MS) turns.delete(turn);

      const planned: { readonly time: number; readonly tokens: number }[] = [];
      let oldest = first;
      let requestsThen = started.length - first;
      let tokensThen = tokensInWindow;
      let at = Math.max(time, pausedUntil);
      const place = (size: number) => {
        while (requestsThen > 0) {
          const entry = oldest < started.length ? started[oldest]! : planned[oldest - started.length]!;
          const isOver = entry.time + limits.windowMs <= at;
          const fits = requestsThen + 1 <= limits.requests && tokensThen + size <= limits.tokens;
          if (!isOver && fits) break;
          at = Math.max(at, entry.time + limits.windowMs);
          oldest++;
          requestsThen--;
          tokensThen -= entry.tokens;
        }
        planned.push({ time: at, tokens: size });
        requestsThen++;
        tokensThen += size;
      };
      for (const [turn, ahead] of turns) {
        if (turn === id) break;
        place(ahead.tokens);
      }
      place(tokens);
      if (at > time) {
        turns.set(id, { tokens, seen: time });
        return at - time;
      }
      turns.delete(id);
      const entry = { id, time, tokens };
      started.push(entry);
      live.set(id, entry);
      tokensInWindow += tokens;
      return 0;
    },
    correct(id, tokens) {
      const entry = live.get(id);
      if (entry === undefined) return;
      tokensInWindow += tokens - entry.tokens;
      entry.tokens = tokens;
    },
    leave(id) {
      turns.delete(id);
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, now() + milliseconds);
    },
  };
};
