import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateTask, loadLibraryCode, type RetrievalTask } from 'oasis-embed/benchmarks';
import { perQueryMeasure } from 'oasis-embed/metrics';
import { trainOasis } from 'oasis-embed/training';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import { MAIN_MEASURE, MEASURES, rankByModel } from '../../evaluation/systems.js';
import type { TextModel } from '../../models/text-model.js';
import { openTrainingModel } from '../../models/training-model.js';
import { writeJson } from '../../store/json-files.js';
import { runCells } from '../ablation/cells.js';
import { type AblationResult, formatAblation, summarizeAblation } from '../ablation/summarize-ablation.js';
import { lossWeights, VARIANTS, type Variant } from '../ablation/variants.js';
import { publishedFiles } from '../recipe/published-dataset.js';
import { refineGroups } from '../recipe/refine-groups.js';
import { withTeacher } from '../recipe/teacher-vectors.js';
import { openTrainingData } from '../recipe/training-data.js';
import type { Stage, StageRecord } from '../stage.js';
import type { AnnotationSummary } from './annotation.js';
import type { StageContext } from './context.js';
import type { RefinementSummary } from './refinement.js';
import { trainerOptions, trainingKey } from './training.js';

export interface AblationSummary extends AblationResult {
  readonly table: string;
  /** The same rows on Code2Code, where --ablation-library-code names the set. */
  readonly libraryCode?: AblationResult;
}

/** The set whose programs were written independently: near-copies are found by any model. */
export const LIBRARY_CODE_SET = 'independent';

const contentHash = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);

/** Average precision of each program that asks. */
const averagePrecisions = async (model: TextModel, task: RetrievalTask): Promise<Float64Array> => {
  const { perQuery } = await evaluateTask(task, {
    embedQueries: (texts) => model.embed(texts, 'query'),
    embedDocuments: (texts) => model.embed(texts, 'document'),
  });
  return perQuery;
};

export const ablationStage = (
  context: StageContext,
  annotation: StageRecord<AnnotationSummary>,
  refinement: StageRecord<RefinementSummary>,
  evaluation: StageRecord,
): Stage<AblationSummary> => {
  const { options, trainingEngine, folder, progress } = context;
  const { threshold } = refinement.summary;
  const seeds = Array.from({ length: options.ablationSeeds }, (_, i) => options.seed + i);
  // A cell has a seed of its own; what the labels depend on is in the key of the refinement.
  const { seed: _, ...settings } = trainingKey(options, trainingEngine);
  /** The published dataset, or one that fewer rules made of the same labels. */
  const datasetOf = async ({ slug, rules }: Variant): Promise<string[]> => {
    if (rules.threshold && rules.tree) return publishedFiles(folder);
    const shards = context.shardsBeside(`ablation-${slug}`);
    const refined = await refineGroups({ shards }, annotation.summary.groups, {
      ...options,
      threshold,
      rules,
    });
    return refined.map(({ outputs }) => folder.at(outputs[1]!.path));
  };
  const { ablationLibraryCode: codeFolder } = options;
  const code =
    codeFolder === null ? {} : { libraryCode: contentHash(join(codeFolder, `${LIBRARY_CODE_SET}.jsonl`)) };
  return {
    name: 'ablation',
    options: { ...settings, seeds, ...code },
    after: [refinement, evaluation],
    outputs: [folder.path('ablation'), folder.path('ablationCells')],
    run: async () => {
      progress.line(`${VARIANTS.length} rows × ${seeds.length} seeds`);
      const validation = await retrievalSet(context, 'validation');
      const test = await retrievalSet(context, 'test');
      const programs = codeFolder === null ? null : await loadLibraryCode(codeFolder, LIBRARY_CODE_SET);
      // Seed by seed, so that an interrupted run has complete tables for fewer seeds.
      const cells = seeds.flatMap((seed) => VARIANTS.map(({ slug }) => ({ slug, seed })));
      progress.update(0, cells.length, 'trainings');
      const perQuery = await runCells(cells, {
        folder: folder.path('ablationCells'),
        settings: { ...settings, ...code, after: [refinement.key, evaluation.key] },
        onDamage: progress.line,
        onCell(done, { slug, seed }, values, kept) {
          const own = values.slice(0, test.queries.length);
          const value = own.reduce((sum, one) => sum + one, 0) / own.length;
          const note = kept ? ', kept from an earlier run' : '';
          progress.line(`${slug}, seed ${seed}: ${MAIN_MEASURE} ${value.toFixed(4)}${note}`);
          progress.update(done, cells.length, 'trainings');
        },
        async train({ slug, seed }) {
          const variant = VARIANTS.find((one) => one.slug === slug)!;
          const data = await openTrainingData({
            dataset: await datasetOf(variant),
            directory: folder.path('trainingTexts'),
          });
          const model = await openTrainingModel(data, options, trainingEngine, seed, validation);
          try {
            const weights = lossWeights(variant, options);
            const labeled = await withTeacher(data, context, annotation.summary);
            await trainOasis(model.encoder, labeled, trainerOptions(options, { weights, seed }, validation));
            const values = perQueryMeasure(await rankByModel(model, test), MEASURES[MAIN_MEASURE]!);
            return programs === null ? values : [...values, ...(await averagePrecisions(model, programs))];
          } finally {
            await model.close();
            await data.close();
          }
        },
      });
      const summary = (measure: string, from: number, to?: number): AblationResult => {
        const inputs = VARIANTS.map(({ name }, v) => ({
          name,
          perSeed: seeds.map((_seed, s) => perQuery[s * VARIANTS.length + v]!.slice(from, to)),
        }));
        return summarizeAblation(measure, seeds, inputs, options.seed);
      };
      const result = summary(MAIN_MEASURE, 0, test.queries.length);
      if (programs === null) {
        await writeJson(folder.path('ablation'), result);
        return { ...result, table: formatAblation(result) };
      }
      const libraryCode = summary('MAP', test.queries.length);
      await writeJson(folder.path('ablation'), { ...result, libraryCode });
      const tables = [formatAblation(result), `${programs.name}:`, formatAblation(libraryCode)];
      return { ...result, libraryCode, table: tables.join('\n\n') };
    },
  };
};
