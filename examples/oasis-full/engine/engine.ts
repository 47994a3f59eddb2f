import type { ShardOutcome, ShardTask } from './shard-task.js';

/** What an engine tells while a stage runs. */
export interface EngineHooks {
  /** A shard is finished, kept or given up; `done` counts all that are settled. */
  onOutcome?(outcome: ShardOutcome, done: number, total: number): void;
  onProgress?(task: ShardTask, done: number, total: number, note: string): void;
  onLine?(text: string): void;
}

/** Runs the shards of a stage, wherever that is. */
export interface Engine {
  readonly name: string;
  /**
   * Resolves when every shard is finished or given up, outcomes in the order of the tasks. Shards whose marker
   * carries their key are kept, those with a dead letter for their key are not tried again.
   *
   * @throws StoreError where the folder cannot be written; Interrupted after `stop`.
   */
  runStage(tasks: readonly ShardTask[], hooks?: EngineHooks): Promise<ShardOutcome[]>;
  /** Starts no further shard; those under way are finished. */
  stop(): void;
  close(): Promise<void>;
}

/** The run was asked to stop and everything under way is finished. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** How often and how patiently a failing shard is tried. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly backoff: number;
}

export const defaultRetry: RetryPolicy = { attempts: 3, backoff: 500 };
