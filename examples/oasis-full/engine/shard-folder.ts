import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestFile, findDamage } from '../store/file-digests.js';
import { readJsonIfThere, writeText } from '../store/json-files.js';
import {
  breakLock,
  holderOf,
  holdLock,
  isRunning,
  type LockHolder,
  ownHolder,
  readLock,
} from '../store/lock-file.js';
import { makeFolder } from '../store/make-folder.js';
import { readSealedJsonIfSound, writeSealedJson } from '../store/sealed-json.js';
import { asStoreError } from '../store/store-error.js';
import type { DeadLetter, ShardOutput, ShardRecord, ShardTask } from './shard-task.js';

/** This process, for records and letters. */
export const workerName = (): string => `${hostname()}:${process.pid}`;

/** All shards of a stage that the coordinator has planned. */
export interface StagePlan {
  readonly stage: string;
  readonly shards: readonly { readonly shard: string; readonly key: string }[];
}

export interface RunningClaim extends LockHolder {
  readonly key: string;
  readonly worker: string;
}

/** How a worker waits for a shard that another one has. */
export interface ClaimPatience {
  /** Milliseconds without a sign of life after which the other one is taken for dead. */
  readonly silenceMs: number;
  /** Is told once that there is something to wait for. */
  readonly onWait?: (holder: RunningClaim | null) => void;
}

/** Milliseconds between two looks at a claim that is waited for. */
const CLAIM_LOOK = 200;

type Named = Pick<ShardTask, 'stage' | 'shard'>;

