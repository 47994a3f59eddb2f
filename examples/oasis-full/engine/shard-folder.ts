import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { digestFile, findDamage } from '../store/file-digests.js';
import { readJsonIfThere, writeText } from '../store/json-files.js';
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

export interface RunningClaim {
  readonly key: string;
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

type Named = Pick<ShardTask, 'stage' | 'shard'>;

const writeRecord = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value)}\n`);

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

    /** Says that this process works on a shard; gone when the returned function is called. */
    claim(task: ShardTask): () => void {
      const path = file(task, 'running');
      const claim: RunningClaim = {
        key: task.key,
        worker: workerName(),
        host: hostname(),
        pid: process.pid,
        since: new Date().toISOString(),
      };
      try {
        makeFolder(dirname(path));
        writeFileSync(path, JSON.stringify(claim));
      } catch (error) {
        throw asStoreError(error, path);
      }
      return () => rmSync(path, { force: true });
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
