export type { Temperature } from './checks.js';
export { type CosentNormalization, type CosentOptions, cosentLoss } from './cosent-loss.js';
export { infoNceLoss } from './info-nce-loss.js';
export type { Direction, HardNegatives, InfoNceOptions, NegativeGuide } from './info-nce-options.js';
export {
  type LabeledPairs,
  type OasisDiagnostics,
  type OasisLoss,
  type OasisOptions,
  oasisLoss,
} from './oasis-loss.js';
export type { Reduction } from './reduce-losses.js';
export type { IndexedPairs } from './relevance.js';
