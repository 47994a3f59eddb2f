import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';

/** How worker threads obtain their encoder. */
export interface WorkerOptions {
  /** Number of threads, at least 1. */
  readonly count: number;
  /**
   * For your own encoder: a module whose named export `loadEncoder(directory)` reads what the encoder's
   * `saveForTraining` wrote, or its `save` if it has no such method. The encoders of this package are found by their `kind`.
   */
  readonly module?: string | URL;
}

const WORKER_OPTIONS: OptionNames<WorkerOptions> = { count: true, module: true };

/** @throws {RangeError} When the number of threads is not a whole number of at least 1. */
export const checkedWorkers = (workers: number | WorkerOptions | undefined): WorkerOptions | null => {
  if (workers === undefined) return null;
  const options = typeof workers === 'number' ? { count: workers } : workers;
  checkOptions('workers', options, WORKER_OPTIONS);
  checkPositiveInteger('workers', options.count);
  return options;
};
