import type { Bm25fData } from './bm25f-data.js';

/** A name that more files define says nothing about where it comes from. */
const MOST_DEFINERS = 2;

/** What {@link fileUses} reads of the definitions of an index. */
export interface Definitions {
  /** Of each definition the number of its name's term in the files' index. */
  readonly terms: readonly number[];
  /** Of each definition its file. */
  readonly files: readonly number[];
}

/**
 * How much the rest of a project uses each file: how many other files hold the names that it defines, each name once, in
 * parts of its definers. No import is read, so it works alike in every language. Time in the definitions.
 *
 * @param fileIndex The index of the files.
 * @returns [files], 0 for a file whose names nobody else holds.
 */
export const fileUses = ({ terms, files }: Definitions, fileIndex: Bm25fData): Float32Array => {
  const definers = new Map<number, Set<number>>();
  terms.forEach((term, i) => {
    const known = definers.get(term);
    if (known === undefined) definers.set(term, new Set([files[i]!]));
    else known.add(files[i]!);
  });
  const uses = new Float32Array(fileIndex.size);
  for (const [term, defining] of definers) {
    if (defining.size > MOST_DEFINERS) continue;
    const others = fileIndex.starts[term + 1]! - fileIndex.starts[term]! - defining.size;
    for (const file of defining) uses[file]! += others / defining.size;
  }
  return uses;
};
