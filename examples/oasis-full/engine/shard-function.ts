import type { ShardKind, ShardTask } from './shard-task.js';

/** What a shard's function is given. */
export interface ShardContext<Kind extends ShardKind = ShardKind> {
  readonly task: ShardTask<Kind>;
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

export interface ShardResult<Kind extends ShardKind = ShardKind> {
  readonly rows: number;
  /** Money spent on models. */
  readonly usd?: number;
  readonly summary: Kind['summary'];
}

/**
 * Shard in, shard out: the bytes written depend only on the task, never on the machine, the order of shards or the
 * number of attempts.
 */
export type ShardFunction<Kind extends ShardKind = ShardKind> = {
  // A method, so that functions of all kinds stand in one table: a task's kind names the function it was made for.
  run(context: ShardContext<Kind>): Promise<ShardResult<Kind>>;
}['run'];

/** The functions by kind, each loaded when its first shard comes. */
export type ShardFunctions<Kinds = Readonly<Record<string, ShardKind>>> = {
  readonly [Name in keyof Kinds]: Kinds[Name] extends ShardKind
    ? () => Promise<ShardFunction<Kinds[Name]>>
    : never;
};
