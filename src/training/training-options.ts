import type { Encoder } from '../encoders/index.js';
import type { Relevance } from '../metrics/index.js';
import type { ScheduleShape } from './learning-rate.js';

/** Held-out queries that decide when to stop and which weights to keep. */
export interface ValidationSet {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Which documents answer which query: pairs of rows, or one document row per query. */
  readonly relevant: Relevance;
}

/** One optimizer step. */
export interface StepRecord {
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly infoNce: number;
  readonly cosent: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

/** One look at the validation set. */
export interface EvaluationRecord {
  /** Steps done before it: 0 is the untrained encoder. */
  readonly step: number;
  readonly epoch: number;
  /** Mean reciprocal rank with a cutoff at 1,000. */
  readonly mrr: number;
  readonly best: boolean;
}

export interface TrainOasisOptions {
  /** Of the two terms, as published. @defaultValue { infoNce: 0.98, cosent: 0.02 } */
  readonly weights?: { readonly infoNce: number; readonly cosent: number };
  /** @defaultValue 0.05 */
  readonly temperature?: number;
  /** Queries a batch; each brings its positives and negatives along. @defaultValue 64 */
  readonly batchQueries?: number;
  /** Negatives a query brings, at most; drawn anew in each epoch when it has more. @defaultValue 8 */
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
  /** The largest global norm of the gradients. @defaultValue 1 */
  readonly clipNorm?: number;
  /** Of the order, the drawn negatives and the encoder's noise. @defaultValue 0 */
  readonly seed?: number;
  readonly validation?: ValidationSet;
  /** Steps between evaluations. @defaultValue one epoch */
  readonly evaluateEvery?: number;
  /** Evaluations without a better MRR before training stops. @defaultValue 3 */
  readonly patience?: number;
  /** Where progress is kept: a run that finds its own checkpoint here goes on from it. */
  readonly checkpointDirectory?: string;
  readonly onStep?: (record: StepRecord) => void;
  readonly onEvaluation?: (record: EvaluationRecord) => void;
  /** Stops after the step in progress, with a checkpoint if there is a place for one. */
  readonly signal?: AbortSignal;
}

/** What a training came to. The encoder itself holds the best weights. */
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
  readonly batchQueries: number;
  readonly negativesPerQuery: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly warmUpSteps: number | null;
  readonly schedule: ScheduleShape;
  readonly clipNorm: number;
  readonly seed: number;
  readonly evaluateEvery: number | null;
  readonly patience: number;
}

const SHAPES: readonly string[] = ['constant', 'linear', 'cosine'];

const checkCount = (name: string, value: number, least: number) => {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, received ${value}`);
  }
};

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
    batchQueries: options.batchQueries ?? 64,
    negativesPerQuery: options.negativesPerQuery ?? 8,
    epochs: options.epochs ?? 10,
    learningRate: options.learningRate ?? 0.001,
    weightDecay: options.weightDecay ?? 0.01,
    warmUpSteps: options.warmUpSteps ?? null,
    schedule: options.schedule ?? 'linear',
    clipNorm: options.clipNorm ?? 1,
    seed: options.seed ?? 0,
    evaluateEvery: options.evaluateEvery ?? null,
    patience: options.patience ?? 3,
  };
  checkNotNegative('weights.infoNce', settings.weights.infoNce);
  checkNotNegative('weights.cosent', settings.weights.cosent);
  checkPositive('the sum of weights', settings.weights.infoNce + settings.weights.cosent);
  for (const name of ['temperature', 'learningRate', 'clipNorm'] as const)
    checkPositive(name, settings[name]);
  checkNotNegative('weightDecay', settings.weightDecay);
  checkCount('batchQueries', settings.batchQueries, 1);
  checkCount('negativesPerQuery', settings.negativesPerQuery, 0);
  checkCount('epochs', settings.epochs, 1);
  checkCount('patience', settings.patience, 1);
  if (settings.warmUpSteps !== null) checkCount('warmUpSteps', settings.warmUpSteps, 0);
  if (settings.evaluateEvery !== null) checkCount('evaluateEvery', settings.evaluateEvery, 1);
  if (!Number.isSafeInteger(settings.seed)) {
    throw new RangeError(`seed must be a safe integer, received ${settings.seed}`);
  }
  if (!SHAPES.includes(settings.schedule)) {
    throw new RangeError(`schedule must be one of ${SHAPES.join(', ')}, received ${settings.schedule}`);
  }
  return settings;
};

/** @throws {RangeError} When a validation set is empty. */
export const checkValidation = ({ queries, documents }: ValidationSet): void => {
  if (queries.length === 0) throw new RangeError('validation.queries must not be empty');
  if (documents.length === 0) throw new RangeError('validation.documents must not be empty');
};

/** @throws {Error} When there is nothing to train. */
export const checkEncoder = (encoder: Encoder): void => {
  if (encoder.variables.length === 0)
    throw new Error(`the ${encoder.kind} encoder has no variables to train`);
};
