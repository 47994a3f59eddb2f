import type { ShardRecord } from '../../engine/shard-task.js';
import { judgeSettings } from '../../options/models-in-use.js';
import type { RunOptions } from '../../options/run-options.js';
import type { RefinementRules } from '../../refinement/refine-labels.js';
import type { MixtureRecord, ThresholdOptions } from '../../refinement/threshold.js';
import { readJson } from '../../store/json-files.js';
import type { RefineKind } from '../shards/refine.js';
import type { LabeledGroup } from './label-groups.js';
import type { RecipeContext } from './recipe-context.js';

export interface FittedThreshold {
  readonly mixture: MixtureRecord;
  /** Similarities of the positives over the bins of mixture.json. */
  readonly positives: readonly number[];
}

/** The mixture of the similarities over all groups, and s*. */
export const fitThreshold = async (
  { folder, shards }: Pick<RecipeContext, 'folder' | 'shards'>,
  groups: readonly LabeledGroup[],
  { threshold, thresholdQuantile, mixture, mixtureOver }: ThresholdOptions,
): Promise<FittedThreshold> => {
  const [fitted] = await shards('mixture', [
    {
      shard: 'all',
      inputs: groups.map((group) => group.histogram),
      options: { threshold, thresholdQuantile, mixture, mixtureOver },
    },
  ]);
  return {
    mixture: readJson<MixtureRecord>(folder.at(fitted!.outputs[0]!.path)),
    positives: fitted!.summary.positives,
  };
};

export interface RefineGroupsOptions extends Pick<RunOptions, 'models' | 'treeRatio' | 'deltaS' | 'seed'> {
  /** s*. */
  readonly threshold: number;
  /** @defaultValue both */
  readonly rules?: RefinementRules;
}

/** Suspects, verdicts and raised labels: of each group its records, then its rows of the dataset. */
export const refineGroups = (
  { shards }: Pick<RecipeContext, 'shards'>,
  groups: readonly LabeledGroup[],
  { models, treeRatio, deltaS, seed, threshold, rules }: RefineGroupsOptions,
): Promise<ShardRecord<RefineKind>[]> =>
  shards(
    'refine',
    groups.map((group) => ({
      shard: group.name,
      inputs: [group.members, group.queries, group.trees, group.labels],
      options: {
        threshold,
        treeRatio,
        deltaS,
        seed,
        judge: judgeSettings(models),
        ...(rules === undefined ? {} : { rules }),
      },
      how: models,
    })),
  );
