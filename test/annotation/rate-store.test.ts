import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateStore, RATE_TURN_MS } from '../../src/annotation/index.js';

interface Start {
  readonly time: number;
  readonly tokens: number;
}

/** The obvious reading: no window that begins at a start holds more than the limits. */
const isWithin = (starts: readonly Start[], requests: number, tokens: number, windowMs: number): boolean =>
  starts.every(({ time }) => {
    const window = starts.filter((other) => other.time >= time && other.time < time + windowMs);
    return window.length <= requests && window.reduce((sum, start) => sum + start.tokens, 0) <= tokens;
  });

/** Everybody asks as often as the store says; returns the starts in the order of the arrivals. */
const simulate = (
  arrivals: readonly { readonly time: number; readonly tokens: number }[],
  limits: { readonly requests: number; readonly tokens: number; readonly windowMs: number },
): Start[] => {
  let now = 0;
  const store = createRateStore({ now: () => now });
  const starts: Start[] = [];
  const due = arrivals.map(({ time }) => time);
  for (;;) {
    const next = due.reduce((best, time, i) => (time < (due[best] ?? Infinity) ? i : best), -1);
    if (next < 0) return starts;
    now = due[next]!;
    const wait = store.start(String(next), arrivals[next]!.tokens, limits) as number;
    if (wait > 0) due[next] = now + Math.min(wait, 1000);
    else {
      starts[next] = { time: now, tokens: arrivals[next]!.tokens };
      due[next] = Infinity;
    }
  }
};

/** First come, first served, each at the first moment that fits what has started before it. */
const obvious = (
  arrivals: readonly Start[],
  limits: { readonly requests: number; readonly tokens: number; readonly windowMs: number },
): number[] => {
  const starts: Start[] = [];
  for (const { time, tokens } of arrivals) {
    const earliest = Math.max(time, starts.at(-1)?.time ?? 0);
    const moments = [earliest, ...starts.map((start) => start.time + limits.windowMs)];
    const fits = (at: number) => {
      const window = starts.filter((start) => start.time > at - limits.windowMs);
      const sum = window.reduce((total, start) => total + start.tokens, tokens);
      return window.length + 1 <= limits.requests && sum <= limits.tokens;
    };
    starts.push({
      time: moments.filter((at) => at >= earliest && fits(at)).sort((a, b) => a - b)[0]!,
      tokens,
    });
  }
  return starts.map(({ time }) => time);
};

describe('createRateStore', () => {
  const cases = fc.record({
    gaps: fc.array(fc.record({ gap: fc.nat(400), tokens: fc.integer({ min: 1, max: 50 }) }), {
      maxLength: 40,
    }),
    requests: fc.integer({ min: 1, max: 8 }),
    tokens: fc.integer({ min: 50, max: 200 }),
    windowMs: fc.integer({ min: 1, max: 1500 }),
  });
  const arrivalsOf = (gaps: readonly { readonly gap: number; readonly tokens: number }[]) => {
    let time = 0;
    return gaps.map(({ gap, tokens }) => {
      time += gap;
      return { time, tokens };
    });
  };

  it('starts everybody at the first moment that fits, first come, first served', () => {
    fc.assert(
      fc.property(cases, ({ gaps, ...limits }) => {
        const arrivals = arrivalsOf(gaps);
        const starts = simulate(arrivals, limits);
        expect(isWithin(starts, limits.requests, limits.tokens, limits.windowMs)).toBe(true);
        expect(starts.map(({ time }) => time)).toEqual(obvious(arrivals, limits));
      }),
    );
  });

  it('gives the room back that corrections make, and to those who wait', () => {
    let now = 0;
    const store = createRateStore({ now: () => now });
    const limits = { requests: 100, tokens: 100, windowMs: 1000 };
    expect(store.start('a', 100, limits)).toBe(0);
    expect(store.start('b', 60, limits)).toBe(1000);
    now = 10;
    store.correct('a', 30);
    expect(store.start('b', 60, limits)).toBe(0);
    expect(store.start('c', 20, limits)).toBe(990);
  });

  it('forgets the turn of somebody who does not come back, and of one who leaves', () => {
    let now = 0;
    const store = createRateStore({ now: () => now });
    const limits = { requests: 1, tokens: 100, windowMs: 10_000 };
    store.start('a', 1, limits);
    expect(store.start('b', 1, limits)).toBe(10_000);
    expect(store.start('c', 1, limits)).toBe(20_000);
    store.leave('b');
    expect(store.start('d', 1, limits)).toBe(20_000);
    now = RATE_TURN_MS + 1;
    expect(store.start('e', 1, limits)).toBe(10_000 - now);
  });

  it('starts nothing during a pause, limits or none', () => {
    let now = 0;
    const store = createRateStore({ now: () => now });
    const none = { requests: Infinity, tokens: Infinity, windowMs: 1000 };
    store.pause(500);
    store.pause(100);
    expect(store.start('a', 1, none)).toBe(500);
    expect(store.start('a', 1, { ...none, requests: 2 })).toBe(500);
    now = 500;
    expect(store.start('b', 1, none)).toBe(0);
  });
});
