import { scoreHistogram } from 'oasis-embed/mixture';
import { pairTexts, queryIdsOf } from '../annotation/annotated-functions.js';
import { createSuspectJudge } from '../models/suspect-judge.js';
import { judgeSettings } from '../options/model-options.js';
import { readPairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { refineLabels } from '../refinement/refine-labels.js';
import { countRules, datasetRows, type RuleCount, refinementRows } from '../refinement/refinement-rows.js';
import { writeJson, writeJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import { settleThreshold } from '../threshold.js';
import { type AnnotationSummary, trainingFunctions } from './annotation.js';
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
  readonly datasetSha256: string;
}

export const refinementStage = (
  context: StageContext,
  annotation: StageRecord<AnnotationSummary>,
): Stage<RefinementSummary> => {
  const { options, folder, progress, access } = context;
  const { deltaS, treeRatio, threshold, thresholdQuantile, seed, models } = options;
  return {
    name: 'refinement',
    options: { deltaS, treeRatio, threshold, thresholdQuantile, judge: judgeSettings(models) },
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
      const judge = createSuspectJudge(models, access);
      const { suspects, similarity, records, changes } = await refineLabels(functions, pairs, {
        threshold: mixture.threshold,
        trees,
        treeRatio,
        deltaS,
        judge,
        seed,
        concurrency: models.concurrency,
        onProgress: progress.update,
      });
      const queryIds = queryIdsOf(functions, queryOf);
      await writeJson(folder.path('mixture'), mixture);
      await writeJsonLines(
        folder.path('refinement'),
        refinementRows(functions, queryIds, pairs, suspects, records),
      );
      const datasetSha256 = await writeJsonLines(
        folder.path('dataset'),
        datasetRows(functions, queries, queryIds, pairs, similarity),
      );
      const { negatives } = suspects.statistics;
      progress.line(
        `${records.length} of ${negatives} negatives suspected, ${changes.length} labels raised by ${deltaS}`,
      );
      const bins = mixture.histogram.counts.length;
      return {
        negatives,
        threshold: mixture.threshold,
        suspects: records.length,
        raised: changes.length,
        judge: judge.judge.name,
        invalid: records.filter(({ verdict }) => verdict === 'invalid').length,
        rules: countRules(records),
        positives: [...scoreHistogram(labelsOf(1), { bins, minimum: 0, maximum: 1 }).counts],
        datasetSha256,
      };
    },
  };
};
