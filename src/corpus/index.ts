export { TextFile, type TextList, writeTextFile } from '../numerics/index.js';
export {
  type AnalysisCache,
  type AnalysisCacheOptions,
  type CachedReading,
  createAnalysisCache,
} from './analysis-cache.js';
export type { FileReading } from './analyze-file.js';
export {
  type AnalysisProgress,
  type AnalyzeRepositoryOptions,
  analyzeRepository,
  type CallEdge,
  type RepositoryAnalysis,
} from './analyze-repository.js';
export { type CallContext, type CallContextOptions, callContext } from './call-context.js';
export type { CallReference, CallTier, CodeFunction } from './code-function.js';
export {
  type DroppedFunction,
  type DropReason,
  dropReason,
  type FilteredFunctions,
  type FunctionFilterOptions,
  filterFunctions,
} from './filter-functions.js';
export { FILTER_PRESETS, type FilterPreset } from './filter-presets.js';
export {
  type FindNearDuplicatesOptions,
  findNearDuplicates,
  type NearDuplicateRows,
} from './find-near-duplicates.js';
export type { Granularity, UnitKind } from './granularity.js';
export type { LeftOut, LeftOutReason } from './left-out.js';
export {
  type Contamination,
  type Deduplicated,
  decontaminate,
  dropNearDuplicates,
  type NearDuplicate,
  type NearDuplicateOptions,
} from './near-duplicates.js';
export type { SourceEncoding } from './read-source.js';
export { summarizeDoc } from './summarize-doc.js';
