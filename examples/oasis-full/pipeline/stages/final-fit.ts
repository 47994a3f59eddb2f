import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonLines } from '../../store/json-lines.js';
import { withOtherSplit } from '../refit/other-split.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';
import type { CorpusSummary } from './corpus.js';
import type { RefinementSummary } from './refinement.js';
import type { TrainingSummary } from './training.js';

export interface FinalFitSummary {
  /** Passes over all documented functions: as many as the validation set chose. 0 where it preferred the untrained model. */
  readonly epochs: number;
  readonly steps: number;
}

/** Where the stage works; of it the model stays. */
const FOLDER = 'final-fit';
const KEPT: readonly string[] = ['model', 'adapter'];

/** Passes that were done at the best step; all of them where nothing was validated. */
const chosenEpochs = async (
  { folder, options }: StageContext,
  { best }: TrainingSummary,
): Promise<number> => {
  if (best === null) return options.epochs;
  if (best.step === 0) return 0;
  for await (const row of readJsonLines<{ step: number; epoch: number; loss?: number }>(folder.path('curve')))
    if (row.loss !== undefined && row.step === best.step - 1) return row.epoch + 1;
  return options.epochs;
};

/**
 * A last training on all documented functions, those that were held out too, once these have chosen how long to train and have
 * been measured on. Nothing is left to measure this model on: the figures of the run are of the one before.
 */
export const finalFitStage = (
  context: StageContext,
  corpus: StageRecord<CorpusSummary>,
  refinement: StageRecord<RefinementSummary>,
  training: StageRecord<TrainingSummary>,
): Stage<FinalFitSummary> => {
  const { folder, progress } = context;
  return {
    name: 'final-fit',
    options: {},
    after: [corpus, refinement, training],
    outputs: [],
    mayLeave: [folder.path('finalModel')],
    run: async () => {
      const epochs = await chosenEpochs(context, training.summary);
      if (epochs === 0) {
        await rm(folder.at(FOLDER), { recursive: true, force: true });
        progress.line('validation preferred the untrained model: there is nothing to fit');
        return { epochs: 0, steps: 0 };
      }
      const { threshold } = refinement.summary;
      const changes = { threshold, thresholdQuantile: null, epochs };
      const steps = await withOtherSplit(
        context,
        corpus,
        { name: FOLDER, sideOf: () => 'train', changes },
        async (_, { summary }) => summary.steps,
      );
      await keepModel(folder.at(FOLDER));
      progress.line(
        `trained on all ${corpus.summary.documented} documented functions for ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ` +
          'as validation chose; search uses this model',
      );
      return { epochs, steps };
    },
  };
};

/** Removes what a repetition leaves beside its model. */
const keepModel = async (root: string): Promise<void> => {
  for (const name of await readdir(root))
    if (!KEPT.includes(name)) await rm(join(root, name), { recursive: true, force: true });
};
