import type { Encoder, TokenizedTexts } from '../encoders/index.js';
import { meanReciprocalRank, relevantRanks } from '../metrics/index.js';
import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import type { OnnxTrainer } from '../onnx/index.js';
import { ADAM_W_OPTIONS, type AdamWOptions, createAdamW } from './adam-w.js';
import { localGradients } from './batch-gradients.js';
import { labelWholeBatch, positivesOnTop } from './batch-labels.js';
import { batchTokens } from './batch-tokens.js';
import { assembleBatch, batchesPerEpoch, epochOrder, indexPairs, type OasisBatch } from './batches.js';
import {
  bestModelStep,
  newProgress,
  restoreCheckpoint,
  runFingerprint,
  saveBestModel,
  saveCheckpoint,
} from './checkpoint.js';
import { startWorkers } from './data-parallel.js';
import { learningRateAt } from './learning-rate.js';
import { nativeModel } from './native-model.js';
import { checkDataset, type OasisDataset } from './oasis-dataset.js';
import type { StepHistory } from './step-history.js';
import { checkTeacher } from './teacher-vectors.js';
import { tensorModel } from './tensor-model.js';
import type { TrainableModel, Weights } from './trainable-model.js';
import { openTrainingLog, type TrainingLog } from './training-log.js';
import {
  checkedCheckpointEvery,
  checkedSettings,
  checkValidation,
  checkVariables,
  type TrainingRun,
  type TrainingSettings,
  type TrainOasisOptions,
  type ValidationSet,
} from './training-options.js';
import { createProgressMeter } from './training-progress.js';
import type { EvaluationRecord } from './training-records.js';
import { NotFiniteError, trainingStep } from './training-step.js';
import { checkedWorkers, type WorkerOptions } from './worker-options.js';

const isNative = (model: object): model is OnnxTrainer => 'accumulate' in model;

/** Transformers have the same tokens on both engines. */
const tokenizerOf = <Tokens extends TokenizedTexts>(model: Encoder<Tokens> | OnnxTrainer) =>
  (isNative(model) ? model.encoder : model) as Pick<Encoder<Tokens>, 'tokenize' | 'select'>;

const checkModel = (
  model: Encoder<never> | OnnxTrainer,
  workers: WorkerOptions | null,
  { dropout = 0 }: TrainingSettings,
): void => {
  if (!isNative(model)) {
    checkVariables(model);
    if (dropout !== 0)
      throw new RangeError(`dropout is of an OnnxTrainer: the ${model.kind} encoder has none, leave it out`);
  } else if (workers !== null)
    throw new RangeError('workers are threads of TensorFlow.js: ONNX Runtime has its own, leave them out');
};

/** The model that is trained, with what it is trained by. */
const trainable = <Tokens extends TokenizedTexts>(
  model: Encoder<Tokens> | OnnxTrainer,
  settings: TrainingSettings,
  workers: WorkerOptions | null,
): TrainableModel<Tokens> => {
  if (isNative(model)) return nativeModel(model, settings) as TrainableModel<never> as TrainableModel<Tokens>;
  const optimizer = createAdamW(model.variables, pickOptions<AdamWOptions>(settings, ADAM_W_OPTIONS));
  return tensorModel(model, optimizer, async () =>
    workers === null ? localGradients(model, settings) : startWorkers(model, settings, workers),
  );
};

/** Mean reciprocal rank (cutoff 1,000) of the model as it stands. */
const validationMrr = async <Tokens extends TokenizedTexts>(
  model: TrainableModel<Tokens>,
  tokens: { readonly queries: Tokens; readonly documents: Tokens },
  { relevant }: ValidationSet,
): Promise<number> => {
  const queries = await model.embed(tokens.queries, 'query');
  const documents = await model.embed(tokens.documents, 'document');
  return meanReciprocalRank(relevantRanks(queries, documents, relevant), { cutoff: 1000 });
};

/** An engine or an encoder that fails says nothing of where it was. */
const namingTheStep = async <T>(step: number, epoch: number, task: () => Promise<T>): Promise<T> => {
  try {
    return await task();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes(`at step ${step} `)) throw error;
    throw new Error(`training failed at step ${step} (epoch ${epoch}): ${message}`, { cause: error });
  }
};

const TRAIN_OASIS_OPTIONS: OptionNames<TrainOasisOptions> = {
  weights: true,
  temperature: true,
  infoNce: true,
  cosent: true,
  labels: true,
  positiveLabels: true,
  batchQueries: true,
  positivesPerQuery: true,
  negativesPerQuery: true,
  epochs: true,
  learningRate: true,
  weightDecay: true,
  warmUpSteps: true,
  schedule: true,
  epsilon: true,
  clipNorm: true,
  accumulationSteps: true,
  chunkSize: true,
  dropout: true,
  precision: true,
  workers: true,
  seed: true,
  validation: true,
  evaluateEvery: true,
  patience: true,
  checkpointDirectory: true,
  checkpointEvery: true,
  logDirectory: true,
  onStep: true,
  onEvaluation: true,
  onCheckpoint: true,
  signal: true,
};

