import { existsSync } from 'node:fs';
import { terminalTable } from 'oasis-embed/report';
import { spendOf } from '../models/shared-limits.js';
import { isRunning } from '../store/lock-file.js';
import { modelCacheOf } from '../store/run-folder.js';
import { createShardFolder } from './shard-folder.js';
import type { DeadLetter } from './shard-task.js';

export interface StageStatus {
  readonly stage: string;
  readonly shards: number;
  readonly done: number;
  readonly running: number;
  readonly failed: number;
  readonly rows: number;
  readonly usd: number;
  readonly seconds: number;
  readonly letters: readonly DeadLetter[];
}

/** What the shared folder says of a run, stage by stage. */
export const readStatus = (root: string): StageStatus[] => {
  const folder = createShardFolder(root);
  return folder.plans().map(({ stage, shards }) => {
    const letters: DeadLetter[] = [];
    let [done, running, rows, usd, seconds] = [0, 0, 0, 0, 0];
    for (const { shard, key } of shards) {
      const task = { stage, shard, key };
      const record = folder.record(task);
      if (record !== null) {
        done++;
        rows += record.rows;
        usd += record.usd;
        seconds += record.seconds;
        continue;
      }
      const letter = folder.letter(task);
      const claim = folder.running(task);
      if (letter !== null) letters.push(letter);
      // A claim of a process of this machine that is gone says nothing; one of another machine is believed.
      else if (claim !== null && isRunning(claim) !== false) running++;
    }
    return {
      stage,
      shards: shards.length,
      done,
      running,
      failed: letters.length,
      rows,
      usd,
      seconds,
      letters,
    };
  });
};

/** @throws Error where there is no such folder. */
export const requireRun = (root: string): void => {
  if (!existsSync(root))
    throw new Error(`--out: expected the folder of a run, received ${root}, which does not exist`);
};

/** Where a run keeps its ledger, unless it was given a folder for its answers. */
const ledgerOf = (root: string, modelCache: string | null): string => modelCache ?? modelCacheOf(root);

export interface PrintShardsOptions {
  readonly json: boolean;
  readonly modelCache: string | null;
  /** What else the JSON object has. */
  readonly [more: string]: unknown;
}

/** Prints the shards of each stage, spending, and what failed for good. */
export const printShards = (
  root: string,
  stages: readonly StageStatus[],
  { json, modelCache, ...more }: PrintShardsOptions,
): void => {
  const spend = spendOf(ledgerOf(root, modelCache));
  if (json) {
    console.log(JSON.stringify({ root, ...more, stages, spend }));
    return;
  }
  if (stages.length === 0) {
    console.log('No stage has been planned yet.');
    return;
  }
  console.log(
    terminalTable({
      columns: ['shards of', 'shards', 'done', 'running', 'failed', 'rows', 'spend', 'seconds'].map(
        (label, column) => ({ label, numeric: column > 0 }),
      ),
      rows: stages.map(({ stage, shards, done, running, failed, rows, usd, seconds }) => [
        stage,
        ...[shards, done, running, failed, rows].map(String),
        `$${usd.toFixed(2)}`,
        seconds.toFixed(1),
      ]),
    }),
  );
  if (spend.usd > 0)
    console.log(
      `\n$${spend.usd.toFixed(4)} in the ledger: $${spend.paid.toFixed(4)} paid, ` +
        `$${spend.reserved.toFixed(4)} reserved by requests without a known answer.`,
    );
  const letters = stages.flatMap((stage) => stage.letters);
  if (letters.length > 0)
    console.log('\nFailed for good (oasis-full retry-failed lets the next run retry them):');
  for (const { stage, shard, reason, attempts } of letters)
    console.log(`  ${stage} ${shard} after ${attempts} attempts: ${reason}`);
};

/** Takes the letters away, so that the next run, or one that waits, tries these shards again. */
export const retryFailed = async (root: string): Promise<void> => {
  requireRun(root);
  const folder = createShardFolder(root);
  const letters = readStatus(root).flatMap((stage) => stage.letters);
  for (const letter of letters) {
    await folder.dropLetter(letter);
    console.log(`${letter.stage} ${letter.shard}: ${letter.reason}`);
  }
  console.log(
    letters.length === 0
      ? 'No shard has failed for good.'
      : `${letters.length} shards will be retried: run the pipeline's command again.`,
  );
};
