import type { PathRole } from './path-signals.js';
import type { SearchUnit } from './rank-options.js';
import type { EntryRole } from './retrieval-entry.js';

/**
 * How evidence is weighed: chosen on eleven repositories of a public benchmark, which asks for files, and on 80 questions of
 * eight of them that ask for functions. See `bench/search`.
 */
export const RANKING = {
  /** Of reciprocal ranks, weight/(k + rank). */
  k: 10,
  /** Beyond this place a rank says nothing. */
  depth: 1000,
  /** Lists by words: of entries, of the files that they stand in, and of files by their three best entries. */
  words: 0.5,
  fileWords: 1,
  bestWords: 0.5,
  /** Lists by the model: of entries, and of files by their three best entries. */
  model: 0.15,
  fileModel: 0.3,
  /** Of a lone name a model knows less. */
  symbolModel: 0.1,
  /** Words of the question in the file's name, in parts of the best sum of reciprocal ranks; half of it in its folder's. */
  fileName: 0.8,
  folderShare: 0.5,
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
    test: 0.3,
    example: 0.8,
    generated: 0.5,
    compatibility: 0.5,
  } satisfies Record<PathRole, number> as Readonly<Record<PathRole, number>>,
};
