export type { IndexedPairs, LabeledPairs } from '../numerics/index.js';
export {
  type CachedBatch,
  type CachedGradients,
  type CachedGradientsOptions,
  cachedGradients,
} from './cached-gradients.js';
export type { Ids, Numbers, Temperature } from './checks.js';
export { type CosentNormalization, type CosentOptions, cosentLoss } from './cosent-loss.js';
export {
  CrossBatchMemory,
  type CrossBatchMemoryOptions,
  type CrossBatchMemoryState,
  type ExtendedDocuments,
  type ExtendedQueries,
} from './cross-batch-memory.js';
export { infoNceLoss } from './info-nce-loss.js';
export type {
  Direction,
  HardNegatives,
  HardnessMode,
  InfoNceOptions,
  NegativeGuide,
} from './info-nce-options.js';
export { type KlDivergenceOptions, klDivergenceLoss } from './kl-divergence-loss.js';
export {
  type LearnableTemperature,
  type LearnableTemperatureOptions,
  learnableTemperature,
} from './learnable-temperature.js';
export { type ListNetOptions, listNetLoss } from './list-net-loss.js';
export { type MarginMseOptions, marginMseLoss } from './margin-mse-loss.js';
export { type MatryoshkaOptions, matryoshkaLoss } from './matryoshka-loss.js';
export {
  type LabeledPairsLike,
  type OasisDiagnostics,
  type OasisLoss,
  type OasisOptions,
  oasisLoss,
} from './oasis-loss.js';
export { cosentDiagnostics, countOrderViolations, type OrderViolations } from './order-violations.js';
export {
  type CosentEmbeddingOptions,
  cosentEmbeddingLoss,
  pairwiseAngle,
  pairwiseCosine,
} from './pairwise-scores.js';
export type { Reduction } from './reduce-losses.js';
export type { IndexedPairsLike } from './relevance.js';
