import { readFile } from 'node:fs/promises';
import { mergeHistograms, ScoreHistogram } from 'oasis-embed/mixture';
import type { ShardFunction } from '../../engine/shard-function.js';
import { coarseCounts, settleThreshold, type ThresholdOptions } from '../../refinement/threshold.js';
import { writeText } from '../../store/json-files.js';
import type { GroupHistograms } from './labels.js';

export interface MixtureSummary {
  readonly threshold: number;
  /** Similarities of the positives over the bins of mixture.json. */
  readonly positives: readonly number[];
}

export interface MixtureKind {
  readonly options: ThresholdOptions;
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
  const [negatives, positives] = [merged('negatives'), merged('positives')];
  const mixture = settleThreshold({ negatives, positives }, task.options);
  await writeText(output('mixture.json'), `${JSON.stringify(mixture, null, 2)}\n`);
  const summary: MixtureSummary = {
    threshold: mixture.threshold,
    positives: coarseCounts(positives),
  };
  return { rows: negatives.total, summary };
};
