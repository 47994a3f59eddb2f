import type { Encoder } from '../encoders/index.js';
import type { InfoNceOptions } from '../losses/index.js';
import type { Relevance } from '../metrics/index.js';
import { checkWholeNumber } from '../numerics/index.js';
import type { DropoutRate } from '../onnx/index.js';
import { type BatchLabels, checkBatchLabels, type PositiveLabels } from './batch-labels.js';
import { type CosentForm, checkCosentForm } from './cosent-form.js';
import type { ScheduleShape } from './learning-rate.js';
import type { TrainingProgress } from './training-progress.js';
import type { EvaluationRecord, StepRecord } from './training-records.js';
import type { WorkerOptions } from './worker-options.js';

/** Held-out queries that decide when training stops and which weights are kept. */
export interface ValidationSet {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Which documents answer which query: pairs of rows, or one document row per query. */
  readonly relevant: Relevance;
}

/** The options of the InfoNCE term that training may set. */
export type InfoNceForm = Pick<
  InfoNceOptions,
  'directions' | 'partition' | 'hardnessWeighting' | 'hardnessPenalty' | 'multiplePositives'
>;

/** How `trainOasis` trains: losses, batches, optimizer, validation, checkpoints. */
export interface TrainOasisOptions {
  /** Of the two terms, as published. @defaultValue { infoNce: 0.98, cosent: 0.02 } */
  readonly weights?: { readonly infoNce: number; readonly cosent: number };
  /** @defaultValue 0.05 */
  readonly temperature?: number;
  /**
   * The form of the InfoNCE term; the one of the released training code is `{ directions: 'all', hardnessWeighting: 1 }`.
   * @defaultValue the paper's form
   */
  readonly infoNce?: InfoNceForm;
  /** The form of the CoSENT term. @defaultValue the paper's form */
  readonly cosent?: CosentForm;
  /**
   * Which pairs of a batch CoSENT orders: those of the dataset alone, or every query with every document. The others are
   * then labeled by the dataset's `teacher`, a dot product each. @defaultValue 'sampled'
   */
  readonly labels?: BatchLabels;
  /** Whether CoSENT puts positives where their label says, or on top of all others. @defaultValue 'label' */
  readonly positiveLabels?: PositiveLabels;
  /** Queries per batch; each brings its positives and negatives along. @defaultValue 64 */
  readonly batchQueries?: number;
  /**
   * Maximum positives per query, drawn anew in each epoch. Thousands of functions may share one docstring, more than fit
   * in a batch. @defaultValue 64
   */
  readonly positivesPerQuery?: number;
  /** At most this many negatives per query, drawn anew in each epoch if it has more. @defaultValue 8 */
  readonly negativesPerQuery?: number;
  /** @defaultValue 10 */
  readonly epochs?: number;
  /** The peak. @defaultValue 0.001 */
  readonly learningRate?: number;
  /** Decoupled, on variables of rank 2 and more. @defaultValue 0.01 */
  readonly weightDecay?: number;
  /** Steps of linear warm-up. @defaultValue a twentieth of all steps */
  readonly warmUpSteps?: number;
  /** @defaultValue 'linear' */
  readonly schedule?: ScheduleShape;
  /** AdamW's ε; 0.001 in the released training code. @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** The largest global norm of the gradients. @defaultValue 1 */
  readonly clipNorm?: number;
  /** Batches per step, whose gradients are averaged. Each batch has its own in-batch negatives. @defaultValue 1 */
  readonly accumulationSteps?: number;
  /**
   * Texts that are differentiated at a time (GradCache): the gradients of the whole batch in the memory of a chunk, for
   * a second forward pass. @defaultValue null, the whole batch at once
   */
  readonly chunkSize?: number | null;
  /**
   * The share of numbers that a pretrained transformer drops in training, or `'config'` for the rates of its config.json: of
   * an `OnnxTrainer`, in the place of its own. Encoders on TensorFlow.js drop nothing of the kind. @defaultValue the trainer's
   * own, 0 unless it says otherwise
   */
  readonly dropout?: DropoutRate;
  /**
   * What tensors are computed in. TensorFlow.js has no 16-bit floats on any backend, so only float32 is
   * accepted. @defaultValue 'float32'
   */
  readonly precision?: 'float32';
  /**
   * Worker threads that share each batch, each with its own backend and copy of the encoder; the loss is that of the whole
   * batch. Useful on the wasm backend, which has one thread. ONNX Runtime has threads of its own. @defaultValue none
   */
  readonly workers?: number | WorkerOptions;
  /** Of the order, the drawn negatives and the encoder's noise. @defaultValue 0 */
  readonly seed?: number;
  readonly validation?: ValidationSet;
  /** Steps between evaluations. @defaultValue one epoch */
  readonly evaluateEvery?: number;
  /** Evaluations without a better MRR before training stops. @defaultValue 3 */
  readonly patience?: number;
  /** Where checkpoints are kept. A run that finds its own checkpoint here resumes from it. */
  readonly checkpointDirectory?: string;
  /** Steps between checkpoints, in addition to those after each evaluation. @defaultValue 1000 */
  readonly checkpointEvery?: number;
  /** Where metrics.jsonl and a TensorBoard event file are written: every step, every evaluation. */
  readonly logDirectory?: string;
  readonly onStep?: (record: StepRecord, progress: TrainingProgress) => void;
  readonly onEvaluation?: (record: EvaluationRecord) => void;
  /** Called when a checkpoint has been written. */
  readonly onCheckpoint?: (path: string) => void;
  /** Stops after the step in progress, with a checkpoint if there is a place for one. */
  readonly signal?: AbortSignal;
}

