import type { Job } from 'bullmq';
import type { SharedLimits } from '../models/shared-limits.js';
import { fatalFailure, type JobNote } from './bullmq-engine.js';
import { describeFailure } from './failure.js';
import { connect, leaveSoon, openWorker } from './queue-connection.js';
import type { QueueServer } from './queue-server.js';
import { createShardFolder, type RunningClaim } from './shard-folder.js';
import type { ShardTask } from './shard-task.js';
import { createThreadPool, ShardFailure } from './thread-pool.js';

export interface QueueWorkerOptions {
  /** The shared folder as this machine sees it. */
  readonly root: string;
  readonly server: QueueServer;
  readonly queue: string;
  /** Shards at a time, each in a thread of its own. */
  readonly concurrency: number;
  /** The module that such a thread runs. */
  readonly threadEntry: URL;
  /** What it has in common with all other workers. */
  readonly limits: SharedLimits;
  /** Seconds without a sign of life after which a shard goes to another worker. */
  readonly lostAfter: number;
  readonly onShard: (event: {
    readonly task: ShardTask;
    /** Waiting: another worker that the queue's server had lost from sight is still at work on it. */
    readonly status: 'started' | 'waiting' | 'done' | 'failed';
    readonly holder?: RunningClaim;
    readonly rows?: number;
    readonly seconds?: number;
    readonly reason?: string;
  }) => void;
  readonly onTrouble: (error: Error) => void;
}

export interface QueueWorker {
  /** Takes no further shard and resolves when those under way are finished. */
  close(): Promise<void>;
}

/** Deaths of its workers that a shard survives: a machine may be restarted often, a shard that kills may not. */
const MAX_DEATHS = 20;

/** Seconds that a worker waits for a server that is down when it starts. */
const PATIENCE = 60;

/** Takes shards from the queue until it is closed. */
export const startQueueWorker = async ({
  root,
  server,
  queue,
  concurrency,
  threadEntry,
  limits,
  lostAfter,
  onShard,
  onTrouble,
}: QueueWorkerOptions): Promise<QueueWorker> => {
  const folder = createShardFolder(root);
  // Shards are computed in threads, so that this one is free to keep the locks of its jobs alive.
  const pool = createThreadPool(concurrency, limits, threadEntry);
  const processShard = async (job: Job<ShardTask>): Promise<void> => {
    const task = job.data;
    let told = 0;
    const tell = (note: JobNote) => {
      // Progress is only for display: a lost update does no harm.
      job.updateProgress({ ...note }).catch(() => {});
    };
    onShard({ task, status: 'started' });
    let release = () => {};
    try {
      release = await folder.claimAmongWorkers(task, {
        silenceMs: lostAfter * 1000,
        onWait: (holder) => onShard({ task, status: 'waiting', ...(holder === null ? {} : { holder }) }),
      });
      const record = await pool.run(
        { root, task },
        {
          progress: (done, total, note) => {
            if (Date.now() - told < 1000) return;
            told = Date.now();
            tell({ done, total, note });
          },
          line: (line) => tell({ line }),
        },
      );
      onShard({ task, status: 'done', rows: record.rows, seconds: record.seconds });
    } catch (error) {
      const failure = error instanceof ShardFailure ? error.failure : describeFailure(error);
      onShard({ task, status: 'failed', reason: failure.message });
      throw failure.fatal ? fatalFailure(failure) : new Error(failure.message);
    } finally {
      release();
    }
  };
  const underWay = new Set<Promise<void>>();
  const work = (job: Job<ShardTask>): Promise<void> => {
    const done = processShard(job).finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  };
  const settings = {
    autorun: false,
    concurrency,
    lockDuration: lostAfter * 1000,
    stalledInterval: lostAfter * 1000,
    maxStalledCount: MAX_DEATHS,
    drainDelay: 2,
  };
  const worker = await connect(server, () => openWorker(server, queue, work, settings), {
    patience: PATIENCE,
    onTrouble,
  }).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  void worker.run().catch(onTrouble);
  return {
    async close() {
      // From here on it takes no shard.
      const closed = worker.close().catch(onTrouble);
      await Promise.allSettled(underWay);
      await leaveSoon(closed);
      await pool.close();
    },
  };
};
