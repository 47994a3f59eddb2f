import type { FoundCall } from '../extraction/file-facts.js';
import type { IndexedFile } from './target.js';

/** The innermost declaration of a name around a call: a function, OPAQUE, or null for none. */
export const lookUpScope = (file: IndexedFile, call: FoundCall, name: string): number | null => {
  const { scopes } = file.facts;
  for (let at = call.scope; at >= 0; at = scopes[at]!.parent) {
    const found = scopes[at]!.names.get(name);
    if (found !== undefined) return found;
  }
  return null;
};
