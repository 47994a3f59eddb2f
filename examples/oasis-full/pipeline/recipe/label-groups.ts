import type { PairOptions } from '../../annotation/annotate.js';
import type { ShardInput } from '../../engine/shard-task.js';
import { labelerKey } from '../../models/labeler.js';
import type { RunOptions } from '../../options/run-options.js';
import type { AnnotatedGroup, AnnotatedGroups } from './annotate-groups.js';
import { addCounts, sum } from './counts.js';
import type { RecipeContext } from './recipe-context.js';

export type LabelGroupsOptions = PairOptions & Pick<RunOptions, 'models' | 'similarityMap'>;

/** What the refinement takes over of a group. */
export interface LabeledGroup extends AnnotatedGroup {
  readonly labels: ShardInput;
  readonly histogram: ShardInput;
}

export interface LabeledGroups {
  readonly groups: readonly LabeledGroup[];
  readonly pairs: number;
  readonly twins: number;
  /** Negatives by where they came from. */
  readonly byStratum: Readonly<Record<string, number>>;
  /** Functions whose repository has fewer than K others. */
  readonly shortFunctions: number;
  readonly shortRepositories: number;
  readonly labeler: string;
}

/** Positives, negatives and near twins of annotated functions, each with its similarity. */
export const labelGroups = async (
  { shards }: Pick<RecipeContext, 'shards'>,
  { groups, functions, labeler }: Pick<AnnotatedGroups, 'groups' | 'functions' | 'labeler'>,
  { models, similarityMap, ...options }: LabelGroupsOptions,
): Promise<LabeledGroups> => {
  const { seed, negatives, negativeStrata, twinNegatives, treeRatio } = options;
  const paired = await shards(
    'pairs',
    groups.map((group) => ({
      shard: group.name,
      inputs: [group.members, group.queries, group.trees],
      options: { seed, negatives, negativeStrata, twinNegatives, treeRatio },
    })),
  );
  const drawn = paired.map(({ summary }) => summary);
  const [laidOut] = await shards('layout', [
    {
      shard: 'all',
      inputs: paired.map(({ outputs }) => outputs[1]!),
      options: {
        groups: groups.map(({ name }) => name),
        twinsPerQuery: twinNegatives,
        functions,
        negatives: drawn.map((summary) => summary.negatives),
      },
    },
  ]);
  const labeled = await shards(
    'labels',
    groups.map((group, i) => ({
      shard: group.name,
      inputs: [group.members, group.queries, paired[i]!.outputs[0]!, laidOut!.outputs[i]!, ...labeler],
      options: {
        similarityMap,
        firstNegative: laidOut!.summary.firstNegative[i]!,
        group: group.name,
        labeler: labelerKey(models),
      },
      how: models,
    })),
  );
  return {
    groups: groups.map((group, i) => ({
      ...group,
      labels: labeled[i]!.outputs[0]!,
      histogram: labeled[i]!.outputs[1]!,
    })),
    pairs: laidOut!.rows,
    twins: laidOut!.summary.twins,
    byStratum: addCounts(drawn.map((summary) => summary.byStratum)),
    shortFunctions: sum(drawn.map((summary) => summary.shortFunctions)),
    shortRepositories: sum(drawn.map((summary) => summary.shortRepositories)),
    labeler: labeled[0]!.summary.labeler,
  };
};
