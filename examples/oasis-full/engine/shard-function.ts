import type { Json, ShardTask } from './shard-task.js';

/** What a shard's function is given. */
export interface ShardContext {
  readonly task: ShardTask;
  /** The run's folder. */
  readonly root: string;
  /** The absolute place of a path of the run's folder. */
  path(relative: string): string;
  /** Where to write the output of this name; it counts as soon as the function returns. */
  output(name: string): string;
  /** `done` of `total` units of this shard. */
  progress(done: number, total: number, note?: string): void;
  /** A line for the person who waits. */
  line(text: string): void;
}

export interface ShardResult {
  readonly rows: number;
  /** Money spent on models. */
  readonly usd?: number;
  /** What later stages want to know without opening the files. */
  readonly summary?: Json;
}

/**
 * Shard in, shard out: the bytes it writes depend on the task alone, never on the machine, the order of shards or
 * how often it is done.
 */
export type ShardFunction = (context: ShardContext) => Promise<ShardResult>;

export type ShardFunctions = Readonly<Record<string, () => Promise<ShardFunction>>>;