/** The result of training. The encoder itself holds the best weights. */
export interface TrainingRun {
  readonly steps: readonly StepRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  /** The evaluation whose weights were kept, or null without validation. */
  readonly best: EvaluationRecord | null;
  readonly stopped: 'epochs' | 'patience';
}

/** Options with their defaults, without what is not a setting. */
export interface TrainingSettings {
  readonly weights: { readonly infoNce: number; readonly cosent: number };
  readonly temperature: number;
  readonly infoNce: InfoNceForm;
  readonly cosent: CosentForm;
  readonly labels: BatchLabels;
  readonly positiveLabels: PositiveLabels;
  readonly batchQueries: number;
  readonly positivesPerQuery: number;
  readonly negativesPerQuery: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly warmUpSteps: number | null;
  readonly schedule: ScheduleShape;
  readonly epsilon: number;
  readonly clipNorm: number;
  readonly accumulationSteps: number;
  readonly chunkSize: number | null;
  /** Absent where nothing was asked for: a checkpoint of before there was any is still one of the same run. */
  readonly dropout?: DropoutRate;
  readonly seed: number;
  readonly evaluateEvery: number | null;
  readonly patience: number;
}

const SHAPES: readonly string[] = ['constant', 'linear', 'cosine'];

const checkPositive = (name: string, value: number) => {
  if (!(Number.isFinite(value) && value > 0))
    throw new RangeError(`${name} must be above 0, received ${value}`);
};

