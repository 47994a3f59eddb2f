export type { LabeledPairs } from '../numerics/index.js';
export { type AdamW, type AdamWOptions, createAdamW } from './adam-w.js';
export { type AdamWOptimizer, adamWOptimizer } from './adam-w-optimizer.js';
export {
  BACKENDS,
  type BackendChoice,
  type BackendName,
  type BackendProbe,
  type BackendRequest,
  type PassedOver,
  selectBackend,
} from './backends.js';
export type { BatchLabels, PositiveLabels } from './batch-labels.js';
export type { OasisBatch } from './batches.js';
export type { CosentForm } from './cosent-form.js';
export {
  ENGINES,
  type EngineChoice,
  type EngineName,
  type EngineProbe,
  type EngineRequest,
  type PassedOverEngine,
  selectEngine,
} from './engines.js';
export { learningRateAt, type ScheduleOptions, type ScheduleShape } from './learning-rate.js';
export { checkDataset, type OasisDataset } from './oasis-dataset.js';
export type { TeacherVectors } from './teacher-vectors.js';
export { trainOasis } from './train-oasis.js';
export type { InfoNceForm, TrainingRun, TrainOasisOptions, ValidationSet } from './training-options.js';
export { formatProgress, type TrainingProgress } from './training-progress.js';
export type { EvaluationRecord, StepRecord } from './training-records.js';
export type { WorkerOptions } from './worker-options.js';
