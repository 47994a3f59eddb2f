import { rm } from 'node:fs/promises';
import { perQueryMeasure } from 'oasis-embed/metrics';
import { ablationTable } from 'oasis-embed/report';
import { type OasisDataset, trainOasis } from 'oasis-embed/training';
import { type AnnotatedFunction, pairTexts } from '../annotation/annotated-functions.js';
import type { StoredFunction } from '../functions.js';
import { createSuspectJudge } from '../models/suspect-judge.js';
import { type LabelledPairs, readPairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { type RefineLabelsOptions, type RefinementRules, refineLabels } from '../refinement/refine-labels.js';
import { retrievalSet } from '../retrieval-set.js';
import { readAllJsonLines, readJsonIfThere, writeJson } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import { MAIN_MEASURE, MEASURES, rankByEncoder } from '../systems.js';
import { trainingFunctions } from './annotation.js';
import type { StageContext } from './context.js';
import type { RefinementSummary } from './refinement.js';
import { fitEncoder, trainerOptions, trainingOptions } from './training.js';

/** What a row of the paper's ablation changes. */
interface Variant {
  readonly name: string;
  readonly rules: RefinementRules | null;
  readonly weights: 'both' | 'infoNce' | 'cosent';
}

const both = { threshold: true, tree: true };

/** The rows of the paper's table, in its order. */
const VARIANTS: readonly Variant[] = [
  { name: 'OASIS', rules: both, weights: 'both' },
  { name: 'no refinement', rules: null, weights: 'both' },
  { name: 'CoSENT only', rules: both, weights: 'cosent' },
  { name: 'InfoNCE only', rules: both, weights: 'infoNce' },
  { name: 'AST candidates only', rules: { threshold: false, tree: true }, weights: 'both' },
  { name: 'threshold candidates only', rules: { threshold: true, tree: false }, weights: 'both' },
];

export interface AblationRow {
  readonly name: string;
  readonly full: boolean;
  /** The main measure on the held-out repositories, one value a seed. */
  readonly values: readonly number[];
}

export interface AblationSummary {
  readonly measure: string;
  readonly seeds: readonly number[];
  readonly rows: readonly AblationRow[];
  readonly table: string;
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

export const ablationStage = (
  context: StageContext,
  refinement: StageRecord<RefinementSummary>,
  evaluation: StageRecord,
): Stage<AblationSummary> => {
  const { options, folder, progress } = context;
  const seeds = Array.from({ length: options.ablationSeeds }, (_, i) => options.seed + i);
  const settings = {
    ...trainingOptions(options),
    deltaS: options.deltaS,
    treeRatio: options.treeRatio,
    seeds,
  };
  return {
    name: 'ablation',
    options: settings,
    after: [refinement, evaluation],
    outputs: [folder.path('ablation')],
    run: async () => {
      progress.line(`${VARIANTS.length} rows × ${seeds.length} seeds`);
      const stored = await readAllJsonLines<StoredFunction>(folder.path('functions'));
      const functions = await trainingFunctions(context);
      const pairs = await readPairs(folder.path('pairs'));
      const trees = await parseTrees(functions, (done) =>
        progress.update(done, functions.length, 'functions parsed'),
      );
      const judge = createSuspectJudge(options.models, context.access);
      const validation = retrievalSet(stored, 'validation');
      const test = retrievalSet(stored, 'test');
      const texts = pairTexts(functions);
      // One cell of the table takes minutes: each is kept as it is done, so that a cut-off run goes on.
      const partial = `${folder.path('ablation')}.${refinement.key.slice(0, 12)}.partial.json`;
      const done = readJsonIfThere<{ settings: string; values: Record<string, number> }>(partial);
      const values: Record<string, number> = done?.settings === JSON.stringify(settings) ? done.values : {};

      const total = VARIANTS.length * seeds.length;
      progress.update(Object.keys(values).length, total, 'trainings');
      for (const seed of seeds) {
        for (const variant of VARIANTS) {
          const cell = `${variant.name} · seed ${seed}`;
          if (values[cell] === undefined) {
            const similarity = await labelsOf(variant, functions, pairs, {
              ...options,
              threshold: refinement.summary.threshold,
              trees,
              judge,
            });
            const dataset: OasisDataset = { ...texts, pairs: { ...pairs, similarity } };
            const encoder = fitEncoder(dataset, options, seed);
            const weights = {
              infoNce:
                variant.weights === 'cosent' ? 0 : variant.weights === 'infoNce' ? 1 : options.weightInfoNce,
              cosent:
                variant.weights === 'infoNce' ? 0 : variant.weights === 'cosent' ? 1 : options.weightCosent,
            };
            await trainOasis(encoder, dataset, trainerOptions(options, { weights, seed }, validation));
            values[cell] = mean(perQueryMeasure(await rankByEncoder(encoder, test), MEASURES[MAIN_MEASURE]!));
            encoder.dispose();
            await writeJson(partial, { settings: JSON.stringify(settings), values });
            progress.line(`${cell}: ${MAIN_MEASURE} ${values[cell]!.toFixed(4)}`);
          }
          progress.update(Object.keys(values).length, total, 'trainings');
        }
      }
      const rows = VARIANTS.map(({ name }, i) => ({
        name,
        full: i === 0,
        values: seeds.map((seed) => values[`${name} · seed ${seed}`]!),
      }));
      const result = { measure: MAIN_MEASURE, seeds, rows };
      await writeJson(folder.path('ablation'), result);
      await rm(partial, { force: true });
      return { ...result, table: ablationTable(result) };
    },
  };
};

const labelsOf = async (
  { rules }: Variant,
  functions: readonly AnnotatedFunction[],
  pairs: LabelledPairs,
  options: Omit<RefineLabelsOptions, 'rules'>,
): Promise<Float32Array> =>
  rules === null
    ? pairs.similarity
    : (await refineLabels(functions, pairs, { ...options, rules })).similarity;
