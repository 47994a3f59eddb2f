import type { ShardContext, ShardFunction, ShardResult } from '../../engine/shard-function.js';
import { type ModelAccess, openModelsOf } from '../../models/model-access.js';
import { createSuspectJudge } from '../../models/suspect-judge.js';
import type { ModelOptions } from '../../options/model-options.js';
import type { judgeSettings } from '../../options/models-in-use.js';
import { type RefinementRules, refineLabels } from '../../refinement/refine-labels.js';
import { countRules, type RefinementRow, type RuleCount } from '../../refinement/refinement-rows.js';
import { datasetColumns } from '../../store/dataset-columns.js';
import { readParquet, type Schema, writeParquet } from '../../store/parquet-table.js';
import { readGroup } from './group.js';
import { labelColumns, localNumbers } from './labels.js';
import { readTrees } from './trees.js';

export interface RefineOptions {
  readonly threshold: number;
  readonly treeRatio: number;
  readonly deltaS: number;
  readonly seed: number;
  /** Which rules name suspects; both where left out. */
  readonly rules?: RefinementRules;
  /** What identifies the judge: part of the key. */
  readonly judge: ReturnType<typeof judgeSettings>;
}

export interface RefineSummary {
  readonly negatives: number;
  readonly suspects: number;
  readonly raised: number;
  readonly judge: string;
  /** Suspects without a valid verdict; their labels stayed. */
  readonly invalid: number;
  readonly rules: readonly RuleCount[];
}

/** Rows of refinement.jsonl by the number of their pair. */
export const recordColumns = { pair: 'uint32', record: 'text' } as const satisfies Schema;

export interface RefineKind {
  readonly options: RefineOptions;
  readonly how: ModelOptions;
  readonly summary: RefineSummary;
}

/** A group's labels and trees in, its rows of the dataset out. */
export const refineShard: ShardFunction<RefineKind> = async (context) => {
  const access = openModelsOf(context.task.how, context.root, true, context.task.shard, context.line);
  try {
    return { ...(await refineGroup(context, access)), usd: access?.ownUsd() ?? 0 };
  } finally {
    access?.close();
  }
};

const refineGroup = async (
  { task, path, output, progress, line }: ShardContext<RefineKind>,
  access: ModelAccess | null,
): Promise<ShardResult<RefineKind>> => {
  const { threshold, treeRatio, deltaS, seed, rules } = task.options;
  const [members, queriesFile, treesFile, labelsFile] = task.inputs.map((input) => path(input.path));
  const functions = await readGroup(members!, queriesFile!, { foreign: true });
  const labels = await readParquet(labelsFile!, labelColumns);
  const local = localNumbers(functions);
  const pairs = {
    query: local.query(labels.query),
    document: local.document(labels.document),
    similarity: labels.similarity,
    positive: labels.positive,
  };
  const trees = await readTrees(treesFile!, functions);
  const models = task.how;
  const judge = await createSuspectJudge(models, access);
  const { suspects, similarity, records, changes } = await refineLabels(functions, pairs, {
    threshold,
    trees,
    treeRatio,
    deltaS,
    judge,
    seed,
    ...(rules === undefined ? {} : { rules }),
    concurrency: models.concurrency,
    onProgress: progress,
  });
  judge.report(line);

  // A query is known by the first function of the run that asks it: functions stand in the order of the run.
  const idOf: string[] = [];
  for (const [i, query] of local.query(Uint32Array.from(functions, (fn) => fn.query)).entries())
    idOf[query] ??= functions[i]!.id;
  const rows = records.map(
    (record, i): RefinementRow => ({
      ...record,
      pair: labels.pair[record.pair]!,
      query_id: idOf[pairs.query[record.pair]!]!,
      positive_id: functions[pairs.document[suspects.positive[i]!]!]?.id ?? null,
      document_id: functions[pairs.document[record.pair]!]!.id,
    }),
  );
  await writeParquet(output('records.parquet'), recordColumns, {
    pair: rows.map((row) => row.pair),
    record: rows.map((row) => JSON.stringify(row)),
  });

  const own = Array.from(labels.pair.keys()).filter((i) => labels.foreign[i] === 0);
  const fnOf = own.map((i) => functions[pairs.document[i]!]!);
  await writeParquet(output('dataset.parquet'), datasetColumns, {
    poss_docstring: own.map((i) => local.queries[pairs.query[i]!]!),
    snippet_wo_comment: fnOf.map((fn) => fn.code),
    similarity: own.map((i) => similarity[i]!),
    lang: fnOf.map((fn) => fn.language),
    is_gt: own.map((i) => labels.positive[i]!),
    pair: own.map((i) => labels.pair[i]!),
    query_id: own.map((i) => idOf[pairs.query[i]!]!),
    function_id: fnOf.map((fn) => fn.id),
    repository: fnOf.map((fn) => fn.repository),
    similarity_before: own.map((i) => labels.similarity[i]!),
  });
  const summary: RefineSummary = {
    negatives: suspects.statistics.negatives,
    suspects: records.length,
    raised: changes.length,
    judge: judge.judge.name,
    invalid: records.filter(({ verdict }) => verdict === 'invalid').length,
    rules: countRules(records),
  };
  return { rows: own.length, summary };
};
