import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { startWorkers } from './join-worker-pool.js';
import { type JoinPiece, NearTwinJoin, type NearTwinStatistics } from './near-twin-join.js';
import {
  addCounts,
  NEAR_TWINS_OPTIONS,
  type NearTwins,
  type NearTwinsOptions,
  planJoin,
} from './near-twins.js';

/** Options of {@link streamNearTwins}: those of {@link nearTwins}, and the threads. */
export interface StreamNearTwinsOptions extends NearTwinsOptions {
  /**
   * Worker threads to share the work among; 1 works in the calling thread. Where workers cannot be started, a
   * warning is emitted and the calling thread does the work. The result is the same in every case.
   *
   * @defaultValue 1
   */
  readonly threads?: number;
  /** Stops the search: the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each block of trees with the statistics so far; the last call has all of them. */
  readonly onProgress?: (progress: NearTwinsProgress) => void;
}

const STREAM_NEAR_TWINS_OPTIONS: OptionNames<StreamNearTwinsOptions> = {
  ...NEAR_TWINS_OPTIONS,
  threads: true,
  signal: true,
  onProgress: true,
};

export interface NearTwinsProgress {
  /** Pairs settled, by a filter or by their distance. */
  readonly pairsDone: number;
  readonly pairsTotal: number;
  readonly statistics: NearTwinStatistics;
}

/**
 * `nearTwins` as a stream: the same pairs in the same order, in batches as they are found.
 *
 * Each batch carries the statistics so far; the last one, which may hold no pair, carries all of them. Leaving
 * the loop stops the search and its workers.
 *
 * @throws As `nearTwins`, on the first step; RangeError when `threads` is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { flattenObject, streamNearTwins } from 'oasis-embed';
 *
 * const list = (...labels: string[]) => flattenObject({ label: 'list', children: labels.map((label) => ({ label })) });
 * const trees = [list('a', 'b', 'c'), list('a', 'b', 'd'), list('x', 'y', 'z', 'z', 'z')];
 * for await (const { left, right } of streamNearTwins(trees, { ratio: 0.2, minimumSize: 1 })) {
 *   left.forEach((index, k) => console.log(index, right[k])); // 0 1
 * }
 * ```
 */
export async function* streamNearTwins(
  trees: readonly FlatTree[],
  options: StreamNearTwinsOptions = {},
): AsyncGenerator<NearTwins, void, undefined> {
  checkOptions('streamNearTwins', options, STREAM_NEAR_TWINS_OPTIONS);
  const { threads = 1, signal, onProgress } = options;
  checkPositiveInteger('threads', threads);
  const plan = planJoin(trees, options);
  signal?.throwIfAborted();
  const rows = plan.order.length;
  const block = Math.min(256, Math.max(1, Math.ceil(rows / 256)));
  const blocks = Math.ceil(rows / block);
  const workers =
    threads > 1 && blocks > 1 ? await startWorkers(trees, plan, Math.min(threads, blocks)) : null;
  const { settings } = plan;
  let statistics = plan.statistics;
  try {
    const pieces =
      workers === null ? runHere(new NearTwinJoin(trees, plan), block) : workers.run(rows, block);
    let done = 0;
    for await (const piece of abortable(pieces, signal)) {
      statistics = addCounts(statistics, piece);
      done++;
      onProgress?.({ pairsDone: statistics.pairs, pairsTotal: (rows * (rows - 1)) / 2, statistics });
      signal?.throwIfAborted();
      const { left, right, distances, ratios, undecided } = piece;
      if (left.length > 0 || undecided.left.length > 0 || done === blocks) {
        yield { left, right, distances, ratios, undecided, statistics, settings };
      }
    }
    if (blocks === 0) yield { ...emptyPairs(), statistics, settings };
  } finally {
    await workers?.close();
  }
}

/** Gives the event loop a turn between blocks, so that signals and timers get through. */
async function* runHere(join: NearTwinJoin, block: number): AsyncGenerator<JoinPiece> {
  for (let from = 0; from < join.rows; from += block) {
    yield join.run(from, Math.min(join.rows, from + block));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Ends the wait for a piece as soon as the signal fires. */
async function* abortable(
  pieces: AsyncGenerator<JoinPiece>,
  signal: AbortSignal | undefined,
): AsyncGenerator<JoinPiece> {
  if (signal === undefined) {
    yield* pieces;
    return;
  }
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      const step = await Promise.race([pieces.next(), aborted]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const emptyPairs = () => ({
  left: new Int32Array(0),
  right: new Int32Array(0),
  distances: new Int32Array(0),
  ratios: new Float64Array(0),
  undecided: { left: new Int32Array(0), right: new Int32Array(0), atLeast: new Int32Array(0) },
});
