import type { SearchEntry } from './search-entry.js';

/**
 * What a model reads of an entry: its name and path, what its author says, then its code. The beginning of a text counts most to
 * a model with a limit, and a bag of subtokens weighs what stands before the first bracket as a name.
 */
export const entryText = ({
  doc,
  path,
  qualifiedName,
  code,
}: Pick<SearchEntry, 'doc' | 'path' | 'qualifiedName' | 'code'>): string =>
  [qualifiedName, path, doc ?? '', code].filter((part) => part !== '').join('\n');
