import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';

/** Options of {@link mapConcurrently}. */
export interface MapConcurrentlyOptions {
  /** How many items are worked on at once. @defaultValue 8 */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called after each finished item. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const MAP_CONCURRENTLY_OPTIONS: OptionNames<MapConcurrentlyOptions> = {
  concurrency: true,
  signal: true,
  onProgress: true,
};

/**
 * Applies an asynchronous function to every item, a bounded number at a time; results keep the items' order.
 *
 * The first rejection stops new items from starting; the call rejects with it once the items under way have
 * settled, so nothing is left running in the background. An empty list gives an empty list.
 *
 * @throws RangeError when `concurrency` is no whole number above 0.
 *
 * @example
 * ```ts
 * import { mapConcurrently } from 'oasis-embed/annotation';
 * console.log(await mapConcurrently([1, 2, 3], async (n) => n * n, { concurrency: 2 })); // [ 1, 4, 9 ]
 * ```
 */
export const mapConcurrently = async <T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  options: MapConcurrentlyOptions = {},
): Promise<R[]> => {
  checkOptions('mapConcurrently', options, MAP_CONCURRENTLY_OPTIONS);
  const { concurrency = 8, signal, onProgress } = options;
  checkPositiveInteger('concurrency', concurrency);
  const results = new Array<R>(items.length);
  let next = 0;
  let done = 0;
  let failure: { error: unknown } | null = null;
  const worker = async () => {
    while (next < items.length && failure === null) {
      const index = next++;
      try {
        signal?.throwIfAborted();
        results[index] = await work(items[index] as T, index);
        onProgress?.(++done, items.length);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  if (failure !== null) throw (failure as { error: unknown }).error;
  return results;
};
