import type { PathRole } from './path-signals.js';
import type { SearchUnit } from './rank-options.js';
import type { EntryRole } from './retrieval-entry.js';

/**
 * How evidence is weighed: chosen on eleven repositories of a public benchmark, which asks for files, on 151 questions of its
 * kind about eight other repositories, and on 80 questions that ask for functions. See `bench/search`.
 */
export const RANKING = {
  /** Of reciprocal ranks, weight/(k + rank). */
  k: 10,
  /** Beyond this place a rank says nothing. */
  depth: 1000,
  /** Lists by words: of entries, of the files that they stand in, and of files by their three best entries. */
  words: { entry: 0.5, file: 0.25 } satisfies Record<SearchUnit, number>,
  fileWords: 1,
  bestWords: 0.5,
  /** Lists by the model: of entries, and of files by their three best entries. */
  model: 0.15,
  fileModel: 0.6,
  /** Of a lone name a model knows less. */
  symbolModel: 0.1,
  /** What a term of the question counts in the form of a relative, such as `handler` for handling. */
  relative: 0.5,
  /** Words of the question in the file's name, in parts of the best sum of reciprocal ranks. */
  fileName: 1,
  /** Those at the end of a word of its name, and those in its folder's, as parts of one. */
  endShare: 0.5,
  folderShare: 0.75,
  /** Words of a sentence in the entry's own name, likewise. */
  entryName: 0.15,
  /** The file whose names most other files hold, in answer to a sentence; others by the logarithm of their count. */
  fileUses: 0.1,
  /** The file with the most entries, likewise; others by the logarithm of theirs. What a project is about stands in large files. */
  fileSize: 0.1,
  /**
   * What is no function, likewise. Where functions are asked for, a type repeats what its methods say, and comes after them;
   * where files are, it is as good a sign of its file.
   */
  roles: {
    entry: { function: 0, type: -0.1, value: -0.1, text: -0.1 },
    file: { function: 0, type: 0, value: 0, text: -0.05 },
  } satisfies Record<SearchUnit, Record<EntryRole, number>>,
  /** The definition of a name within a sentence, likewise. */
  definition: 0.6,
  /** Each further entry of a file counts this much of the one before: other files come through, too. */
  repeat: { entry: 0.9, file: 0.5 } satisfies Record<SearchUnit, number>,
  paths: {
    source: 1,
    header: 0.7,
    test: 0.3,
    example: 0.8,
    generated: 0.5,
    compatibility: 0.5,
  } satisfies Record<PathRole, number> as Readonly<Record<PathRole, number>>,
};
