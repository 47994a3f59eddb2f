import { terminalTable } from 'oasis-embed/report';
import { printShards, readStatus, requireRun } from '../engine/status.js';
import { leftOutLines } from '../search/describe-left-out.js';
import { createRunFolder } from '../store/run-folder.js';
import { readSealedJsonIfSound } from '../store/sealed-json.js';
import type { StageRecord } from './stage.js';
import type { IndexSummary } from './stages/index-functions.js';

/** The stages of a run in their order; those in brackets only run when they are asked for. */
const STAGES = [
  'corpus',
  'annotation',
  'refinement',
  'training',
  '[export]',
  'evaluation',
  '[cross-validation]',
  '[ablation]',
  '[final-fit]',
  'index',
  'report',
] as const;

/** One stage of a run, whether it has begun or not. */
export interface RunStage {
  readonly stage: string;
  readonly state: 'done' | 'damaged' | 'to do';
  readonly seconds: number | null;
}

const readStage = (root: string, stage: string): { row: RunStage; record: StageRecord | null } => {
  let isDamaged = false;
  const record = readSealedJsonIfSound<StageRecord>(createRunFolder(root).marker(stage), () => {
    isDamaged = true;
  });
  const state = record !== null ? 'done' : isDamaged ? 'damaged' : 'to do';
  return { row: { stage, state, seconds: record?.seconds ?? null }, record };
};

/** All stages of a run in their order, and what its search does not find. */
export const readRunStages = (
  root: string,
): { readonly stages: readonly RunStage[]; readonly leftOut: Readonly<Record<string, number>> | null } => {
  const read = STAGES.map((name) => ({
    isOptional: name.startsWith('['),
    ...readStage(root, name.replace(/[[\]]/g, '')),
  }));
  const index = read.find(({ row }) => row.stage === 'index')?.record as StageRecord<IndexSummary> | null;
  return {
    stages: read.filter(({ isOptional, row }) => !isOptional || row.state !== 'to do').map(({ row }) => row),
    leftOut: index?.summary.leftOut ?? null,
  };
};

/** `oasis-full status`: stages, the shards of those that have some, spending, and what is not searched. */
export const printStatus = (root: string, json: boolean, modelCache: string | null = null): void => {
  requireRun(root);
  const { stages, leftOut } = readRunStages(root);
  const shards = readStatus(root);
  if (json) {
    printShards(root, shards, { json, modelCache, run: stages, leftOutOfSearch: leftOut });
    return;
  }
  console.log(
    terminalTable({
      columns: ['stage', 'state', 'seconds'].map((label, column) => ({ label, numeric: column === 2 })),
      rows: stages.map(({ stage, state, seconds }) => [stage, state, seconds?.toFixed(1) ?? '']),
    }),
  );
  console.log('');
  printShards(root, shards, { json, modelCache });
  if (leftOut !== null && Object.keys(leftOut).length > 0) {
    console.log('\nNot in the search:');
    for (const line of leftOutLines(leftOut)) console.log(`  ${line}`);
  }
};