/**
 * Trains an encoder on pairs with the OASIS loss, w₁ · InfoNCE + w₂ · CoSENT, by AdamW.
 *
 * The encoder is one of TensorFlow.js, on whatever backend was selected, or an `OnnxTrainer` of `oasis-embed/onnx`, a
 * pretrained transformer on ONNX Runtime. With the latter, losses and optimizer run on the host, `weightDecay`, `epsilon` and
 * `clipNorm`, and `dropout` where it is given, take the place of the trainer's own, and `chunkSize` computes activations again.
 *
 * A batch holds some queries with their positives and some of their negatives, each text once. Every pair of the dataset
 * among these texts counts, so no positive is mistaken for a negative. With a validation set, the encoder is
 * evaluated before the first step and then every `evaluateEvery` steps, and ends with the weights of the best
 * evaluation. Without one, it ends with the last weights.
 *
 * Texts that do not fit in memory stay on disk: give them as `TextFile`s. Each batch then reads and tokenizes its own,
 * with the same result up to rounding.
 *
 * On a given backend and machine, the result depends only on encoder, dataset and options (on a GPU up to rounding,
 * because it adds in arbitrary order).
 *
 * With `checkpointDirectory`, an interrupted run resumes where it left off, from at most `checkpointEvery` steps before,
 * and a finished run is read back. The folder holds `checkpoint.safetensors` and `steps.jsonl`, which are all that the
 * run needs, and `best/`, the best model so far in the encoder's own format. The checkpoint and `best/` are replaced by
 * one rename and `steps.jsonl` only grows, so a run that is killed at any moment leaves a complete state.
 *
 * @param encoder Changed in place. It stays open: who made it closes it.
 * @returns Every step with each loss term, every evaluation, the best one, and why training ended.
 * @throws {RangeError} When the dataset, the validation set or an option is unusable; before any work.
 * @throws Error naming the step and the term or weight when a loss or gradient is not finite: weights are then those before the
 * step, and in the checkpoint, if there is a place for one. Error naming the step when the encoder or its engine fails, or
 * when the checkpoint is of another run: the last checkpoint stays as it was.
 *
 * @example
 * ```ts
 * import { SubtokenBagEncoder } from 'oasis-embed/encoders';
 * import { selectBackend, trainOasis } from 'oasis-embed/training';
 *
 * await selectBackend('cpu');
 * const queries = ['adds two numbers', 'the last item of a list'];
 * const documents = ['function add(a, b) { return a + b; }', 'function last(list) { return list.at(-1); }'];
 * const pairs = {
 *   query: Uint32Array.of(0, 0, 1, 1),
 *   document: Uint32Array.of(0, 1, 1, 0),
 *   similarity: Float32Array.of(0.8, 0.1, 0.7, 0.2),
 *   positive: Uint8Array.of(1, 0, 1, 0),
 * };
 * const encoder = SubtokenBagEncoder.fit({ queries, documents }, { dimensions: 32 });
 * const run = await trainOasis(encoder, { queries, documents, pairs }, { epochs: 3 });
 * console.log(run.steps.length, run.stopped); // 3 'epochs'
 * ```
 * @see Gao et al., "OASIS: Order-Augmented Strategy for Improved Code Search", ACL 2025
 */
