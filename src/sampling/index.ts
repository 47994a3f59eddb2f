export {
  type NegativePairs,
  type NegativeShortfall,
  type NegativeStratum,
  type SampledFunction,
  type SampleInRepoNegativesOptions,
  sampleInRepoNegatives,
} from './in-repo-negatives.js';
export {
  type CallGraphNode,
  callGraphStratum,
  type LexicalStratumOptions,
  lexicalStratum,
  pairedStratum,
  type TextIndex,
} from './strata.js';
