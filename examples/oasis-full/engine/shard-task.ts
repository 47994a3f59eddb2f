import { createHash } from 'node:crypto';
import type { FileDigest } from '../store/file-digests.js';

/**
 * The input and output of one kind of shard, all plain data: it travels to threads, through queues and to disk as JSON.
 */
export interface ShardKind {
  /** What its bytes depend on besides its inputs. */
  readonly options: unknown;
  /** By which way it is done; null where there is but one. */
  readonly how: unknown;
  /** What later stages want to know without opening the files. */
  readonly summary: unknown;
}

/** A file that a shard reads: where it lies in the run's folder, and what was in it when the task was made. */
export interface ShardInput {
  readonly path: string;
  readonly sha256: string;
}

/** A piece of work as plain data: it travels to a thread, or through a queue to another machine. */
export interface ShardTask<Kind extends ShardKind = ShardKind> {
  /** Names the function that does it. */
  readonly kind: string;
  /** Where its files lie: the kind, or another name where a command runs the same function beside the run. */
  readonly stage: string;
  /** Names the shard among those of its stage. */
  readonly shard: string;
  /** Of options, inputs and code: two tasks with one key leave the same bytes. */
  readonly key: string;
  readonly inputs: readonly ShardInput[];
  readonly options: Kind['options'];
  /** By which way it is done (which service, how fast, at what price): no part of the key, since no byte depends on it. */
  readonly how: Kind['how'];
}

export type ShardOutput = FileDigest;

/** What a finished shard leaves beside its files. */
export interface ShardRecord<Kind extends ShardKind = ShardKind> {
  readonly stage: string;
  readonly shard: string;
  readonly key: string;
  readonly outputs: readonly ShardOutput[];
  readonly rows: number;
  readonly usd: number;
  readonly seconds: number;
  /** Machine and process that did it. */
  readonly worker: string;
  readonly summary: Kind['summary'];
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
  {
    stage,
    kind = stage,
    shard,
    inputs,
    options,
    how = null,
  }: Omit<ShardTask, 'key' | 'how' | 'kind'> & { readonly kind?: string; readonly how?: unknown },
  codeVersion: string,
): ShardTask => {
  if (!/^[\w-]+$/.test(stage) || !/^[\w-]+$/.test(shard))
    throw new RangeError(`stage and shard must be of letters, digits, - and _, received ${stage}/${shard}`);
  const hash = createHash('sha256').update(JSON.stringify([stage, shard, options, codeVersion]));
  for (const { path, sha256 } of inputs) hash.update(`${path}\0${sha256}\n`);
  return { kind, stage, shard, key: hash.digest('hex'), inputs, options, how };
};

/** A name for files and queues from any name: readable, and distinct by its hash. */
export const shardName = (name: string): string =>
  `${name
    .replace(/[^\w-]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