export const trainOasis = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens> | OnnxTrainer,
  dataset: OasisDataset,
  options: TrainOasisOptions = {},
): Promise<TrainingRun> => {
  checkOptions('trainOasis', options, TRAIN_OASIS_OPTIONS);
  const settings = checkedSettings(options);
  const workers = checkedWorkers(options.workers);
  const checkpointEvery = checkedCheckpointEvery(options);
  const { validation, checkpointDirectory, signal, onStep, onEvaluation, onCheckpoint } = options;
  checkModel(encoder as Encoder<never> | OnnxTrainer, workers, settings);
  checkDataset(dataset);
  if (validation !== undefined) checkValidation(validation);
  const { teacher } = dataset;
  if (settings.labels === 'batch')
    checkTeacher(teacher, { queries: dataset.queries.length, documents: dataset.documents.length });

  const tokenizer = tokenizerOf(encoder);
  const queries = batchTokens(tokenizer, dataset.queries, 'query');
  const documents = batchTokens(tokenizer, dataset.documents, 'document');
  const validationTokens = validation && {
    queries: tokenizer.tokenize(validation.queries, 'query'),
    documents: tokenizer.tokenize(validation.documents, 'document'),
  };
  const index = indexPairs(dataset);
  const perEpoch = batchesPerEpoch(index, settings.batchQueries);
  const stepsPerEpoch = Math.ceil(perEpoch / settings.accumulationSteps);
  const totalSteps = stepsPerEpoch * settings.epochs;
  const evaluateEvery = settings.evaluateEvery ?? stepsPerEpoch;
  const schedule = {
    learningRate: settings.learningRate,
    warmUpSteps: settings.warmUpSteps ?? Math.floor(totalSteps / 20),
    totalSteps,
    shape: settings.schedule,
  };

  const labeledBatch = (batch: OasisBatch): OasisBatch => {
    const labeled = settings.labels === 'batch' ? labelWholeBatch(batch, teacher!) : batch;
    return settings.positiveLabels === 'top' ? positivesOnTop(labeled, settings.cosent.margin ?? 0) : labeled;
  };

  const model = trainable(encoder, settings, workers);
  let progress = newProgress();
  let history: StepHistory | null = null;
  let bestWeights: Weights | null = null;
  let log: TrainingLog | null = null;
  const fingerprint =
    checkpointDirectory === undefined ? '' : runFingerprint(model, dataset, settings, validation);
  let keptBest: number | null = null;
  const keepBest = async (directory: string) => {
    const { best } = progress;
    if (best === null || bestWeights === null || best.step === keptBest) return;
    await saveBestModel(directory, model, progress, bestWeights);
    keptBest = best.step;
  };
  const checkpoint = async () => {
    if (checkpointDirectory === undefined || history === null) return;
    const path = await saveCheckpoint(
      checkpointDirectory,
      history,
      fingerprint,
      model,
      progress,
      bestWeights,
    );
    await keepBest(checkpointDirectory);
    onCheckpoint?.(path);
  };
  const evaluate = async () => {
    if (validation === undefined || validationTokens === undefined) return;
    const mrr = await validationMrr(model, validationTokens, validation);
    const best = progress.best === null || mrr > progress.best.mrr;
    const step = progress.steps.length;
    const record: EvaluationRecord = { step, epoch: step / stepsPerEpoch, mrr, best };
    progress.evaluations.push(record);
    progress.sinceBest = best ? 0 : progress.sinceBest + 1;
    if (best) {
      progress.best = record;
      bestWeights = await model.takeWeights();
    }
    if (progress.sinceBest >= settings.patience) progress.stopped = 'patience';
    await log?.evaluation(record);
    onEvaluation?.(record);
  };

  try {
    if (checkpointDirectory !== undefined) {
      const restored = await restoreCheckpoint(checkpointDirectory, fingerprint, model);
      ({ history, progress, bestWeights } = restored);
      keptBest = await bestModelStep(checkpointDirectory, progress);
      await keepBest(checkpointDirectory);
    }
    if (options.logDirectory !== undefined) log = await openTrainingLog(options.logDirectory, progress);
    if (progress.evaluations.length === 0) await evaluate();
    if (progress.stopped === null && progress.steps.length < totalSteps) await model.start();
    const meter = createProgressMeter(progress.steps.length, totalSteps);
    let order: Uint32Array = new Uint32Array(0);
    let orderedEpoch = -1;
    while (progress.stopped === null && progress.steps.length < totalSteps) {
      if (signal?.aborted) {
        await checkpoint();
        signal.throwIfAborted();
      }
      const step = progress.steps.length;
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== orderedEpoch) {
        order = epochOrder(index, settings.seed, epoch);
        orderedEpoch = epoch;
      }
      const first = (step % stepsPerEpoch) * settings.accumulationSteps;
      const batches = Array.from({ length: Math.min(settings.accumulationSteps, perEpoch - first) }, (_, i) =>
        labeledBatch(assembleBatch(dataset, index, order, { epoch, batch: first + i }, settings)),
      );
      const learningRate = learningRateAt(step, schedule);
      const firstBatch = epoch * perEpoch + first;
      const input = { queries, documents, batches, step, epoch, firstBatch, learningRate };
      const record = await namingTheStep(step, epoch, () => trainingStep(model, input, settings)).catch(
        async (error: unknown) => {
          // Nothing of the step is in the model: what was good so far need not be computed again.
          if (error instanceof NotFiniteError) await checkpoint();
          throw error;
        },
      );
      progress.steps.push(record);
      await log?.step(record);
      const pairs = batches.reduce((sum, batch) => sum + batch.pairs.query.length, 0);
      onStep?.(record, meter.advance(pairs));
      const done = progress.steps.length;
      if (done % evaluateEvery === 0 || done === totalSteps) {
        await evaluate();
        if (done === totalSteps && progress.stopped === null) progress.stopped = 'epochs';
        await checkpoint();
      } else if (done % checkpointEvery === 0) await checkpoint();
    }
    if (bestWeights !== null) await model.putWeights(bestWeights);
    return {
      steps: progress.steps,
      evaluations: progress.evaluations,
      best: progress.best,
      stopped: progress.stopped ?? 'epochs',
    };
  } finally {
    await model.close();
  }
};