const writeRecord = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value)}\n`);

const ownClaim = ({ key }: ShardTask): RunningClaim => ({ ...ownHolder(), key, worker: workerName() });

/**
 * The bookkeeping of shards below `shards/` of a run's folder: for each, its files, the marker that they are
 * complete, a claim while it is being processed, and a letter if it was given up. Machines need to share only this folder.
 */
export const createShardFolder = (root: string) => {
  const folder = (stage: string) => join(root, 'shards', stage);
  const file = ({ stage, shard }: Named, kind: 'json' | 'running' | 'failed') =>
    join(folder(stage), kind === 'json' ? `${shard}.json` : `${shard}.${kind}.json`);
  const plan = (stage: string) => join(folder(stage), 'plan', 'plan.json');
  const stages = () => (existsSync(join(root, 'shards')) ? readdirSync(join(root, 'shards')) : []);

  return {
    root,
    folder,
    output: ({ stage, shard }: Named, name: string) => join(folder(stage), `${shard}.${name}`),

    /** The record of a shard that was finished for this very key, whatever became of its files. */
    record(
      task: Pick<ShardTask, 'stage' | 'shard' | 'key'>,
      onDamage: (reason: string) => void = () => {},
    ): ShardRecord | null {
      const record = readSealedJsonIfSound<ShardRecord>(file(task, 'json'), onDamage);
      return record?.key === task.key ? record : null;
    },

    /**
     * The record of a shard that was finished for this very key and whose files still hold what was written. Reads all
     * of them.
     *
     * @param onDamage Is told why a shard that was finished no longer counts.
     */
    async finished(
      task: Pick<ShardTask, 'stage' | 'shard' | 'key'>,
      onDamage: (reason: string) => void = () => {},
    ): Promise<ShardRecord | null> {
      const record = this.record(task, onDamage);
      if (record === null) return null;
      const damage = await findDamage(root, record.outputs);
      for (const { path, reason } of damage) onDamage(`${path} ${reason}`);
      return damage.length === 0 ? record : null;
    },

    /** Where the records of all finished shards lie, whatever their keys. */
    records(): string[] {
      return stages().flatMap((stage) =>
        readdirSync(folder(stage))
          .filter((name) => /^[\w-]+\.json$/.test(name))
          .map((name) => join(folder(stage), name)),
      );
    },

    planPaths(): string[] {
      return stages()
        .map(plan)
        .filter((path) => existsSync(path));
    },

    /** Writes the marker, last of all. */
    async finish(
      task: ShardTask,
      names: readonly string[],
      result: Omit<ShardRecord, 'stage' | 'shard' | 'key' | 'outputs' | 'worker'>,
    ): Promise<ShardRecord> {
      const outputs: ShardOutput[] = [];
      for (const name of names) outputs.push(await digestFile(root, this.output(task, name)));
      const { stage, shard, key } = task;
      const record: ShardRecord = { stage, shard, key, outputs, worker: workerName(), ...result };
      await writeSealedJson(file(task, 'json'), record);
      // A letter of an earlier key says nothing any more.
      await rm(file(task, 'failed'), { force: true });
      return record;
    },

    async writePlan(stage: string, tasks: readonly ShardTask[]): Promise<void> {
      const shards = tasks.map(({ shard, key }) => ({ shard, key }));
      await writeSealedJson(plan(stage), { stage, shards } satisfies StagePlan);
    },

    plans(): StagePlan[] {
      return stages().flatMap((stage) => {
        const found = readSealedJsonIfSound<StagePlan>(plan(stage), () => {});
        return found === null ? [] : [found];
      });
    },

    letter(task: Pick<ShardTask, 'stage' | 'shard' | 'key'>): DeadLetter | null {
      const letter = readJsonIfThere<DeadLetter>(file(task, 'failed'));
      return letter?.key === task.key ? letter : null;
    },

    async giveUp(
      task: ShardTask,
      reason: string,
      attempts: number,
      worker = workerName(),
    ): Promise<DeadLetter> {
      const { stage, shard, key } = task;
      const letter = { stage, shard, key, reason, attempts, worker, time: new Date().toISOString() };
      await writeRecord(file(task, 'failed'), letter);
      return letter;
    },

    async dropLetter(task: Named): Promise<void> {
      await rm(file(task, 'failed'), { force: true });
    },

    /**
     * Says that this process works on a shard, until the returned function is called. Nobody else may be at work on the
     * folder.
     */
    claim(task: ShardTask): () => void {
      const path = file(task, 'running');
      try {
        makeFolder(dirname(path));
        writeFileSync(path, JSON.stringify(ownClaim(task)));
      } catch (error) {
        throw asStoreError(error, path);
      }
      return () => rmSync(path, { force: true });
    },

    /**
     * The same among several workers. A worker that the queue's server lost from sight may still be at work on a shard that
     * the server then gave to this one, and both would pay for the same answers: as long as the other one gives signs of
     * life, it is waited for.
     */
    async claimAmongWorkers(
      task: ShardTask,
      { silenceMs, onWait = () => {} }: ClaimPatience,
    ): Promise<() => void> {
      const path = file(task, 'running');
      // A name of its own: a process may be given a shard that it already has.
      const own = JSON.stringify({ ...ownClaim(task), name: randomUUID() });
      let sign = '';
      let changed = 0;
      let told = false;
      for (;;) {
        try {
          makeFolder(dirname(path));
          writeFileSync(path, own, { flag: 'wx' });
          return holdLock(path, own, silenceMs / 4);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asStoreError(error, path);
        }
        const found = readLock(path);
        if (found === null) continue;
        const holder = holderOf<RunningClaim>(found.text);
        // By this clock alone: those of two machines may differ.
        if (sign !== `${found.text} ${found.lastSign}`) {
          sign = `${found.text} ${found.lastSign}`;
          changed = performance.now();
        }
        const isDead = holder !== null && isRunning(holder) === false;
        if (isDead || performance.now() - changed > silenceMs) {
          breakLock(path, found.text);
          continue;
        }
        if (!told) onWait(holder);
        told = true;
        await sleep(CLAIM_LOOK);
      }
    },

    running(task: Pick<ShardTask, 'stage' | 'shard' | 'key'>): RunningClaim | null {
      try {
        const claim = readJsonIfThere<RunningClaim>(file(task, 'running'));
        return claim?.key === task.key ? claim : null;
      } catch {
        return null; // Read while it was being written.
      }
    },

    /** Removes what killed workers left of files that are finished since. */
    async sweep(stage: string): Promise<void> {
      const names = await readdir(folder(stage)).catch(() => []);
      for (const name of names) {
        if (/^\..*\.tmp$/.test(name) || name.endsWith('.running.json'))
          await rm(join(folder(stage), name), { force: true }).catch(() => {});
      }
    },
  };
};

export type ShardFolder = ReturnType<typeof createShardFolder>;
