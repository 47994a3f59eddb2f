import type { DocstringRow } from 'oasis-embed/annotation';
import { type AnnotatedFunction, annotatedFunctions } from '../../annotation/annotated-functions.js';
import { writePairs } from '../../annotation/pairs.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import type { Json, ShardInput, ShardRecord } from '../../engine/shard-task.js';
import { createDocstringWriter, getsDocstring } from '../../models/docstring-writer.js';
import { labellerKey, localEmbedders } from '../../models/labeller.js';
import { docstringSettings } from '../../options/model-options.js';
import { readAllJsonLines, readJsonLines, writeJsonLines } from '../../store/json-lines.js';
import { collectPairs } from '../shards/collect-pairs.js';
import { type DocstringsSummary, docstringRows } from '../shards/docstrings.js';
import { writeGroups } from '../shards/groups.js';
import { LABELLER_FUNCTIONS, type LabellerOptions } from '../shards/labeller.js';
import type { LabelsOptions, LabelsSummary } from '../shards/labels.js';
import type { LayoutOptions, LayoutSummary } from '../shards/layout.js';
import type { PairsSummary } from '../shards/pairs.js';
import type { QueriesSummary } from '../shards/queries.js';
import type { Stage, StageRecord } from '../stage.js';
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
  /** Distinct docstrings. */
  readonly docstrings: number;
  /** Who wrote them. */
  readonly writer: string;
  /** Functions without one, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly pairs: number;
  /** Negatives by where they came from. */
  readonly byStratum: Readonly<Record<string, number>>;
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const addCounts = (all: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
};

const byCount = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));

const failuresOf = (summary: Json) => (summary as unknown as DocstringsSummary).failures;

/** The record of a stage of one shard. */
const only = ([record]: readonly ShardRecord[]): ShardRecord => record!;

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress, shards } = context;
  const { models, seed, negatives, negativeStrata, twinNegatives, treeRatio } = options;
  const { labelDimensions, similarityMap } = options;
  const pairOptions = { seed, negatives, negativeStrata, twinNegatives, treeRatio };
  const how = { ...models } as unknown as Json;
  return {
    name: 'annotation',
    options: {
      ...pairOptions,
      labelDimensions,
      similarityMap,
      docstrings: docstringSettings(models),
      labeller: labellerKey(models),
    },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.path('pairs'), folder.at('shards/labels')],
    run: async () => {
      const stored = () => readJsonLines<StoredFunction>(folder.path('functions'));
      const isAsked = (fn: StoredFunction) => getsDocstring(fn, models);
      const asked = new Set<string>();
      if (models.docstrings !== 'author')
        for await (const fn of stored()) if (isAsked(fn)) asked.add(fn.repository);
      // A model is shown callers and callees, documented or not; authors need nobody beside them.
      const isShown = (fn: StoredFunction) =>
        models.docstrings === 'author' ? isAsked(fn) : asked.has(fn.repository);
      const groups = await writeGroups(folder.root, stored, isShown, context.shardSize);
      const names = groups.map(({ name }) => name);
      const members = groups.map((group) => group.members);

      const docstrings = await shards(
        'docstrings',
        groups.map((group) => ({
          shard: group.name,
          inputs: [group.members],
          options: docstringSettings(models),
          how,
        })),
      );
      const written = docstrings.map(({ outputs }) => outputs[0]!);
      const failures = byCount(addCounts(docstrings.map(({ summary }) => failuresOf(summary))));
      for (const [reason, count] of Object.entries(failures).slice(0, 5))
        progress.line(`${count} functions without a docstring: ${reason}`);
      const numbered = only(
        await shards('queries', [
          { shard: 'all', inputs: [...members, ...written], options: { groups: names } },
        ]),
      );
      const { functions, ...counts } = numbered.summary as unknown as QueriesSummary;
      const queries = numbered.outputs;

      // The labeller takes as long as all pairs together and needs none of them.
      const [fitted, paired] = await Promise.all([
        shards(
          'labeller',
          !localEmbedders(models).includes('lsa')
            ? []
            : [
                {
                  shard: 'lsa',
                  inputs: [...members, ...queries],
                  options: {
                    dimensions: labelDimensions,
                    seed,
                    every: Math.ceil(functions / LABELLER_FUNCTIONS),
                    groups: groups.length,
                  } satisfies LabellerOptions,
                },
              ],
        ),
        shards(
          'pairs',
          groups.map((group, i) => ({
            shard: group.name,
            inputs: [group.members, queries[i]!],
            options: pairOptions as unknown as Json,
          })),
        ),
      ]);
      const drawn = paired.map(({ summary }) => summary as unknown as PairsSummary);
      const shortRepositories = sum(drawn.map((summary) => summary.shortRepositories));
      const shortFunctions = sum(drawn.map((summary) => summary.shortFunctions));
      if (shortFunctions > 0) {
        progress.line(
          `${shortRepositories} repositories have fewer than ${negatives} other functions: ` +
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
      const byStratum = addCounts(drawn.map((summary) => summary.byStratum));
      if (Object.keys(negativeStrata).length > 0) {
        const counted = Object.entries(byStratum).map(([name, count]) => `${count} ${name}`);
        progress.line(`negatives drawn: ${counted.join(', ')}`);
      }
      if (twinNegatives > 0)
        progress.line(`${layout.twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);

      const labelled = await shards(
        'labels',
        groups.map((group, i) => ({
          shard: group.name,
          inputs: [
            group.members,
            queries[i]!,
            paired[i]!.outputs[0]!,
            laidOut.outputs[i]!,
            ...fitted.flatMap(({ outputs }) => outputs),
          ],
          options: {
            similarityMap,
            firstNegative: layout.firstNegative[i]!,
            labeller: labellerKey(models) as unknown as Json,
          } satisfies LabelsOptions,
          how,
        })),
      );
      const labels = labelled.map(({ outputs }) => outputs[0]!);
      await writeJsonLines(
        folder.path('docstrings'),
        docstringRows(written.map(({ path }) => folder.at(path))),
      );
      const { pairs, source } = await collectPairs(
        labels.map(({ path }) => folder.at(path)),
        laidOut.rows,
      );
      await writePairs(folder.path('pairs'), pairs, source);
      const { labeller } = labelled[0]!.summary as unknown as LabelsSummary;
      progress.line(`${counts.docstrings} docstrings, ${laidOut.rows} labelled pairs by ${labeller}`);
      return {
        docstrings: counts.docstrings,
        writer: createDocstringWriter(models, context.access).name,
        failures,
        byStratum,
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
