export { sampleInRepoNegatives, streamInRepoNegatives } from './in-repo-negatives.js';
export type {
  NegativePairs,
  NegativeShortfall,
  NegativeStratum,
  SampledFunction,
  SampleInRepoNegativesOptions,
} from './sampled-function.js';
export {
  type CallGraphNode,
  callGraphStratum,
  type LexicalStratumOptions,
  lexicalStratum,
  pairedStratum,
  type TextIndex,
} from './strata.js';
