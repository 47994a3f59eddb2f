export type { DenseMatrix, IndexedPairs, LabeledPairs } from '../../numerics/index.js';
export {
  type CosentEmbeddingHostOptions,
  type CosentHostOptions,
  cosentEmbeddingValueAndGradients,
  cosentValueAndGradients,
} from './cosent.js';
export type { HostOptions } from './host-options.js';
export { type InfoNceGradients, type InfoNceHostOptions, infoNceValueAndGradients } from './info-nce.js';
export { klDivergenceValueAndGradients } from './kl-divergence.js';
export { type ListNetHostOptions, listNetValueAndGradients } from './list-net.js';
export { marginMseValueAndGradients } from './margin-mse.js';
export { matryoshkaValueAndGradients } from './matryoshka.js';
export { type OasisHostOptions, type OasisValueAndGradients, oasisValueAndGradients } from './oasis.js';
export type { PairScore } from './pairwise-scores.js';
export type { ValueAndGradients } from './value-and-gradients.js';
