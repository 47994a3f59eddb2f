import { describe, expect, it } from 'vitest';
import { createRateLimiter, mapConcurrently } from '../../src/annotation/index.js';
import { parseRetryAfter, retryDelay } from '../../src/annotation/retry-delay.js';

describe('retryDelay', () => {
  it('draws from the whole of a doubling range up to its cap', () => {
    const options = { baseMs: 100, capMs: 1000 };
    const longest = (attempt: number) => retryDelay(attempt, null, { ...options, random: () => 1 });
    expect([0, 1, 2, 3, 4, 50].map(longest)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(retryDelay(3, null, { ...options, random: () => 0 })).toBe(0);
  });

  it('never waits less than the service asks', () => {
    expect(retryDelay(0, 5000, { random: () => 0.5 })).toBe(5000);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2024-05-01T00:00:00Z');
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Wed, 01 May 2024 00:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Tue, 30 Apr 2024 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ] as const)('reads %o as %s ms', (headers, expected) => {
    expect(parseRetryAfter(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});

describe('createRateLimiter', () => {
  const admit = async (limits: Parameters<typeof createRateLimiter>[0], tokens: readonly number[]) => {
    const limiter = createRateLimiter({ concurrency: 100, ...limits });
    return Promise.all(
      tokens.map(async (count) => {
        const permit = await limiter.acquire(count);
        const time = Date.now();
        permit.release();
        return { time, count };
      }),
    );
  };

  // A busy machine sees a start late, never early: so the bound is on what may have started by then.
  it('starts no more requests than the budget of the windows that have begun', async () => {
    const begun = Date.now();
    const admitted = await admit({ requestsPerMinute: 4, periodMs: 100 }, new Array(13).fill(1));
    admitted.forEach(({ time }, at) => {
      expect(time - begun).toBeGreaterThanOrEqual(Math.floor(at / 4) * 100 - 1);
    });
  });

  it('starts no more tokens than the budget of the windows that have begun, first come first served', async () => {
    const tokens = [60, 50, 10, 40, 90, 5, 5];
    const begun = Date.now();
    const admitted = await admit({ tokensPerMinute: 100, periodMs: 60 }, tokens);
    const times = admitted.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    let started = 0;
    for (const { time, count } of admitted) {
      started += count;
      expect(started).toBeLessThanOrEqual(100 * (Math.floor((time - begun + 1) / 60) + 1));
    }
  });

  it('counts the tokens that were really used once they are known', async () => {
    const limiter = createRateLimiter({ tokensPerMinute: 100, periodMs: 10_000 });
    (await limiter.acquire(100)).release(10);
    const begun = Date.now();
    await limiter.acquire(90);
    expect(Date.now() - begun).toBeLessThan(5000);
  });
});

describe('mapConcurrently', () => {
  it('keeps the order of the items and the bound', async () => {
    let active = 0;
    let most = 0;
    const items = Array.from({ length: 30 }, (_, i) => i);
    const results = await mapConcurrently(
      items,
      async (item) => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
        active--;
        return item * 2;
      },
      { concurrency: 4 },
    );
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(4);
  });

  it('starts nothing after a failure and waits for what is under way', async () => {
    const started: number[] = [];
    let ended = 0;
    const work = async (item: number) => {
      started.push(item);
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended++;
      if (item === 0) throw new Error('first');
    };
    await expect(mapConcurrently([0, 1, 2, 3, 4], work, { concurrency: 2 })).rejects.toThrow('first');
    expect(ended).toBe(started.length);
    expect(started.length).toBeLessThanOrEqual(3);
  });

  it('refuses a concurrency that is no whole number above 0', async () => {
    await expect(mapConcurrently([1], async () => 1, { concurrency: 0 })).rejects.toThrow(
      'concurrency must be a whole number of at least 1, received 0',
    );
  });
});
