export {
  type EvaluateRunOptions,
  evaluateRun,
  type Qrels,
  type Run,
  type RunEvaluation,
  type ScoresById,
} from './evaluate-run.js';
export type { EvaluationProfile } from './evaluation-profile.js';
export { type Measure, measureRanks, parseMeasureName, perQueryMeasure } from './measure.js';
export {
  type AveragePrecisionOptions,
  type MeanOptions,
  meanAveragePrecision,
  meanReciprocalRank,
  type NdcgOptions,
  ndcg,
  precisionAtK,
  type ReciprocalRankOptions,
  recallAtK,
  rPrecision,
  successAtK,
} from './rank-measures.js';
export {
  type NearestDocuments,
  type NearestDocumentsOptions,
  nearestDocuments,
} from './ranks/nearest-documents.js';
export type { Relevance, RelevancePairs } from './ranks/relevance.js';
export {
  type RelevantRanks,
  type RelevantRanksOptions,
  relevantRanks,
  type TieRule,
} from './ranks/relevant-ranks.js';
export {
  type RankingSize,
  type RelevantRanksByBlocksOptions,
  relevantRanksBy,
  relevantRanksByBlocks,
} from './ranks/relevant-ranks-by.js';
export {
  type RelevantRanksByTilesOptions,
  relevantRanksByTiles,
  relevantRanksOnBackend,
  type ScoreTiles,
} from './ranks/relevant-ranks-by-tiles.js';
export {
  type RelevantRanksInThreadsOptions,
  relevantRanksInThreads,
} from './ranks/relevant-ranks-in-threads.js';
export {
  type DocumentBlock,
  type RelevantRanksOverDocumentsOptions,
  relevantRanksOverDocuments,
} from './ranks/relevant-ranks-over-documents.js';
export type { VectorFile, Vectors } from './ranks/vector-rows.js';
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  bootstrapIntervals,
  holmCorrection,
  pairedRandomizationTest,
  type RandomizationTest,
  type RandomizationTestOptions,
} from './significance.js';
export {
  type FormatTrecRunOptions,
  formatQrels,
  formatTrecRun,
  type ParseTrecOptions,
  parseQrels,
  parseTrecRun,
  readQrels,
  readTrecRun,
  type TrecTable,
  writeQrels,
  writeTrecRun,
} from './trec-files.js';
