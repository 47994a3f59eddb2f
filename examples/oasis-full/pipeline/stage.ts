import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ShardRecord } from '../engine/shard-task.js';
import { digestFiles, type FileDigest, findDamage } from '../store/file-digests.js';
import type { RunFolder } from '../store/run-folder.js';
import { readSealedJsonIfSound, writeSealedJson } from '../store/sealed-json.js';
import type { Progress } from '../terminal/progress.js';

/** What a finished stage leaves behind: the key it was made for, its cost, and what later stages read of it. */
export interface StageRecord<Summary = unknown> {
  readonly stage: string;
  readonly key: string;
  readonly seconds: number;
  readonly peakMemoryMegabytes: number;
  readonly summary: Summary;
  /** All files it left, as they were written. */
  readonly files: readonly FileDigest[];
}

export interface Stage<Summary> {
  readonly name: string;
  /** Everything the result depends on besides earlier stages; part of the key. */
  readonly options: unknown;
  readonly after: readonly StageRecord[];
  /** Files and folders that the stage leaves besides those of its shards; without them its marker does not count. */
  readonly outputs: readonly string[];
  /** What it leaves under some options only. */
  readonly mayLeave?: readonly string[];
  readonly run: () => Promise<Summary>;
}

const keyOf = (stage: Stage<unknown>, codeVersion: string): string =>
  createHash('sha256')
    .update(JSON.stringify([stage.name, stage.options, stage.after.map((record) => record.key), codeVersion]))
    .digest('hex');

/** Files that are named when a stage is redone for their damage. */
const NAMED = 5;

/**
 * Runs stages, or keeps them: the key is of the repositories, of all options and of the code, and a stage whose marker
 * carries it is not run again, provided that every file it left still holds what was written.
 */
export const createStageRunner = (folder: RunFolder, codeVersion: string, progress: Progress) => {
  /** What the shards of the stage under way left; later stages read these files too. */
  const shardFiles = new Map<string, FileDigest>();

  const isWhole = async (stage: string, files: readonly FileDigest[]): Promise<boolean> => {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    let read = 0;
    const damage = await findDamage(folder.root, files, {
      onBytes: (count) => {
        read += count;
        progress.update(read, bytes, 'checking what an earlier run left');
      },
    });
    for (const { path, reason } of damage.slice(0, NAMED)) progress.line(`${path} ${reason}`);
    if (damage.length > NAMED) progress.line(`and ${damage.length - NAMED} more`);
    if (damage.length > 0) progress.line(`${stage} is redone`);
    return damage.length === 0;
  };

  return {
    /** The files of these shards belong to the stage under way. */
    noteShards(records: readonly ShardRecord[]): void {
      for (const file of records.flatMap(({ outputs }) => outputs)) shardFiles.set(file.path, file);
    },

    async run<Summary>(stage: Stage<Summary>): Promise<StageRecord<Summary>> {
      const key = keyOf(stage, codeVersion);
      const marker = folder.marker(stage.name);
      progress.startStage(stage.name);
      const previous = readSealedJsonIfSound<StageRecord<Summary>>(marker, (reason) =>
        progress.line(`${reason}; ${stage.name} is redone`),
      );
      if (previous?.key === key && (await isWhole(stage.name, previous.files))) {
        progress.finishStage('kept from an earlier run');
        return previous;
      }
      // Its files are about to change: from here on the old marker would vouch for what is not there.
      await rm(marker, { force: true });
      shardFiles.clear();
      const started = performance.now();
      const summary = await stage.run();
      const own = await digestFiles(folder.root, [
        ...stage.outputs,
        ...(stage.mayLeave ?? []).filter((path) => existsSync(path)),
      ]);
      const record: StageRecord<Summary> = {
        stage: stage.name,
        key,
        seconds: Math.round(performance.now() - started) / 1000,
        peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
        summary,
        files: [...own, ...shardFiles.values()],
      };
      await writeSealedJson(marker, record, 2);
      progress.finishStage(`${record.seconds.toFixed(1)} s`);
      return record;
    },
  };
};

export type StageRunner = ReturnType<typeof createStageRunner>['run'];
