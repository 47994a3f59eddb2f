export {
  type NegativePairs,
  type NegativeShortfall,
  type NegativeStratum,
  type SampledFunction,
  type SampleInRepoNegativesOptions,
  sampleInRepoNegatives,
} from './in-repo-negatives.js';
