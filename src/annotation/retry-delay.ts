import type { OptionNames } from '../numerics/index.js';

/** How long to wait between two attempts at one request. */
export interface RetryDelayOptions {
  /** The longest first wait. @defaultValue 500 */
  readonly baseMs?: number;
  /** The longest wait before any attempt, not counting Retry-After. @defaultValue 30000 */
  readonly capMs?: number;
  /** A draw in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

export const RETRY_DELAY_OPTIONS: OptionNames<RetryDelayOptions> = {
  baseMs: true,
  capMs: true,
  random: true,
};

/**
 * The wait before attempt `attempt + 1`: full jitter, never shorter than what the service asked for.
 *
 * wait = max(retryAfter, u · min(cap, base · 2^attempt)), u uniform in [0, 1).
 *
 * @param attempt How many attempts have failed so far, less one: 0 after the first.
 * @param retryAfterMs What the service asked for, in milliseconds, or null.
 * @returns Milliseconds.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const retryDelay = (
  attempt: number,
  retryAfterMs: number | null,
  { baseMs = 500, capMs = 30_000, random = Math.random }: RetryDelayOptions = {},
): number => Math.max(retryAfterMs ?? 0, random() * Math.min(capMs, baseMs * 2 ** attempt));

/**
 * Reads `retry-after-ms` or `Retry-After` (seconds or an HTTP date) into milliseconds; null when neither is
 * there or neither can be read.
 */
export const parseRetryAfter = (headers: Headers, now: number = Date.now()): number | null => {
  const milliseconds = headers.get('retry-after-ms');
  if (milliseconds !== null && /^\d+(\.\d+)?$/.test(milliseconds.trim())) return Number(milliseconds);
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
};

/** Reads a duration as rate limits write it, such as `1s`, `6m0s`, `20ms` or `1.5`, into milliseconds. */
const parseDuration = (text: string): number | null => {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  let sum = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g))
    sum += Number(amount) * units[unit!]!;
  return sum;
};

const KINDS = ['requests', 'tokens'] as const;

const waitsFor = (headers: Headers, kinds: readonly string[]): number[] =>
  kinds
    .map((kind) => parseDuration(headers.get(`x-ratelimit-reset-${kind}`)?.trim() ?? ''))
    .filter((wait) => wait !== null);

/** How long nothing more will be admitted, where the service says that nothing is left; else null. */
export const exhaustedForMs = (headers: Headers): number | null => {
  const spent = KINDS.filter((kind) => headers.get(`x-ratelimit-remaining-${kind}`)?.trim() === '0');
  const waits = waitsFor(headers, spent);
  return waits.length === 0 ? null : Math.max(...waits);
};

/** After how long a refused request may be admitted, by `x-ratelimit-reset-*`; null where the service does not say. */
export const resetMs = (headers: Headers): number | null => {
  const waits = waitsFor(headers, KINDS);
  return exhaustedForMs(headers) ?? (waits.length === 0 ? null : Math.min(...waits));
};

/** Waits, or rejects with the signal's reason as soon as it aborts. */
export const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
