import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { verifyResponseCache } from 'oasis-embed/annotation';
import { createShardFolder } from '../engine/shard-folder.js';
import type { ShardRecord } from '../engine/shard-task.js';
import { findPaidDamage } from '../models/paid-damage.js';
import { type Damage, type FileDigest, findDamage } from '../store/file-digests.js';
import { createRunFolder, modelCacheOf } from '../store/run-folder.js';
import { readSealedJsonIfSound } from '../store/sealed-json.js';
import type { StageRecord } from './stage.js';

export interface Verification {
  /** Files that were read. */
  readonly files: number;
  readonly bytes: number;
  readonly damage: readonly Damage[];
  /** Stages that the run's command will redo. */
  readonly stages: readonly string[];
}

export interface VerifyOptions {
  /** Where the answers of models are kept, if not in the run's folder. */
  readonly modelCache?: string | null;
  readonly onBytes?: (done: number, total: number) => void;
}

/** Every file of a folder, as digests name them. */
const filesBelow = (root: string, folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    : [];

/**
 * Reads every file of a run and holds it against what was written: records by their seal, stages' and shards' files by
 * their digests, answers of models and what they cost by their checksums.
 */
export const verifyRun = async (
  root: string,
  { modelCache = null, onBytes }: VerifyOptions = {},
): Promise<Verification> => {
  const folder = createRunFolder(root);
  const shardFolder = createShardFolder(root);
  const damage: Damage[] = [];
  const digests = new Map<string, FileDigest>();
  /** The stage that left a file; shards' files are of the stage that ran them. */
  const owners = new Map<string, string>();
  const stages = new Set<string>();

  const records: string[] = [];
  const read = <T>(path: string): T | null => {
    const shown = relative(root, path).split(sep).join('/');
    records.push(shown);
    return readSealedJsonIfSound<T>(path, (reason) =>
      damage.push({ path: shown, reason: reason.slice(path.length + 1) }),
    );
  };

  for (const path of filesBelow(root, join(root, 'stages'))) {
    const record = read<StageRecord>(join(root, path));
    const stage = path.slice('stages/'.length, -'.json'.length);
    if (record === null) stages.add(stage);
    for (const file of record?.files ?? []) {
      digests.set(file.path, file);
      owners.set(file.path, stage);
    }
  }
  for (const path of shardFolder.records())
    for (const file of read<ShardRecord>(path)?.outputs ?? []) digests.set(file.path, file);
  for (const path of shardFolder.planPaths()) read(path);
  if (existsSync(folder.path('run'))) read(folder.path('run'));

  const all = [...digests.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const found of await findDamage(root, all, {
    onBytes: (count) => {
      done += count;
      onBytes?.(done, total);
    },
  })) {
    damage.push(found);
    const owner = owners.get(found.path);
    if (owner !== undefined) stages.add(owner);
  }
  const paid = modelCache ?? modelCacheOf(root);
  const shown = (path: string) => relative(root, path).split(sep).join('/');
  const answers = join(paid, 'answers');
  if (existsSync(answers))
    for (const { path, entries } of verifyResponseCache(answers))
      damage.push({
        path: shown(path),
        reason: `has ${entries} damaged ${entries === 1 ? 'entry' : 'entries'}, which will be asked for again`,
      });
  for (const { path, reason } of findPaidDamage(paid)) damage.push({ path: shown(join(paid, path)), reason });
  return { files: all.length + records.length, bytes: total, damage, stages: [...stages] };
};
