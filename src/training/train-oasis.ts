import { type Encoder, encodeTokens, type TokenizedTexts } from '../encoders/index.js';
import { meanReciprocalRank, relevantRanks } from '../metrics/index.js';
import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import { ADAM_W_OPTIONS, type AdamWOptions, createAdamW } from './adam-w.js';
import { type GradientSource, localGradients } from './batch-gradients.js';
import { labelWholeBatch, positivesOnTop } from './batch-labels.js';
import { batchTokens } from './batch-tokens.js';
import { assembleBatch, batchesPerEpoch, epochOrder, indexPairs, type OasisBatch } from './batches.js';
import {
  bestModelStep,
  newProgress,
  putWeights,
  restoreCheckpoint,
  runFingerprint,
  saveBestModel,
  saveCheckpoint,
  takeWeights,
  type Weights,
} from './checkpoint.js';
import { startWorkers } from './data-parallel.js';
import { learningRateAt } from './learning-rate.js';
import { checkDataset, type OasisDataset } from './oasis-dataset.js';
import type { StepHistory } from './step-history.js';
import { checkTeacher } from './teacher-vectors.js';
import { openTrainingLog, type TrainingLog } from './training-log.js';
import {
  checkEncoder,
  checkedCheckpointEvery,
  checkedSettings,
  checkValidation,
  type TrainingRun,
  type TrainOasisOptions,
  type ValidationSet,
} from './training-options.js';
import { createProgressMeter } from './training-progress.js';
import type { EvaluationRecord } from './training-records.js';
import { trainingStep } from './training-step.js';
import { checkedWorkers } from './worker-options.js';

/** Mean reciprocal rank (cutoff 1,000) of the encoder as it stands. */
const validationMrr = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  tokens: { readonly queries: Tokens; readonly documents: Tokens },
  { relevant }: ValidationSet,
): Promise<number> => {
  const queries = await encodeTokens(encoder, tokens.queries, 'query');
  const documents = await encodeTokens(encoder, tokens.documents, 'document');
  return meanReciprocalRank(relevantRanks(queries, documents, relevant), { cutoff: 1000 });
};

/** A backend or an encoder that fails says nothing of where it was. */
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
 * @param encoder Changed in place.
 * @returns Every step with each loss term, every evaluation, the best one, and why training ended.
 * @throws {RangeError} When the dataset, the validation set or an option is unusable; before any work.
 * @throws Error naming step and term when a loss or gradient is not finite, naming the step when the encoder or its
 * backend fails, or when the checkpoint is of another run. The last checkpoint stays as it was.
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
  encoder: Encoder<Tokens>,
  dataset: OasisDataset,
  options: TrainOasisOptions = {},
): Promise<TrainingRun> => {
  checkOptions('trainOasis', options, TRAIN_OASIS_OPTIONS);
  const settings = checkedSettings(options);
  const workers = checkedWorkers(options.workers);
  const checkpointEvery = checkedCheckpointEvery(options);
  const { validation, checkpointDirectory, signal, onStep, onEvaluation, onCheckpoint } = options;
  checkEncoder(encoder);
  checkDataset(dataset);
  if (validation !== undefined) checkValidation(validation);
  const { teacher } = dataset;
  if (settings.labels === 'batch')
    checkTeacher(teacher, { queries: dataset.queries.length, documents: dataset.documents.length });

  const queries = batchTokens(encoder, dataset.queries, 'query');
  const documents = batchTokens(encoder, dataset.documents, 'document');
  const validationTokens = validation && {
    queries: encoder.tokenize(validation.queries, 'query'),
    documents: encoder.tokenize(validation.documents, 'document'),
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

  const optimizer = createAdamW(encoder.variables, pickOptions<AdamWOptions>(settings, ADAM_W_OPTIONS));
  let progress = newProgress();
  let history: StepHistory | null = null;
  let bestWeights: Weights | null = null;
  let log: TrainingLog | null = null;
  let source: GradientSource<Tokens> | null = null;
  const fingerprint =
    checkpointDirectory === undefined ? '' : runFingerprint(encoder, dataset, settings, validation);
  let keptBest: number | null = null;
  const keepBest = async (directory: string) => {
    const { best } = progress;
    if (best === null || bestWeights === null || best.step === keptBest) return;
    await saveBestModel(directory, encoder, progress, bestWeights);
    keptBest = best.step;
  };
  const checkpoint = async () => {
    if (checkpointDirectory === undefined || history === null) return;
    const path = await saveCheckpoint(
      checkpointDirectory,
      history,
      fingerprint,
      encoder,
      optimizer,
      progress,
      bestWeights,
    );
    await keepBest(checkpointDirectory);
    onCheckpoint?.(path);
  };
  const evaluate = async () => {
    if (validation === undefined || validationTokens === undefined) return;
    const mrr = await validationMrr(encoder, validationTokens, validation);
    const best = progress.best === null || mrr > progress.best.mrr;
    const step = progress.steps.length;
    const record: EvaluationRecord = { step, epoch: step / stepsPerEpoch, mrr, best };
    progress.evaluations.push(record);
    progress.sinceBest = best ? 0 : progress.sinceBest + 1;
    if (best) {
      progress.best = record;
      bestWeights = await takeWeights(encoder);
    }
    if (progress.sinceBest >= settings.patience) progress.stopped = 'patience';
    await log?.evaluation(record);
    onEvaluation?.(record);
  };

  try {
    if (checkpointDirectory !== undefined) {
      const restored = await restoreCheckpoint(checkpointDirectory, fingerprint, encoder, optimizer);
      ({ history, progress, bestWeights } = restored);
      keptBest = await bestModelStep(checkpointDirectory, progress);
      await keepBest(checkpointDirectory);
    }
    if (options.logDirectory !== undefined) log = await openTrainingLog(options.logDirectory, progress);
    if (progress.evaluations.length === 0) await evaluate();
    const unfinished = progress.stopped === null && progress.steps.length < totalSteps;
    source =
      workers === null || !unfinished
        ? localGradients(encoder, settings)
        : await startWorkers(encoder, settings, workers);
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
      const record = await namingTheStep(step, epoch, () =>
        trainingStep(encoder, optimizer, source!, input, settings),
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
    if (bestWeights !== null) putWeights(encoder, bestWeights);
    return {
      steps: progress.steps,
      evaluations: progress.evaluations,
      best: progress.best,
      stopped: progress.stopped ?? 'epochs',
    };
  } finally {
    await source?.close();
    optimizer.dispose();
  }
};
