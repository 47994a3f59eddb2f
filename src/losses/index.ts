export type { IndexedPairs, LabeledPairs } from '../numerics/index.js';
export {
  type CachedBatch,
  type CachedGradients,
  type CachedGradientsOptions,
  cachedGradients,
} from './cached-gradients.js';
export type { Ids, Numbers, Temperature } from './checks.js';
export { cosentLoss } from './cosent-loss.js';
export type { CosentNormalization, CosentOptions } from './cosent-options.js';
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
export { klDivergenceLoss } from './kl-divergence-loss.js';
export type { KlDivergenceOptions } from './kl-divergence-options.js';
export {
  type LearnableTemperature,
  type LearnableTemperatureOptions,
  learnableTemperature,
} from './learnable-temperature.js';
export { listNetLoss } from './list-net-loss.js';
export type { ListNetOptions } from './list-net-options.js';
export { marginMseLoss } from './margin-mse-loss.js';
export type { MarginMseOptions } from './margin-mse-options.js';
export { matryoshkaLoss } from './matryoshka-loss.js';
export type { MatryoshkaOptions } from './matryoshka-options.js';
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
