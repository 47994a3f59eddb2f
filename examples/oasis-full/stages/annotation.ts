import type { DocstringRow } from 'oasis-embed/annotation';
import { type AnnotatedFunction, annotatedFunctions } from '../annotation/annotated-functions.js';
import type { ShardInput, ShardRecord } from '../engine/shard-task.js';
import type { StoredFunction } from '../functions.js';
import { type LabelledPairs, writePairs } from '../pairs.js';
import { readAllJsonLines, writeJsonLines } from '../run-folder.js';
import { readDocstrings } from '../shards/docstrings.js';
import { writeGroups } from '../shards/groups.js';
import type { LabellerOptions, LabellerSummary } from '../shards/labeller.js';
import { labelColumns } from '../shards/labels.js';
import type { LayoutOptions, LayoutSummary } from '../shards/layout.js';
import type { PairsOptions, PairsSummary } from '../shards/pairs.js';
import type { QueriesSummary } from '../shards/queries.js';
import type { Stage, StageRecord } from '../stage.js';
import { readParquetParts } from '../store/parquet-table.js';
import type { StageContext } from './context.js';

/** What the refinement takes over of a group. */
export interface LabelledGroup {
  readonly name: string;
  readonly members: ShardInput;
  readonly queries: ShardInput;
  readonly labels: ShardInput;
  readonly histogram: ShardInput;
}

export interface AnnotationSummary {
  readonly docstrings: number;
  readonly pairs: number;
  readonly labeller: string;
  /** Functions whose repository has fewer than K others. */
  readonly shortFunctions: number;
  readonly shortRepositories: number;
  readonly groups: readonly LabelledGroup[];
}

/** The training functions with their docstrings, in the order that pair indices point into. */
export const trainingFunctions = async ({
  folder,
}: Pick<StageContext, 'folder'>): Promise<AnnotatedFunction[]> =>
  annotatedFunctions(
    await readAllJsonLines<StoredFunction>(folder.path('functions')),
    await readAllJsonLines<DocstringRow>(folder.path('docstrings')),
  );

/** The pairs of all groups in the order of their numbers. */
const collectPairs = async (paths: readonly string[], count: number): Promise<LabelledPairs> => {
  const pairs = {
    query: new Uint32Array(count),
    document: new Uint32Array(count),
    similarity: new Float32Array(count),
    positive: new Uint8Array(count),
  };
  for await (const part of readParquetParts(paths, labelColumns, { where: '"foreign" = 0' })) {
    for (let i = 0; i < part.pair.length; i++) {
      const pair = part.pair[i]!;
      pairs.query[pair] = part.query[i]!;
      pairs.document[pair] = part.document[i]!;
      pairs.similarity[pair] = part.similarity[i]!;
      pairs.positive[pair] = part.positive[i]!;
    }
  }
  return pairs;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The record of a stage of one shard. */
const only = ([record]: readonly ShardRecord[]): ShardRecord => record!;

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress, shards } = context;
  const { seed, negatives: k, twinNegatives, treeRatio, labelDimensions, similarityMap } = options;
  return {
    name: 'annotation',
    options: { seed, k, twinNegatives, treeRatio, labelDimensions, similarityMap },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.path('pairs')],
    run: async () => {
      const stored = await readAllJsonLines<StoredFunction>(folder.path('functions'));
      const groups = await writeGroups(
        folder.root,
        stored.filter((fn) => fn.documented && fn.split === 'train'),
      );
      const names = groups.map(({ name }) => name);
      const members = groups.map((group) => group.members);

      const docstrings = await shards(
        'docstrings',
        groups.map((group) => ({ shard: group.name, inputs: [group.members], options: null })),
      );
      const written = docstrings.map(({ outputs }) => outputs[0]!);
      const numbered = only(
        await shards('queries', [
          { shard: 'all', inputs: [...members, ...written], options: { groups: names } },
        ]),
      );
      const { functions, ...counts } = numbered.summary as unknown as QueriesSummary;
      const queries = numbered.outputs;

      // The labeller takes as long as all pairs together and needs none of them.
      const [fitted, paired] = await Promise.all([
        shards('labeller', [
          {
            shard: 'lsa',
            inputs: [...members, ...queries],
            options: { dimensions: labelDimensions, seed, groups: groups.length } satisfies LabellerOptions,
          },
        ]),
        shards(
          'pairs',
          groups.map((group, i) => ({
            shard: group.name,
            inputs: [group.members, queries[i]!],
            options: { k, seed, twinsPerQuery: twinNegatives, treeRatio } satisfies PairsOptions,
          })),
        ),
      ]);
      const drawn = paired.map(({ summary }) => summary as unknown as PairsSummary);
      const shortRepositories = sum(drawn.map((summary) => summary.shortRepositories));
      const shortFunctions = sum(drawn.map((summary) => summary.shortFunctions));
      if (shortFunctions > 0) {
        progress.line(
          `${shortRepositories} repositories have fewer than ${k} other functions: ` +
            `${shortFunctions} docstrings get what there is`,
        );
      }
      const laidOut = only(
        await shards('layout', [
          {
            shard: 'all',
            inputs: paired.map(({ outputs }) => outputs[1]!),
            options: {
              groups: names,
              twinsPerQuery: twinNegatives,
              functions,
              negatives: drawn.map((summary) => summary.negatives),
            } satisfies LayoutOptions,
          },
        ]),
      );
      const layout = laidOut.summary as unknown as LayoutSummary;
      if (twinNegatives > 0)
        progress.line(`${layout.twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);

      const model = only(fitted);
      const labelled = await shards(
        'labels',
        groups.map((group, i) => ({
          shard: group.name,
          inputs: [group.members, queries[i]!, paired[i]!.outputs[0]!, laidOut.outputs[i]!, ...model.outputs],
          options: { similarityMap, firstNegative: layout.firstNegative[i]! },
        })),
      );
      const labels = labelled.map(({ outputs }) => outputs[0]!);
      await writeJsonLines(
        folder.path('docstrings'),
        await readDocstrings(written.map(({ path }) => folder.at(path))),
      );
      await writePairs(
        folder.path('pairs'),
        await collectPairs(
          labels.map(({ path }) => folder.at(path)),
          laidOut.rows,
        ),
      );
      const { name: labeller } = model.summary as unknown as LabellerSummary;
      progress.line(`${counts.docstrings} docstrings, ${laidOut.rows} labelled pairs by ${labeller}`);
      return {
        docstrings: counts.docstrings,
        pairs: laidOut.rows,
        labeller,
        shortFunctions,
        shortRepositories,
        groups: groups.map((group, i) => ({
          ...group,
          queries: queries[i]!,
          labels: labels[i]!,
          histogram: labelled[i]!.outputs[1]!,
        })),
      };
    },
  };
};
