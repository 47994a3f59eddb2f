import type { OptionNames } from '../../numerics/index.js';

/** Limits that may end a single call early. */
export interface CallLimits {
  /**
   * Milliseconds after which the call throws a `DOMException` named `TimeoutError`.
   *
   * @defaultValue Infinity
   */
  readonly timeLimit?: number;
  /**
   * Ends the call with the signal's reason. A synchronous call keeps the event loop from running, so an
   * `AbortController` of the same thread counts only if it was aborted before; the signal is polled all the same,
   * for an `aborted` that reads memory shared with another thread.
   */
  readonly signal?: Pick<AbortSignal, 'aborted' | 'reason'>;
}

export const CALL_LIMITS: OptionNames<CallLimits> = { timeLimit: true, signal: true };

/** Told of work done, in cells; throws when the call must end. */
export interface Watch {
  spend(cells: number): void;
}

/** A look at the clock costs about as much as some hundred cells: this many make it free. */
const cellsBetweenLooks = 2 ** 20;

/**
 * Checks the limits and starts the clock; null when there is nothing to watch.
 *
 * @throws RangeError when `timeLimit` is negative or NaN; the signal's reason when it is aborted already.
 */
export const startWatch = ({ timeLimit = Number.POSITIVE_INFINITY, signal }: CallLimits): Watch | null => {
  if (!(timeLimit >= 0)) {
    throw new RangeError(`timeLimit must be a number of milliseconds of at least 0, received ${timeLimit}`);
  }
  if (timeLimit === Number.POSITIVE_INFINITY && signal === undefined) return null;
  const start = performance.now();
  const look = () => {
    if (signal?.aborted === true) throw signal.reason;
    if (performance.now() - start > timeLimit) {
      throw new DOMException(
        `the tree distance took longer than timeLimit = ${timeLimit} ms`,
        'TimeoutError',
      );
    }
  };
  if (signal?.aborted === true) throw signal.reason;
  let left = cellsBetweenLooks;
  return {
    spend(cells) {
      left -= cells;
      if (left > 0) return;
      left = cellsBetweenLooks;
      look();
    },
  };
};
