import { checkPositiveInteger } from '../numerics/index.js';
/** How the worker threads of a training come by their encoder. */
export interface WorkerOptions {
  /** Threads, 1 or more. */
  readonly count: number;
  /**
   * For an encoder of your own: a module whose named export `loadEncoder(directory)` reads what your encoder's
   * `saveForTraining` wrote, or its `save` where it has no such method. Those of this package are found by their `kind`.
   */
  readonly module?: string | URL;
}

/** @throws {RangeError} When the number of threads is not a whole number of at least 1. */
export const checkedWorkers = (workers: number | WorkerOptions | undefined): WorkerOptions | null => {
  if (workers === undefined) return null;
  const options = typeof workers === 'number' ? { count: workers } : workers;
  checkPositiveInteger('workers', options.count);
  return options;
};
