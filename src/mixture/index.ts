export { type BetaMixture, type FitBetaMixtureOptions, fitBetaMixture } from './beta-mixture.js';
export { ashmansD, type Bimodality, type BimodalityOptions, bimodality, valleyToPeak } from './bimodality.js';
export {
  type FitGaussianMixtureOptions,
  fitGaussianMixture,
  type GaussianMixture,
} from './gaussian-mixture.js';
export {
  type DegenerateReason,
  type IntersectionThreshold,
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
