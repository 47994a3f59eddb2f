export { abstentionAuc } from './abstention-auc.js';
export {
  type ComparedMean,
  type ComparedRun,
  type CompareRunsOptions,
  compareRuns,
  type NamedRun,
  type RunComparison,
  type RunDifference,
} from './compare-runs.js';
export {
  evaluateRun,
  type Qrels,
  type Run,
  type RunEvaluation,
} from './evaluate-run.js';
export type { EvaluateRunOptions, EvaluationProfile } from './evaluate-run-options.js';
export {
  FUSION_METHODS,
  type FuseRunsOptions,
  type FusionMethod,
  fuseRuns,
} from './fusion/fuse-runs.js';
export type { FusionNumbers } from './fusion/fusion-methods.js';
export { SCORE_NORMALIZATIONS, type ScoreNormalization } from './fusion/normalize-scores.js';
export { type Measure, measureRanks, parseMeasureName, perQueryMeasure } from './measure.js';
export type { MeanOptions } from './measures/values-per-query.js';
export { type PairedTTest, type PairedTTestOptions, pairedTTest } from './paired-t-test.js';
export {
  type AveragePrecisionOptions,
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
export type { RowProducts } from './ranks/product-tiles.js';
export {
  type RankCandidatesOptions,
  type RelevantRanksAmongOptions,
  rankCandidates,
  relevantRanksAmong,
} from './ranks/rank-candidates.js';
export type { RelevantRanks, RelevantRanksOptions, TiedGroups } from './ranks/ranked-relevant.js';
export type { Relevance, RelevancePairs } from './ranks/relevance.js';
export { relevantRanks } from './ranks/relevant-ranks.js';
export {
  type RankingSize,
  type RelevantRanksByBlocksOptions,
  relevantRanksBy,
  relevantRanksByBlocks,
} from './ranks/relevant-ranks-by.js';
export {
  type RelevantRanksByProductsOptions,
  relevantRanksByProducts,
} from './ranks/relevant-ranks-by-products.js';
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
export type { TieRule } from './ranks/tie-rule.js';
export type { VectorFile, Vectors } from './ranks/vector-rows.js';
export { type RerankRunOptions, rerankRun } from './rerank-run.js';
export type { ScoresById } from './scores-by-id.js';
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
  type ParseQrelsOptions,
  type ParseTrecOptions,
  parseQrels,
  parseTrecRun,
  type ReadQrelsOptions,
  readQrels,
  readTrecRun,
  type TrecTable,
  writeQrels,
  writeTrecRun,
} from './trec-files.js';
export { decodeTrecId, encodeTrecId } from './trec-ids.js';
