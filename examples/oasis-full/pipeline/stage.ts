import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readJsonIfThere, writeJson } from '../store/json-files.js';
import type { RunFolder } from '../store/run-folder.js';
import type { Progress } from '../terminal/progress.js';

/** What a finished stage leaves behind: the key it was made for, its cost, and what later stages read of it. */
export interface StageRecord<Summary = unknown> {
  readonly stage: string;
  readonly key: string;
  readonly seconds: number;
  readonly peakMemoryMegabytes: number;
  readonly summary: Summary;
}

export interface Stage<Summary> {
  readonly name: string;
  /** Everything the result depends on besides earlier stages; part of the key. */
  readonly options: unknown;
  readonly after: readonly StageRecord[];
  /** Files the stage must leave; a marker without them does not count. */
  readonly outputs: readonly string[];
  readonly run: () => Promise<Summary>;
}

const keyOf = (stage: Stage<unknown>, codeVersion: string): string =>
  createHash('sha256')
    .update(JSON.stringify([stage.name, stage.options, stage.after.map((record) => record.key), codeVersion]))
    .digest('hex');

/** The key of the repositories, of all options and of the code: a stage whose marker carries it is not run again. */
export const createStageRunner = (folder: RunFolder, codeVersion: string, progress: Progress) => {
  return async <Summary>(stage: Stage<Summary>): Promise<StageRecord<Summary>> => {
    const key = keyOf(stage, codeVersion);
    const marker = folder.marker(stage.name);
    const previous = readJsonIfThere<StageRecord<Summary>>(marker);
    progress.startStage(stage.name);
    if (previous?.key === key && stage.outputs.every((path) => existsSync(path))) {
      progress.finishStage('kept from an earlier run');
      return previous;
    }
    const started = performance.now();
    const summary = await stage.run();
    const record: StageRecord<Summary> = {
      stage: stage.name,
      key,
      seconds: Math.round(performance.now() - started) / 1000,
      peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      summary,
    };
    await writeJson(marker, record);
    progress.finishStage(`${record.seconds.toFixed(1)} s`);
    return record;
  };
};

export type StageRunner = ReturnType<typeof createStageRunner>;
