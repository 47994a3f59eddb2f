import { ModelError } from './model-error.js';
import { sleep } from './retry-delay.js';

/** The work's result, unless it takes too long or is no longer wanted. */
export const untilLate = async <T>(
  work: Promise<T>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<T> => {
  const done = new AbortController();
  const waits: Promise<T>[] = [work];
  const ended = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  if (milliseconds !== Number.POSITIVE_INFINITY || signal !== undefined)
    waits.push(
      sleep(Math.min(milliseconds, 2 ** 31 - 1), ended).then(() => {
        throw new ModelError('timeout', `no complete answer within ${milliseconds} ms`);
      }),
    );
  try {
    return await Promise.race(waits);
  } finally {
    done.abort();
    // Whichever lost the race may still fail, unheard.
    for (const wait of waits) wait.catch(() => {});
  }
};
