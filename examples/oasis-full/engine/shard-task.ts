import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A file that a shard reads: where it lies in the run's folder, and what was in it when the task was made. */
export interface ShardInput {
  readonly path: string;
  readonly sha256: string;
}

/** A piece of work as plain data: it travels to a thread, or through a queue to another machine. */
export interface ShardTask {
  /** Names the function that does it. */
  readonly stage: string;
  /** Names the shard among those of its stage. */
  readonly shard: string;
  /** Of options, inputs and code: two tasks with one key leave the same bytes. */
  readonly key: string;
  readonly inputs: readonly ShardInput[];
  readonly options: Json;
  /** By which way it is done (which service, how fast, at what price): no part of the key, since no byte depends on it. */
  readonly how: Json;
}

export interface ShardOutput extends ShardInput {
  readonly bytes: number;
}

/** What a finished shard leaves beside its files. */
export interface ShardRecord {
  readonly stage: string;
  readonly shard: string;
  readonly key: string;
  readonly outputs: readonly ShardOutput[];
  readonly rows: number;
  readonly usd: number;
  readonly seconds: number;
  /** Machine and process that did it. */
  readonly worker: string;
  readonly summary: Json;
}

/** Why a shard was given up. */
export interface DeadLetter {
  readonly stage: string;
  readonly shard: string;
  readonly key: string;
  readonly reason: string;
  readonly attempts: number;
  readonly worker: string;
  readonly time: string;
}

export type ShardOutcome =
  | { readonly status: 'done' | 'kept'; readonly record: ShardRecord }
  | { readonly status: 'failed'; readonly letter: DeadLetter };

/** Makes the task of one shard; its key changes with the options, the bytes of the inputs and the code. */
export const shardTask = (
  { stage, shard, inputs, options, how = null }: Omit<ShardTask, 'key' | 'how'> & { readonly how?: Json },
  codeVersion: string,
): ShardTask => {
  if (!/^[\w-]+$/.test(stage) || !/^[\w-]+$/.test(shard))
    throw new RangeError(`stage and shard must be of letters, digits, - and _, received ${stage}/${shard}`);
  const hash = createHash('sha256').update(JSON.stringify([stage, shard, options, codeVersion]));
  for (const { path, sha256 } of inputs) hash.update(`${path}\0${sha256}\n`);
  return { stage, shard, key: hash.digest('hex'), inputs, options, how };
};

/** A name for files and queues from any name: readable, and distinct by its hash. */
export const shardName = (name: string): string =>
  `${name
    .replace(/[^\w-]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
