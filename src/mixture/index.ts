export { type BetaMixture, type FitBetaMixtureOptions, fitBetaMixture } from './beta-mixture.js';
export { type Bimodality, type BimodalityOptions, bimodality } from './bimodality.js';
export {
  type FitGaussianMixtureOptions,
  fitGaussianMixture,
  type GaussianMixture,
} from './gaussian-mixture.js';
export {
  type DegenerateReason,
  type IntersectionThreshold,
  type IntersectionThresholdOptions,
  intersectionThreshold,
} from './intersection-threshold.js';
export { componentDensity, type Mixture, type MixtureShape, mixtureDensity } from './mixture-density.js';
export type { MixtureParameters } from './mixture-start.js';
export { quantileOf } from './quantile-of.js';
export {
  mergeHistograms,
  ScoreHistogram,
  type ScoreHistogramData,
  type ScoreHistogramOptions,
  scoreHistogram,
} from './score-histogram.js';
export { ashmansD, valleyToPeak } from './separation.js';
