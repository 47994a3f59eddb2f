import { type FlatTree, flattenTree } from 'oasis-embed/ast';
import { loadLanguage } from 'oasis-embed/syntax';
import type { StoredFunction } from '../corpus/stored-function.js';

/** The trees of codes, parsed as lone functions; null where one does not parse. */
export const parseTrees = async (
  functions: readonly StoredFunction[],
  onProgress: (done: number) => void,
): Promise<(FlatTree | null)[]> => {
  const trees: (FlatTree | null)[] = [];
  for (const fn of functions) {
    const parser = await loadLanguage(fn.language);
    trees.push(
      parser.withSnippet(fn.code, (cursor, { hasError }) => (hasError ? null : flattenTree(cursor))),
    );
    onProgress(trees.length);
  }
  return trees;
};