const checkNotNegative = (name: string, value: number) => {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name} must be at least 0, received ${value}`);
  }
};

/** Fills in the defaults. @throws {RangeError} Naming an option that is out of its range. */
export const checkedSettings = (options: TrainOasisOptions): TrainingSettings => {
  const settings: TrainingSettings = {
    weights: options.weights ?? { infoNce: 0.98, cosent: 0.02 },
    temperature: options.temperature ?? 0.05,
    infoNce: options.infoNce ?? {},
    cosent: options.cosent ?? {},
    labels: options.labels ?? 'sampled',
    positiveLabels: options.positiveLabels ?? 'label',
    batchQueries: options.batchQueries ?? 64,
    positivesPerQuery: options.positivesPerQuery ?? 64,
    negativesPerQuery: options.negativesPerQuery ?? 8,
    epochs: options.epochs ?? 10,
    learningRate: options.learningRate ?? 0.001,
    weightDecay: options.weightDecay ?? 0.01,
    warmUpSteps: options.warmUpSteps ?? null,
    schedule: options.schedule ?? 'linear',
    epsilon: options.epsilon ?? 1e-8,
    clipNorm: options.clipNorm ?? 1,
    accumulationSteps: options.accumulationSteps ?? 1,
    chunkSize: options.chunkSize ?? null,
    ...(options.dropout === undefined ? {} : { dropout: options.dropout }),
    seed: options.seed ?? 0,
    evaluateEvery: options.evaluateEvery ?? null,
    patience: options.patience ?? 3,
  };
  checkNotNegative('weights.infoNce', settings.weights.infoNce);
  checkNotNegative('weights.cosent', settings.weights.cosent);
  checkPositive('the sum of weights', settings.weights.infoNce + settings.weights.cosent);
  for (const name of ['temperature', 'learningRate', 'clipNorm', 'epsilon'] as const)
    checkPositive(name, settings[name]);
  checkCosentForm(settings.cosent);
  checkBatchLabels(settings);
  const { dropout = 0 } = settings;
  if (dropout !== 'config' && !(dropout >= 0 && dropout < 1))
    throw new RangeError(`dropout must be config, or from 0 to below 1, received ${dropout}`);
  const precision: string = options.precision ?? 'float32';
  if (precision !== 'float32') {
    throw new RangeError(
      `precision must be float32, received ${precision}: TensorFlow.js has no 16-bit floats on any backend`,
    );
  }
  checkNotNegative('weightDecay', settings.weightDecay);
  checkWholeNumber('batchQueries', settings.batchQueries, 1);
  checkWholeNumber('positivesPerQuery', settings.positivesPerQuery, 1);
  checkWholeNumber('negativesPerQuery', settings.negativesPerQuery, 0);
  checkWholeNumber('epochs', settings.epochs, 1);
  checkWholeNumber('accumulationSteps', settings.accumulationSteps, 1);
  if (settings.chunkSize !== null) checkWholeNumber('chunkSize', settings.chunkSize, 1);
  checkWholeNumber('patience', settings.patience, 1);
  if (settings.warmUpSteps !== null) checkWholeNumber('warmUpSteps', settings.warmUpSteps, 0);
  if (settings.evaluateEvery !== null) checkWholeNumber('evaluateEvery', settings.evaluateEvery, 1);
  if (!Number.isSafeInteger(settings.seed)) {
    throw new RangeError(`seed must be a safe integer, received ${settings.seed}`);
  }
  if (!SHAPES.includes(settings.schedule)) {
    throw new RangeError(`schedule must be one of ${SHAPES.join(', ')}, received ${settings.schedule}`);
  }
  return settings;
};

/** Not among the settings: a run is the same however often it is kept. @throws {RangeError} When out of its range. */
export const checkedCheckpointEvery = ({ checkpointEvery = 1000 }: TrainOasisOptions): number => {
  checkWholeNumber('checkpointEvery', checkpointEvery, 1);
  return checkpointEvery;
};

/** @throws {RangeError} When a validation set is empty. */
export const checkValidation = ({ queries, documents }: ValidationSet): void => {
  if (queries.length === 0) throw new RangeError('validation.queries must not be empty');
  if (documents.length === 0) throw new RangeError('validation.documents must not be empty');
};

/** @throws {Error} When there is nothing to train. */
export const checkVariables = (encoder: Pick<Encoder, 'kind' | 'variables'>): void => {
  if (encoder.variables.length === 0)
    throw new Error(`the ${encoder.kind} encoder has no variables to train`);
};
