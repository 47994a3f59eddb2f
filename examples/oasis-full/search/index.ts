export type { CountedName, IndexedFunction } from './index-format.js';
export {
  hitRecord,
  openSearchIndex,
  QUESTION_LIMIT,
  type SearchFilters,
  type SearchHit,
  type SearchIndex,
  SearchInputError,
  type SearchOptions,
} from './search-index.js';
