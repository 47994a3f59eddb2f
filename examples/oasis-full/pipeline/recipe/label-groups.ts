import {
  checkTeachersOrder,
  mergeTeacherMoments,
  type TeacherScale,
  teacherAgreement,
  teacherSpreads,
} from 'oasis-embed/annotation';
import type { PairOptions } from '../../annotation/annotate.js';
import type { ShardInput, ShardOutput, ShardRecord } from '../../engine/shard-task.js';
import { labelerKey } from '../../models/labeler.js';
import type { RunOptions } from '../../options/run-options.js';
import { readJson } from '../../store/json-files.js';
import type { LabelsKind } from '../shards/labels.js';
import type { GroupMoments } from '../shards/teacher-moments.js';
import type { AnnotatedGroup, AnnotatedGroups } from './annotate-groups.js';
import { addCounts, sum } from './counts.js';
import type { RecipeContext } from './recipe-context.js';

export type LabelGroupsOptions = PairOptions & Pick<RunOptions, 'models' | 'similarityMap' | 'teacherScale'>;

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
  readonly teachers: TeacherReport;
}

/** Who labels, and how far they agree. */
export interface TeacherReport {
  readonly names: readonly string[];
  /** Correlations of their similarities over the negatives, and over all pairs; [T][T]. */
  readonly negatives: readonly (readonly number[])[];
  readonly pairs: readonly (readonly number[])[];
  /** Mean and standard deviation of each over all pairs. */
  readonly spreads: readonly { readonly mean: number; readonly deviation: number }[];
}

/** @throws {RangeError} When a teacher gave all pairs the same similarity. */
const reportTeachers = (names: readonly string[], groups: readonly GroupMoments[]): TeacherReport => {
  const pairs = mergeTeacherMoments(groups.map((group) => group.pairs));
  checkTeachersOrder(pairs, names);
  return {
    names,
    negatives: teacherAgreement(mergeTeacherMoments(groups.map((group) => group.negatives))),
    pairs: teacherAgreement(pairs),
    spreads: teacherSpreads(pairs),
  };
};

/** The labels as means on a common scale, which all groups have to be seen for. */
const scaleLabels = async (
  shards: RecipeContext['shards'],
  scale: Exclude<TeacherScale, 'none'>,
  groups: readonly AnnotatedGroup[],
  labeled: readonly ShardRecord<LabelsKind>[],
  teachers: number,
): Promise<readonly { readonly outputs: readonly ShardOutput[] }[]> => {
  const [scaling] = await shards('scaling', [
    { shard: 'all', inputs: labeled.map(({ outputs }) => outputs[2]!), options: { scale } },
  ]);
  return shards(
    'scaled',
    labeled.map(({ outputs }, i) => ({
      shard: groups[i]!.name,
      inputs: [outputs[0]!, outputs[3]!, scaling!.outputs[0]!],
      options: { teachers },
    })),
  );
};

/** Positives, negatives and near twins of annotated functions, each with its similarity. */
export const labelGroups = async (
  { folder, shards }: Pick<RecipeContext, 'folder' | 'shards'>,
  { groups, functions, labeler }: Pick<AnnotatedGroups, 'groups' | 'functions' | 'labeler'>,
  { models, similarityMap, teacherScale, ...options }: LabelGroupsOptions,
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
        teacherScale,
        firstNegative: laidOut!.summary.firstNegative[i]!,
        group: group.name,
        labeler: labelerKey(models),
      },
      how: models,
    })),
  );
  const names = labeled[0]!.summary.teachers;
  const teachers = reportTeachers(
    names,
    labeled.map(({ outputs }) => readJson<GroupMoments>(folder.at(outputs[2]!.path))),
  );
  const scaled =
    teacherScale === 'none' || names.length === 1
      ? labeled
      : await scaleLabels(shards, teacherScale, groups, labeled, names.length);
  return {
    groups: groups.map((group, i) => ({
      ...group,
      labels: scaled[i]!.outputs[0]!,
      histogram: scaled[i]!.outputs[1]!,
    })),
    pairs: laidOut!.rows,
    twins: laidOut!.summary.twins,
    byStratum: addCounts(drawn.map((summary) => summary.byStratum)),
    shortFunctions: sum(drawn.map((summary) => summary.shortFunctions)),
    shortRepositories: sum(drawn.map((summary) => summary.shortRepositories)),
    labeler: labeled[0]!.summary.labeler,
    teachers,
  };
};
