import { rm } from 'node:fs/promises';
import { type EngineChoice, type EvaluationRecord, trainOasis } from 'oasis-embed/training';
import { type RetrievalSet, retrievalSet } from '../../evaluation/retrieval-set.js';
import { modelHash } from '../../models/local-embedder.js';
import { openTrainingModel, type TrainingModel } from '../../models/training-model.js';
import { optionsKeyedBy, type RunOptions } from '../../options/run-options.js';
import { writeJsonLines } from '../../store/json-lines.js';
import { createTrainingCosts } from '../../terminal/training-costs.js';
import { headForecast } from '../recipe/labeling-forecast.js';
import { publishedFiles } from '../recipe/published-dataset.js';
import { withTeacher } from '../recipe/teacher-vectors.js';
import { openTrainingData, type TrainingData } from '../recipe/training-data.js';
import type { Stage, StageRecord } from '../stage.js';
import type { AnnotationSummary } from './annotation.js';
import type { StageContext } from './context.js';

export interface TrainingSummary {
  readonly encoder: string;
  /** What computed: a backend of TensorFlow.js, or onnx. */
  readonly backend: string;
  readonly dimensions: number;
  readonly parameters: number;
  readonly steps: number;
  readonly best: EvaluationRecord | null;
  readonly evaluations: readonly EvaluationRecord[];
  readonly stopped: string;
}

/** What the ablation changes of a training. */
export interface TrainingVariant {
  readonly weights: { readonly infoNce: number; readonly cosent: number };
  readonly seed: number;
}

/** The options that a trained model depends on: the key of the stage. */
export const trainingKey = (options: RunOptions, engine: EngineChoice | null) => ({
  ...optionsKeyedBy('training', options),
  // Engines differ in the last bits.
  ...(engine?.name === 'onnx' ? { engine: engine.name } : {}),
  ...((options.models.device ?? 'cpu') === 'cpu' ? {} : { device: options.models.device }),
  // By content: the same model elsewhere is the same model.
  encoder: options.training.encoder === null ? null : modelHash(options.training.encoder),
});

const furtherOptions = ({
  infoNceForm,
  cosentGroups,
  cosentMargin,
  cosentNormalize,
  cosentTemperature,
  labels,
  positiveLabels,
  schedule,
  warmUpSteps,
  weightDecay,
  epsilon,
  accumulate,
  chunkSize,
  workers,
  batchPositives,
  evaluateEvery,
}: RunOptions['training']) => ({
  infoNce: infoNceForm === 'released' ? ({ directions: 'all', hardnessWeighting: 1 } as const) : {},
  cosent: {
    groups: cosentGroups,
    margin: cosentMargin,
    normalize: cosentNormalize,
    ...(cosentTemperature === null ? {} : { temperature: cosentTemperature }),
  },
  labels,
  positiveLabels,
  schedule,
  weightDecay,
  epsilon,
  accumulationSteps: accumulate,
  chunkSize,
  positivesPerQuery: batchPositives,
  ...(evaluateEvery === null ? {} : { evaluateEvery }),
  ...(warmUpSteps === null ? {} : { warmUpSteps }),
  ...(workers === 0 ? {} : { workers }),
});

/** The options of `trainOasis` that the run and its ablation share. */
export const trainerOptions = (options: RunOptions, variant: TrainingVariant, validation: RetrievalSet) => ({
  weights: variant.weights,
  temperature: options.temperature,
  batchQueries: options.batchQueries,
  negativesPerQuery: options.batchNegatives,
  epochs: options.epochs,
  learningRate: options.learningRate,
  patience: options.patience,
  seed: variant.seed,
  ...furtherOptions(options.training),
  ...(validation.queries.length === 0 ? {} : { validation }),
});

/** What computes: with ONNX Runtime the backend of TensorFlow.js has no part in the result. */
const computedBy = ({ backend, trainingEngine }: StageContext): string =>
  trainingEngine?.name === 'onnx' ? 'onnx' : backend.name;

