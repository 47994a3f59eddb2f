export type { LabeledPairs } from '../numerics/index.js';
export { type AgreementJudgeOptions, type AgreementPool, agreementJudge } from './agreement-judge.js';
export { type ChatJudgeOptions, chatJudge } from './chat-judge.js';
export { type CloneJudgeOptions, cloneJudge } from './clone-judge.js';
export { type DetectionRates, detectionRates } from './detection-rates.js';
export { type EstimateJudgingOptions, estimateJudging, judgeRequests } from './estimate-judging.js';
export { type ExplainContext, explainPair } from './explain-pair.js';
export {
  type FindSuspectsOptions,
  findSuspects,
  NO_PAIR,
  SuspectRule,
  type SuspectRuleName,
  type SuspectStatistics,
  type Suspects,
  suspectRuleNames,
} from './find-suspects.js';
export {
  type GridPoint,
  type GridResult,
  type GridScore,
  type GridSearchOptions,
  gridSearch,
  type TuneDeltaSOptions,
  tuneDeltaS,
} from './grid-search.js';
export type { Judge, JudgeCase, JudgeOutcome, JudgeVerdict } from './judge.js';
export {
  type JudgeContext,
  type JudgeSuspectsOptions,
  judgeSuspects,
  type Verdicts,
} from './judge-suspects.js';
export {
  isFalseNegative,
  type OtherVersion,
  type PlantedFunction,
  type PlantedKind,
  type PlantedNegatives,
  type PlantNegativesOptions,
  plantedKinds,
  plantNegatives,
} from './plant-negatives.js';
export {
  type LabelRecord,
  type RaiseSimilaritiesOptions,
  type RefinedSimilarities,
  raiseSimilarities,
} from './raise-similarities.js';
export type { Renaming } from './renaming-form.js';
export type { TreeProximityOptions, TreeProximityStatistics } from './tree-proximity.js';
export { type TwinNegatives, type TwinNegativesOptions, twinNegatives } from './twin-negatives.js';
