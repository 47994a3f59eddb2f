export { type LoadBeirOptions, loadBeir } from './beir.js';
export { type Bm25Hit, Bm25Index } from './bm25-index.js';
export type { Bm25Options } from './bm25-weights.js';
export {
  CODE_SEARCH_NET_LANGUAGES,
  type CodeSearchNetLanguage,
  type LoadCosqaOptions,
  loadAdvTest,
  loadCodeSearchNet,
  loadCosqa,
} from './code-search-tasks.js';
export { type LoadCodeToCodeOptions, loadCodeToCode } from './code-to-code.js';
export { CODE_TO_CODE_LANGUAGES, type CodeToCodeLanguage } from './code-to-code-languages.js';
export {
  formatCodeXGluePredictions,
  type PredictionKey,
  type RankedAnswers,
  readCodeXGluePredictions,
  writeCodeXGluePredictions,
} from './code-x-glue-predictions.js';
export {
  type CollectedOasisPairs,
  type CollectOasisPairsOptions,
  collectOasisPairs,
} from './collect-oasis-pairs.js';
export { type EvaluateBm25Options, evaluateBm25 } from './evaluate-bm25.js';
export { type EvaluateCandidatesOptions, evaluateCandidates } from './evaluate-candidates.js';
export {
  type ClassifyPairsOptions,
  classifyPairs,
  type EvaluatePairsOptions,
  evaluatePairs,
  type PairEvaluation,
} from './evaluate-pairs.js';
export {
  type EvaluateTaskOptions,
  evaluateTask,
  type RankedTexts,
  type TextEncoder,
} from './evaluate-task.js';
export { MissingDataError } from './files/json-lines.js';
export { hardQueries } from './hard-queries.js';
export { subsetsBelow } from './hub-layout.js';
export {
  findHubTask,
  HUB_TASKS,
  type HubBenchmark,
  type HubTask,
  hasHubTask,
  hubTaskFolder,
  hubTaskName,
  type LoadHubTaskOptions,
  loadHubTask,
} from './hub-tasks.js';
export { type LoadIssueToFunctionOptions, loadIssueToFunction } from './issue-to-function.js';
export { joinEvaluations } from './join-evaluations.js';
export type { LabelList, TextName } from './label-list.js';
export { LIBRARY_CODE_SETS, type LibraryCodeSet, loadLibraryCode } from './library-code.js';
export { type MtebResult, type MtebResultOptions, type MtebSubset, mtebResult } from './mteb-result.js';
export { type OasisPair, readOasisPairs } from './oasis-pairs.js';
export { loadPoj104 } from './poj-104.js';
export { PUBLISHED_RESULTS, type PublishedResults } from './published-results.js';
export type { QueryConfidence } from './query-confidence.js';
export type { Candidates } from './resolve-candidates.js';
export { resolveRelevance } from './resolve-relevance.js';
export type { MissedDocument, ResolvedRelevance, RetrievalTask, RetrievalText } from './retrieval-task.js';
export type { TaskEvaluation } from './summarize-task.js';
export type { TextLabel } from './text-label.js';
export { type JudgedPair, loadWebQuery } from './web-query.js';
export { type WriteBeirOptions, writeBeir } from './write-beir.js';
