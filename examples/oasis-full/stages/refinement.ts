import type { FlatTree } from 'oasis-embed/ast';
import { scoreHistogram } from 'oasis-embed/mixture';
import {
  cloneJudge,
  findSuspects,
  judgeSuspects,
  type LabelRecord,
  raiseSimilarities,
} from 'oasis-embed/refinement';
import type { LanguageId } from 'oasis-embed/syntax';
import type { StoredFunction } from '../functions.js';
import { type LabelledPairs, readPairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { writeJson, writeJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import { settleThreshold } from '../threshold.js';
import { type AnnotationSummary, pairTexts, trainingFunctions } from './annotation.js';
import type { StageContext } from './context.js';

/** A row of refinement.jsonl: why a label was looked at and what became of it. */
export interface RefinementRow extends LabelRecord {
  readonly query_id: string;
  readonly positive_id: string | null;
  readonly document_id: string;
}

export interface RuleCount {
  /** The rules that named these suspects, joined by ` + `. */
  readonly rule: string;
  readonly suspects: number;
  readonly raised: number;
  readonly kept: number;
  readonly invalid: number;
}

export interface RefinementSummary {
  readonly negatives: number;
  readonly threshold: number;
  readonly suspects: number;
  readonly raised: number;
  readonly judge: string;
  readonly rules: readonly RuleCount[];
  /** Similarities of the positives over the bins of mixture.json. */
  readonly positives: readonly number[];
  readonly datasetSha256: string;
}

/** Counts by the set of rules that named a suspect, so that every suspect counts once. */
const countRules = (records: readonly LabelRecord[]): RuleCount[] => {
  const counts = new Map<string, { suspects: number; raise: number; keep: number; invalid: number }>();
  for (const { rules, verdict } of records) {
    const rule = rules.join(' + ');
    const count = counts.get(rule) ?? { suspects: 0, raise: 0, keep: 0, invalid: 0 };
    count.suspects += 1;
    count[verdict] += 1;
    counts.set(rule, count);
  }
  return [...counts]
    .map(([rule, { suspects, raise, keep, invalid }]) => ({
      rule,
      suspects,
      raised: raise,
      kept: keep,
      invalid,
    }))
    .sort((a, b) => b.suspects - a.suspects);
};

/** dataset.jsonl: the released columns, and ids that lead back to functions.jsonl. */
function* datasetRows(
  functions: readonly StoredFunction[],
  queries: readonly string[],
  queryIds: readonly string[],
  pairs: LabelledPairs,
  similarity: Float32Array,
) {
  for (let pair = 0; pair < pairs.query.length; pair++) {
    const fn = functions[pairs.document[pair]!]!;
    yield {
      poss_docstring: queries[pairs.query[pair]!]!,
      snippet_wo_comment: fn.code,
      similarity: similarity[pair]!,
      lang: fn.language,
      is_gt: pairs.positive[pair]!,
      pair,
      query_id: queryIds[pairs.query[pair]!]!,
      function_id: fn.id,
      repository: fn.repository,
      similarity_before: pairs.similarity[pair]!,
    };
  }
}

/** A query is known by the first function that asks it. */
export const queryIdsOf = (functions: readonly StoredFunction[], queryOf: Uint32Array): string[] => {
  const ids: string[] = [];
  queryOf.forEach((query, i) => {
    ids[query] ??= functions[i]!.id;
  });
  return ids;
};

/** Which rules name suspects: both in a full run, one or none in the ablation. */
export interface RefinementRules {
  readonly threshold: boolean;
  readonly tree: boolean;
}

/** Suspects, verdicts and raised labels: the heart of the stage, run again by the ablation with fewer rules. */
export const refineLabels = async (
  functions: readonly StoredFunction[],
  pairs: LabelledPairs,
  threshold: number,
  trees: readonly (FlatTree | null)[],
  { deltaS, treeRatio }: { readonly deltaS: number; readonly treeRatio: number },
  rules: RefinementRules = { threshold: true, tree: true },
) => {
  const { queries, documents } = pairTexts(functions);
  const languages: readonly LanguageId[] = functions.map((fn) => fn.language);
  const suspects = findSuspects(pairs, {
    threshold: rules.threshold ? threshold : null,
    aboveOwnPositive: rules.threshold,
    ...(rules.tree ? { trees, treeRatio } : {}),
  });
  const judge = cloneJudge();
  const verdicts = await judgeSuspects(suspects, judge, { pairs, queries, documents, languages });
  return { suspects, judge, ...raiseSimilarities(pairs, verdicts, { deltaS }) };
};

export const refinementStage = (
  context: StageContext,
  annotation: StageRecord<AnnotationSummary>,
): Stage<RefinementSummary> => {
  const { options, folder, progress } = context;
  const { deltaS, treeRatio, threshold, thresholdQuantile } = options;
  return {
    name: 'refinement',
    options: { deltaS, treeRatio, threshold, thresholdQuantile },
    after: [annotation],
    outputs: [folder.path('dataset'), folder.path('mixture'), folder.path('refinement')],
    run: async () => {
      const functions = await trainingFunctions(context);
      const pairs = await readPairs(folder.path('pairs'));
      const { queries, queryOf } = pairTexts(functions);
      const labelsOf = (kind: 0 | 1) => pairs.similarity.filter((_, i) => pairs.positive[i] === kind);
      const mixture = settleThreshold(labelsOf(0), options);
      progress.line(`s* = ${mixture.threshold.toFixed(4)} (${mixture.origin})`);
      for (const warning of mixture.warnings) progress.line(`mixture: ${warning}`);

      const trees = await parseTrees(functions, (done) =>
        progress.update(done, functions.length, 'functions parsed'),
      );
      const { suspects, judge, similarity, records, changes } = await refineLabels(
        functions,
        pairs,
        mixture.threshold,
        trees,
        options,
      );
      const queryIds = queryIdsOf(functions, queryOf);
      await writeJson(folder.path('mixture'), mixture);
      await writeJsonLines(
        folder.path('refinement'),
        records.map((record, i): RefinementRow => {
          const positive = pairs.document[suspects.positive[i]!];
          return {
            ...record,
            query_id: queryIds[pairs.query[record.pair]!]!,
            positive_id: positive === undefined ? null : functions[positive]!.id,
            document_id: functions[pairs.document[record.pair]!]!.id,
          };
        }),
      );
      const datasetSha256 = await writeJsonLines(
        folder.path('dataset'),
        datasetRows(functions, queries, queryIds, pairs, similarity),
      );
      const bins = mixture.histogram.counts.length;
      const rules = countRules(records);
      const { negatives } = suspects.statistics;
      progress.line(
        `${records.length} of ${negatives} negatives suspected, ${changes.length} labels raised by ${deltaS}`,
      );
      return {
        negatives,
        threshold: mixture.threshold,
        suspects: records.length,
        raised: changes.length,
        judge: judge.name,
        rules,
        positives: [...scoreHistogram(labelsOf(1), { bins, minimum: 0, maximum: 1 }).counts],
        datasetSha256,
      };
    },
  };
};