export const trainingStage = (
  context: StageContext,
  corpus: StageRecord,
  annotation: StageRecord<AnnotationSummary>,
  refinement: StageRecord,
): Stage<TrainingSummary> => {
  const { options, trainingEngine, folder } = context;
  return {
    name: 'training',
    options: { ...trainingKey(options, trainingEngine), backend: computedBy(context) },
    after: [corpus, refinement],
    outputs: [folder.path('model'), folder.path('untrainedModel'), folder.path('curve')],
    mayLeave: [folder.path('adapter'), folder.path('logs')],
    run: async () => {
      const data = await openTrainingData({
        dataset: publishedFiles(folder),
        directory: folder.path('trainingTexts'),
      });
      try {
        return await train(context, await withTeacher(data, context, annotation.summary));
      } finally {
        await data.close();
      }
    },
  };
};

const train = async (context: StageContext, data: TrainingData): Promise<TrainingSummary> => {
  const { options, trainingEngine, progress } = context;
  if (data.bytesOnDisk > 0)
    progress.line(`${(data.bytesOnDisk / 2 ** 30).toFixed(1)} GiB of texts stay on disk`);
  const validation = await retrievalSet(context, 'validation');
  const forecast = headForecast(options.training, data);
  if (forecast !== null) progress.line(forecast);
  const model = await openTrainingModel(data, options, trainingEngine, options.seed, validation);
  try {
    return await trainModel(context, data, model, validation);
  } finally {
    await model.close();
  }
};

const trainModel = async (
  context: StageContext,
  data: TrainingData,
  model: TrainingModel,
  validation: RetrievalSet,
): Promise<TrainingSummary> => {
  const { options, folder, progress } = context;
  await model.save(folder.path('untrainedModel'));
  const variant = {
    weights: { infoNce: options.weightInfoNce, cosent: options.weightCosent },
    seed: options.seed,
  };
  let note = '';
  const costs = createTrainingCosts((text) => progress.line(text), options.batchQueries);
  const run = await trainOasis(model.encoder, data, {
    ...trainerOptions(options, variant, validation),
    checkpointDirectory: folder.path('checkpoints'),
    checkpointEvery: options.training.checkpointEvery,
    logDirectory: folder.path('logs'),
    onStep: (step, state) => {
      costs.onStep(state);
      const rate = `${state.pairsPerSecond.toFixed(0)} pairs/s`;
      progress.update(step.step + 1, state.totalSteps, `loss ${step.loss.toFixed(3)} · ${rate}${note}`);
    },
    onEvaluation: (evaluation) => {
      note = ` · validation MRR ${evaluation.mrr.toFixed(4)}`;
      progress.line(
        `step ${evaluation.step}: validation MRR@1000 ${evaluation.mrr.toFixed(4)}${evaluation.best ? ' (best)' : ''}`,
      );
    },
  });
  costs.finish(
    run.evaluations.map(({ mrr }) => mrr),
    run.best?.mrr ?? null,
  );
  await writeJsonLines(folder.path('curve'), [...run.steps, ...run.evaluations]);
  // An earlier export would be of other weights.
  await rm(folder.marker('export'), { force: true });
  await rm(folder.path('modelOnnx'), { recursive: true, force: true });
  await model.save(folder.path('model'));
  const base = options.training.encoder;
  if (base === null || !(await model.saveUpdates(folder.path('adapter'), base)))
    await rm(folder.path('adapter'), { recursive: true, force: true });
  await rm(folder.path('checkpoints'), { recursive: true, force: true });
  return {
    encoder: model.kind,
    backend: computedBy(context),
    dimensions: model.dimensions,
    parameters: model.parameters,
    steps: run.steps.length,
    best: run.best,
    evaluations: run.evaluations,
    stopped: run.stopped,
  };
};
