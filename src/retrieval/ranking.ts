import type { PathRole } from './path-signals.js';

/** How evidence is weighed. Chosen on eleven repositories of a public benchmark: see `bench/search`. */
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
  /** An entry that defines nothing, likewise: what it is part of is as near. */
  undefining: -0.05,
  /** The definition of a name within a sentence, likewise. */
  definition: 0.6,
  /** Each further entry of a file counts this much of the one before. */
  repeat: 0.5,
  paths: {
    source: 1,
    test: 0.3,
    example: 0.8,
    generated: 0.5,
    compatibility: 0.5,
  } satisfies Record<PathRole, number> as Readonly<Record<PathRole, number>>,
};
