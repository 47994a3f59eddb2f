import {
  checkOptions,
  checkPositiveInteger,
  findWorkerFile,
  type OptionNames,
  workerFlags,
} from '../../numerics/index.js';
import { joinRanks } from './join-ranks.js';
import { prepareVectors, queryBlock } from './prepare-ranking.js';
import { rankRange } from './rank-range.js';
import { RELEVANT_RANKS_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import type { RankingPlan } from './ranking-plan.js';
import type { Relevance } from './relevance.js';
import type { MeasuredCorpus, MeasuredVectors, Vectors } from './vector-rows.js';

/** Options of {@link relevantRanksInThreads}: those of {@link relevantRanks}, and the threads. */
export interface RelevantRanksInThreadsOptions extends RelevantRanksOptions {
  /**
   * Worker threads, at most one for each block of queries.
   * @defaultValue 2
   */
  readonly threads?: number;
  /** Stops the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const RELEVANT_RANKS_IN_THREADS_OPTIONS: OptionNames<RelevantRanksInThreadsOptions> = {
  ...RELEVANT_RANKS_OPTIONS,
  threads: true,
  signal: true,
};

/** What a worker holds for its whole life; vectors are shared, not copied. */
export interface RankWorkerData {
  readonly plan: RankingPlan;
  readonly queries: MeasuredVectors;
  readonly corpus: MeasuredCorpus;
  readonly chunkSize: number;
  readonly scoring: 'auto' | 'portable';
}

/** Queries [from, to). */
export interface RankTask {
  readonly from: number;
  readonly to: number;
}

export type RankWorkerMessage =
  | { readonly kind: 'progress'; readonly more: number }
  | { readonly kind: 'ranks'; readonly from: number; readonly found: RelevantRanks };

const shared = <V extends MeasuredVectors>(matrix: V): V => {
  if ('path' in matrix || matrix.data.buffer instanceof SharedArrayBuffer) return matrix;
  const data = new Float32Array(new SharedArrayBuffer(4 * matrix.data.length));
  data.set(matrix.data);
  return { ...matrix, data };
};

/** Blocks small enough that every thread has work to the end, whole steps of the kernel. */
const tasksOf = (queries: number, columns: number, threads: number): RankTask[] => {
  const fair = 64 * Math.ceil(queries / (64 * threads));
  const size = Math.max(64, Math.min(queryBlock(columns), fair));
  const tasks: RankTask[] = [];
  for (let from = 0; from < queries; from += size) tasks.push({ from, to: Math.min(queries, from + size) });
  return tasks;
};

/**
 * {@link relevantRanks} on several threads: the same ranks, faster, leaving this thread free.
 *
 * Vectors are put into shared memory once, unless they already lie there. Those in files stay there: every thread reads
 * a chunk of the corpus at a time, so memory does not grow with the corpus. Where there are no worker threads, or a
 * bundle left the file of the worker out, the work is done in this thread, a block of queries at a time.
 *
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param relevance Pairs, or one document per query [Q].
 * @param options Those of `relevantRanks`, threads, a signal that stops the work.
 * @throws RangeError as `relevantRanks` does.
 *
 * Time O(Q·N·D / threads); memory O(1024·D) per thread, O(Q + N + P), and
 * O((Q + N)·D) for the shared copy of vectors in memory.
 *
 * @example
 * ```ts
 * import { relevantRanksInThreads } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * const { ranks } = await relevantRanksInThreads(queries, corpus, [1, 2], {
 *   threads: 2,
 *   onProgress: (done, total) => process.stderr.write(`${done} of ${total}\n`),
 * });
 * console.log(Array.from(ranks)); // [2, 1]
 * ```
 */
export const relevantRanksInThreads = async (
  queries: Vectors,
  corpus: Vectors,
  relevance: Relevance,
  options: RelevantRanksInThreadsOptions = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksInThreads', options, RELEVANT_RANKS_IN_THREADS_OPTIONS);
  const { threads = 2, signal, onProgress } = options;
  checkPositiveInteger('threads', threads);
  signal?.throwIfAborted();
  const { chunkSize, scoring, asked, stored, plan } = prepareVectors(queries, corpus, relevance, options);
  const tasks = tasksOf(asked.rows, asked.columns, threads);
  const file =
    threads === 1
      ? null
      : await findWorkerFile(
          import.meta.url,
          ['./ranks/ranks-worker.js', './metrics/ranks/ranks-worker.js'],
          './ranks-worker.ts',
        );
  let done = 0;
  const advance = (more: number) => {
    done += more;
    if (more > 0) onProgress?.(done, asked.rows);
  };
  if (file === null) {
    if (threads > 1) warn('ranks-worker was not found beside this module: working in one thread');
    const parts: RelevantRanks[] = [];
    for (const { from, to } of tasks) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      parts.push(rankRange(plan, asked, stored, from, to, { chunkSize, scoring }));
      advance(to - from);
    }
    return joinRanks(plan.relevant.offsets, parts, plan.ties);
  }
  const { Worker } = await import('node:worker_threads');
  const workerData: RankWorkerData = {
    plan,
    queries: shared(asked),
    corpus: shared(stored),
    chunkSize,
    scoring,
  };
  const parts = new Map<number, RelevantRanks>();
  const waiting = tasks.slice();
  const serve = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(file.code, { workerData, eval: file.evaluate, execArgv: workerFlags() });
      const stop = () => {
        reject(signal?.reason);
        void worker.terminate();
      };
      signal?.addEventListener('abort', stop, { once: true });
      const next = () => {
        const task = waiting.shift();
        if (task !== undefined) worker.postMessage(task);
        else {
          resolve();
          signal?.removeEventListener('abort', stop);
          void worker.terminate();
        }
      };
      let credited = 0;
      worker.on('message', (message: RankWorkerMessage) => {
        if (message.kind === 'progress') {
          credited += message.more;
          advance(message.more);
          return;
        }
        parts.set(message.from, message.found);
        advance(message.found.queries - credited);
        credited = 0;
        next();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a ranks worker stopped with exit code ${code}`)));
      next();
    });
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, serve));
  return joinRanks(
    plan.relevant.offsets,
    tasks.map(({ from }) => parts.get(from)!),
    plan.ties,
  );
};

const warn = (message: string) => {
  if (typeof process === 'object') process.emitWarning(message);
  else console.warn(message);
};
