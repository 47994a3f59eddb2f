import { setTimeout as sleep } from 'node:timers/promises';
import { sharedLimits } from '../models/shared-limits.js';
import { defaultRetry, type Engine, type EngineHooks, Interrupted, type RetryPolicy } from './engine.js';
import { describeFailure } from './failure.js';
import { runShard, type ShardVoice } from './run-shard.js';
import { createShardFolder, workerName } from './shard-folder.js';
import type { ShardFunctions } from './shard-function.js';
import type { ShardOutcome, ShardRecord, ShardTask } from './shard-task.js';
import { createThreadPool, ShardFailure } from './thread-pool.js';

export interface InProcessOptions {
  /** The run's folder. */
  readonly root: string;
  readonly functions: ShardFunctions;
  /** Worker threads; with 1 or fewer, shards run in this thread. */
  readonly threads: number;
  /** The module that a worker thread runs; without one, shards run in this thread. */
  readonly threadEntry?: URL;
  /** Which shards run in this thread in any case: those that share what threads cannot. */
  readonly runsHere?: (task: ShardTask) => boolean;
  readonly retry?: RetryPolicy;
}

/** The default engine: this process and its worker threads. */
export const createInProcessEngine = ({
  root,
  functions,
  threads,
  threadEntry,
  runsHere = () => false,
  retry = defaultRetry,
}: InProcessOptions): Engine => {
  const folder = createShardFolder(root);
  const pool =
    threads > 1 && threadEntry !== undefined ? createThreadPool(threads, sharedLimits(), threadEntry) : null;
  let stopped = false;
  const running = new Set<Promise<unknown>>();

  const once = async (task: ShardTask, voice: ShardVoice): Promise<ShardRecord> => {
    const release = folder.claim(task);
    try {
      if (pool !== null && !runsHere(task)) return await pool.run({ root, task }, voice);
      const load = functions[task.kind];
      if (load === undefined) throw new Error(`no function handles shards of kind ${task.kind}`);
      return await runShard(folder, task, await load(), voice);
    } finally {
      release();
    }
  };

  const settle = async (task: ShardTask, voice: ShardVoice): Promise<ShardOutcome> => {
    const previous = await folder.finished(task, (reason) =>
      voice.line(`${reason}: ${task.stage} ${task.shard} is redone`),
    );
    if (previous !== null) return { status: 'kept', record: previous };
    const letter = folder.letter(task);
    if (letter !== null) return { status: 'failed', letter };
    for (let attempt = 1; ; attempt++) {
      try {
        return { status: 'done', record: await once(task, voice) };
      } catch (error) {
        const failure = error instanceof ShardFailure ? error.failure : describeFailure(error);
        if (failure.fatal) throw error instanceof ShardFailure ? error.cause : error;
        if (attempt >= retry.attempts)
          return {
            status: 'failed',
            letter: await folder.giveUp(task, failure.message, attempt, workerName()),
          };
        voice.line(`${task.stage} ${task.shard}: ${failure.message}; attempt ${attempt + 1} follows`);
        await sleep(retry.backoff * 2 ** (attempt - 1));
        if (stopped) throw new Interrupted();
      }
    }
  };

  return {
    name: 'in-process',
    async runStage(tasks: readonly ShardTask[], hooks: EngineHooks = {}) {
      const outcomes = new Array<ShardOutcome>(tasks.length);
      let next = 0;
      let done = 0;
      let failure: { readonly error: unknown } | null = null;
      const lane = async () => {
        while (next < tasks.length && failure === null && !stopped) {
          const index = next++;
          const task = tasks[index]!;
          try {
            const outcome = await settle(task, {
              progress: (part, total, note) => hooks.onProgress?.(task, part, total, note),
              line: (text) => hooks.onLine?.(text),
            });
            outcomes[index] = outcome;
            done++;
            hooks.onOutcome?.(outcome, done, tasks.length);
          } catch (error) {
            failure ??= { error };
          }
        }
      };
      const lanes = Promise.all(Array.from({ length: Math.max(1, Math.min(threads, tasks.length)) }, lane));
      running.add(lanes);
      await lanes;
      running.delete(lanes);
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
      if (done < tasks.length) throw new Interrupted();
      for (const stage of new Set(tasks.map((task) => task.stage))) await folder.sweep(stage);
      return outcomes;
    },
    stop() {
      stopped = true;
    },
    async close() {
      // Another stage may still be running: its shards in progress are finished.
      stopped = true;
      await Promise.all(running);
      await pool?.close();
    },
  };
};
