export type { SearchMode } from 'oasis-embed/retrieval';
export type { CountedName, DuplicatePlace, IndexedFunction } from './index-format.js';
export {
  hitRecord,
  type OpenSearchIndexOptions,
  openSearchIndex,
  QUESTION_LIMIT,
  type SearchFilters,
  type SearchHit,
  type SearchIndex,
  SearchInputError,
  type SearchOptions,
} from './search-index.js';
