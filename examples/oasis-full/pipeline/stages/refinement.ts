import { createHash } from 'node:crypto';
import type { ShardOutput } from '../../engine/shard-task.js';
import { judgeSettings } from '../../options/models-in-use.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import type { RuleCount } from '../../refinement/refinement-rows.js';
import { datasetColumns } from '../../store/dataset-columns.js';
import { writeJson } from '../../store/json-files.js';
import { writeJsonLines } from '../../store/json-lines.js';
import { exportJsonLines, parquetRows } from '../../store/parquet-json-lines.js';
import { publishDataset } from '../recipe/published-dataset.js';
import { fitThreshold, refineGroups } from '../recipe/refine-groups.js';
import { recordColumns } from '../shards/refine.js';
import type { Stage, StageRecord } from '../stage.js';
import type { AnnotationSummary } from './annotation.js';
import type { StageContext } from './context.js';

export interface RefinementSummary {
  readonly negatives: number;
  readonly threshold: number;
  readonly suspects: number;
  readonly raised: number;
  readonly judge: string;
  /** Suspects without a valid verdict; their labels stayed. */
  readonly invalid: number;
  readonly rules: readonly RuleCount[];
  /** Similarities of the positives over the bins of mixture.json. */
  readonly positives: readonly number[];
  /** Of the digests of the dataset's files, in their order. */
  readonly datasetSha256: string;
}

/** Adds up what the groups counted. */
const addRules = (all: readonly (readonly RuleCount[])[]): RuleCount[] => {
  const totals = new Map<string, RuleCount>();
  for (const count of all.flat()) {
    const { rule } = count;
    const total = totals.get(rule) ?? { rule, suspects: 0, raised: 0, kept: 0, invalid: 0 };
    totals.set(rule, {
      rule,
      suspects: total.suspects + count.suspects,
      raised: total.raised + count.raised,
      kept: total.kept + count.kept,
      invalid: total.invalid + count.invalid,
    });
  }
  return [...totals.values()].sort((a, b) => b.suspects - a.suspects || (a.rule < b.rule ? -1 : 1));
};

const sha256Of = (files: readonly ShardOutput[]): string => {
  const hash = createHash('sha256');
  for (const { sha256 } of files) hash.update(`${sha256}\n`);
  return hash.digest('hex');
};

/** Rows of refinement.jsonl in the order of their pairs. */
async function* parsedRecords(paths: readonly string[]): AsyncGenerator<unknown> {
  for await (const { record } of parquetRows(paths, recordColumns, 'pair')) yield JSON.parse(record!);
}

export const refinementStage = (
  context: StageContext,
  annotation: StageRecord<AnnotationSummary>,
): Stage<RefinementSummary> => {
  const { options, folder, progress } = context;
  const { groups } = annotation.summary;
  return {
    name: 'refinement',
    options: { ...optionsKeyedBy('refinement', options), judge: judgeSettings(options.models) },
    after: [annotation],
    outputs: [
      ...(options.datasetJsonLines ? [folder.path('dataset')] : []),
      folder.path('datasetParquet'),
      folder.path('mixture'),
      folder.path('refinement'),
    ],
    run: async () => {
      const { mixture, positives } = await fitThreshold(context, groups, options);
      progress.line(`s* = ${mixture.threshold.toFixed(4)} (${mixture.origin})`);
      for (const warning of mixture.warnings) progress.line(`mixture: ${warning}`);

      const refined = await refineGroups(context, groups, { ...options, threshold: mixture.threshold });
      await writeJson(folder.path('mixture'), mixture);
      const records = refined.map(({ outputs }) => folder.at(outputs[0]!.path));
      await writeJsonLines(folder.path('refinement'), parsedRecords(records));
      const datasets = refined.map(({ outputs }) => outputs[1]!);
      if (options.datasetJsonLines) {
        const paths = datasets.map(({ path }) => folder.at(path));
        await exportJsonLines(paths, datasetColumns, folder.path('dataset'), 'pair');
      }
      await publishDataset(
        folder,
        datasets.map(({ path }) => folder.at(path)),
      );

      const counted = refined.map(({ summary }) => summary);
      const total = (name: 'negatives' | 'suspects' | 'raised' | 'invalid') =>
        counted.reduce((sum, summary) => sum + summary[name], 0);
      progress.line(
        `${total('suspects')} of ${total('negatives')} negatives suspected, ` +
          `${total('raised')} labels raised by ${options.deltaS}`,
      );
      return {
        negatives: total('negatives'),
        threshold: mixture.threshold,
        suspects: total('suspects'),
        raised: total('raised'),
        judge: counted[0]!.judge,
        invalid: total('invalid'),
        rules: addRules(counted.map(({ rules }) => rules)),
        positives,
        datasetSha256: sha256Of(datasets),
      };
    },
  };
};
