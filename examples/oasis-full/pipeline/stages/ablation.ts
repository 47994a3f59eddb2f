import { perQueryMeasure } from 'oasis-embed/metrics';
import { type OasisDataset, trainOasis } from 'oasis-embed/training';
import { type AnnotatedFunction, pairTexts } from '../../annotation/annotated-functions.js';
import { type LabelledPairs, readPairs } from '../../annotation/pairs.js';
import { parseTrees } from '../../annotation/parse-trees.js';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import { MAIN_MEASURE, MEASURES, rankByEncoder } from '../../evaluation/systems.js';
import { startingEncoder } from '../../models/starting-encoder.js';
import { createSuspectJudge } from '../../models/suspect-judge.js';
import { type RefineLabelsOptions, refineLabels } from '../../refinement/refine-labels.js';
import { writeJson } from '../../store/json-files.js';
import { runCells } from '../ablation/cells.js';
import { type AblationResult, formatAblation, summarizeAblation } from '../ablation/summarize-ablation.js';
import { lossWeights, VARIANTS, type Variant } from '../ablation/variants.js';
import type { Stage, StageRecord } from '../stage.js';
import { trainingFunctions } from './annotation.js';
import type { StageContext } from './context.js';
import type { RefinementSummary } from './refinement.js';
import { trainerOptions, trainingOptions } from './training.js';

export interface AblationSummary extends AblationResult {
  readonly table: string;
}

export const ablationStage = (
  context: StageContext,
  refinement: StageRecord<RefinementSummary>,
  evaluation: StageRecord,
): Stage<AblationSummary> => {
  const { options, folder, progress } = context;
  const seeds = Array.from({ length: options.ablationSeeds }, (_, i) => options.seed + i);
  const { seed: _, ...training } = trainingOptions(options);
  const settings = { ...training, deltaS: options.deltaS, treeRatio: options.treeRatio };
  return {
    name: 'ablation',
    options: { ...settings, seeds },
    after: [refinement, evaluation],
    outputs: [folder.path('ablation')],
    run: async () => {
      progress.line(`${VARIANTS.length} rows × ${seeds.length} seeds`);
      const functions = await trainingFunctions(context);
      const pairs = await readPairs(folder.path('pairs'));
      const trees = await parseTrees(functions, (done) =>
        progress.update(done, functions.length, 'functions parsed'),
      );
      const judge = createSuspectJudge(options.models, context.access);
      const validation = await retrievalSet(context, 'validation');
      const test = await retrievalSet(context, 'test');
      const texts = pairTexts(functions);
      // Seed by seed, so that a run cut off early has whole tables of fewer seeds.
      const cells = seeds.flatMap((seed) => VARIANTS.map(({ slug }) => ({ slug, seed })));
      progress.update(0, cells.length, 'trainings');
      const perQuery = await runCells(cells, {
        folder: folder.path('ablationCells'),
        settings: { ...settings, after: [refinement.key, evaluation.key] },
        onCell(done, { slug, seed }, values, kept) {
          const value = values.reduce((sum, one) => sum + one, 0) / values.length;
          const note = kept ? ', kept from an earlier run' : '';
          progress.line(`${slug}, seed ${seed}: ${MAIN_MEASURE} ${value.toFixed(4)}${note}`);
          progress.update(done, cells.length, 'trainings');
        },
        async train({ slug, seed }) {
          const variant = VARIANTS.find((one) => one.slug === slug)!;
          const similarity = await labelsOf(variant, functions, pairs, {
            ...options,
            threshold: refinement.summary.threshold,
            trees,
            judge,
          });
          const dataset: OasisDataset = { ...texts, pairs: { ...pairs, similarity } };
          const encoder = await startingEncoder(dataset, options, seed);
          try {
            const weights = lossWeights(variant, options);
            await trainOasis(encoder, dataset, trainerOptions(options, { weights, seed }, validation));
            return perQueryMeasure(await rankByEncoder(encoder, test), MEASURES[MAIN_MEASURE]!);
          } finally {
            encoder.dispose();
          }
        },
      });
      const inputs = VARIANTS.map(({ name }, v) => ({
        name,
        perSeed: seeds.map((_seed, s) => perQuery[s * VARIANTS.length + v]!),
      }));
      const result = summarizeAblation(MAIN_MEASURE, seeds, inputs, options.seed);
      await writeJson(folder.path('ablation'), result);
      return { ...result, table: formatAblation(result) };
    },
  };
};

const labelsOf = async (
  { rules }: Pick<Variant, 'rules'>,
  functions: readonly AnnotatedFunction[],
  pairs: LabelledPairs,
  options: Omit<RefineLabelsOptions, 'rules'>,
): Promise<Float32Array> =>
  rules === null
    ? pairs.similarity
    : (await refineLabels(functions, pairs, { ...options, rules })).similarity;
