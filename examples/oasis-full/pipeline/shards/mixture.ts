import { readFile } from 'node:fs/promises';
import { mergeHistograms, ScoreHistogram } from 'oasis-embed/mixture';
import type { ShardFunction } from '../../engine/shard-function.js';
import type { RunOptions } from '../../options/run-options.js';
import { settleThreshold } from '../../refinement/threshold.js';
import { writeText } from '../../store/json-files.js';
import type { GroupHistograms } from './labels.js';

export type MixtureOptions = Pick<RunOptions, 'threshold' | 'thresholdQuantile' | 'mixture'>;

export interface MixtureSummary {
  readonly threshold: number;
  /** Similarities of the positives over the bins of mixture.json. */
  readonly positives: readonly number[];
}

export interface MixtureKind {
  readonly options: MixtureOptions;
  readonly how: null;
  readonly summary: MixtureSummary;
}

/** Waits for the histograms of all groups, merges them and settles s*. */
export const mixtureShard: ShardFunction<MixtureKind> = async ({ task, path, output }) => {
  const groups = await Promise.all(
    task.inputs.map(async (input) => JSON.parse(await readFile(path(input.path), 'utf8')) as GroupHistograms),
  );
  const merged = (kind: keyof GroupHistograms) =>
    mergeHistograms(groups.map((group) => ScoreHistogram.fromJSON(group[kind])));
  const negatives = merged('negatives');
  const mixture = settleThreshold(negatives, task.options);
  await writeText(output('mixture.json'), `${JSON.stringify(mixture, null, 2)}\n`);
  const summary: MixtureSummary = {
    threshold: mixture.threshold,
    positives: [...merged('positives').counts],
  };
  return { rows: negatives.total, summary };
};
