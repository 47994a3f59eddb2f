export type { Bm25fData, Bm25fField, Bm25fOptions } from './bm25f-data.js';
export { Bm25fBuilder, Bm25fIndex } from './bm25f-index.js';
export { codeTerms } from './code-terms.js';
export { HybridIndex, HybridIndexBuilder, type HybridIndexData } from './hybrid-index.js';
export { type PathRole, pathRole } from './path-signals.js';
export type { RankedFile } from './rank-entries.js';
export {
  type RankEvidence,
  type RankedEntry,
  type RankOptions,
  SEARCH_MODES,
  SEARCH_UNITS,
  type SearchMode,
  type SearchUnit,
} from './rank-options.js';
export type { ReadQuestion } from './read-question.js';
export type { EntryRole, RetrievalEntry } from './retrieval-entry.js';
export type { TermRelatives } from './term-relatives.js';
