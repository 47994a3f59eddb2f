import type { AuthorDoc, LanguageDefinition, SyntaxTree } from '../../syntax/index.js';

/**
 * Where a doc comes from:
 * - `doc-comment`: a comment that its language reserves for docs, as `/** … *\/` and `///` are, or that its tools read
 *   as such (the comments above a declaration in Go and Ruby);
 * - `docstring`: a string in the code, as in Python;
 * - `comment`: any other comment that stands where a doc would.
 */
export type DocKind = 'doc-comment' | 'docstring' | 'comment';

/**
 * What kind of comment a doc was, by the marks in front of its first line.
 *
 * @param before Where the declaration starts: the doc stands above.
 * @param readsPlain Whether the language's tools take plain comments for docs.
 */
const docKindOf = (source: string, before: number, doc: string, readsPlain: boolean): DocKind => {
  if (readsPlain) return 'doc-comment';
  const first = doc.slice(0, (doc.indexOf('\n') + 1 || doc.length + 1) - 1).trim();
  const at = first === '' ? -1 : source.lastIndexOf(first, before);
  if (at < 0) return 'comment';
  const line = source.slice(source.lastIndexOf('\n', at) + 1, at);
  const mark = /(\/\/\/?!?|#)\s*$/.exec(line)?.[1];
  if (mark !== undefined) return /^\/\/[/!]/.test(mark) ? 'doc-comment' : 'comment';
  const open = source.lastIndexOf('/*', at);
  return open >= 0 && /[*!]/.test(source.charAt(open + 2)) ? 'doc-comment' : 'comment';
};

/** The kind of a doc that a language's rules found for a declaration; null for none. */
export const kindOfDoc = (
  tree: SyntaxTree,
  { hasPlainDocs }: LanguageDefinition,
  doc: AuthorDoc | null,
  node: number,
): DocKind | null => {
  if (doc === null) return null;
  return doc.inside >= 0 ? 'docstring' : docKindOf(tree.source, tree.starts[node]!, doc.text, hasPlainDocs);
};

/** The kind of a file's own doc: it stands above nothing, so that its marks tell little. */
export const fileDocKind = (doc: AuthorDoc | null): DocKind | null =>
  doc === null ? null : doc.inside >= 0 ? 'docstring' : 'comment';
