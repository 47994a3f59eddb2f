import type { SearchEntry } from './search-entry.js';

/**
 * What a model reads of an entry: what its author says, its name, then its code. The beginning of a text counts most to a
 * model with a limit, and prose is what questions are made of.
 */
export const entryText = ({
  doc,
  qualifiedName,
  code,
}: Pick<SearchEntry, 'doc' | 'qualifiedName' | 'code'>): string =>
  [doc ?? '', qualifiedName, code].filter((part) => part !== '').join('\n');
