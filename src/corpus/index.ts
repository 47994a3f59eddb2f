export { TextFile, type TextList, writeTextFile } from '../numerics/index.js';
export type { AnalyzeRepositoryOptions } from './analysis-options.js';
export { analyzeRepository } from './analyze-repository.js';
export { type CallContext, type CallContextOptions, callContext } from './calls/call-context.js';
export type { DocDefect } from './docs/doc-defect.js';
export type { DocKind } from './docs/doc-kind.js';
export { parseDoc } from './docs/structured/parse-doc.js';
export type {
  DocParameter,
  DocParts,
  DocRaise,
  DocReturn,
  DocStyle,
  StructuredDoc,
} from './docs/structured/structured-doc.js';
export {
  type TypedParameter,
  type TypedSignature,
  typedSignature,
} from './docs/structured/typed-signature.js';
export { summarizeDoc } from './docs/summarize-doc.js';
export {
  type AnalysisCache,
  type AnalysisCacheOptions,
  type CachedReading,
  createAnalysisCache,
} from './extraction/analysis-cache.js';
export type { FileReading } from './extraction/analyze-file.js';
export type { CallReference, CallTier, CodeFunction } from './extraction/code-function.js';
export type { Granularity, UnitKind } from './extraction/granularity.js';
export {
  type DroppedFunction,
  type DropReason,
  dropReason,
  type FilteredFunctions,
  filterFunctions,
} from './filters/filter-functions.js';
export type { FunctionFilterOptions } from './filters/filter-options.js';
export { FILTER_PRESETS, type FilterPreset } from './filters/filter-presets.js';
export { identifyLicense } from './licenses/identify-license.js';
export { repositoryLicense } from './licenses/repository-license.js';
export {
  type FindNearDuplicatesOptions,
  findNearDuplicates,
  type NearDuplicateRows,
} from './near-duplicates/find-near-duplicates.js';
export {
  type Contamination,
  type Deduplicated,
  decontaminate,
  dropNearDuplicates,
  type NearDuplicate,
  type NearDuplicateOptions,
} from './near-duplicates/near-duplicates.js';
export type {
  AnalysisProgress,
  CallEdge,
  RepositoryAnalysis,
  RepositorySummary,
} from './repository-analysis.js';
export type { LeftOut, LeftOutReason } from './sources/left-out.js';
export type { SourceEncoding } from './sources/read-source.js';
export type { UnreadLanguage } from './sources/unread-languages.js';
export { type RepositoryFile, type StreamRepositoryOptions, streamRepository } from './stream-repository.js';
