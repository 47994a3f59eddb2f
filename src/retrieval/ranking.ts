import type { PathRole } from './path-signals.js';

/** How evidence is weighed. Chosen on eleven repositories of a public benchmark: see `bench/search`. */
export const RANKING = {
  /** Of reciprocal ranks, weight/(k + rank). */
  k: 10,
  /** Beyond this place a rank says nothing. */
  depth: 1000,
  /** Lists by words: of entries, and of the files that they stand in. */
  words: 1,
  fileWords: 1,
  /** Lists by the model. */
  model: 0.6,
  fileModel: 0.6,
  /** Of a lone name a model knows less. */
  symbolModel: 0.3,
  /** Words of the question in the file's name, in parts of the best sum of reciprocal ranks; half of it in its folder's. */
  fileName: 0.6,
  folderShare: 0.5,
  /** The definition of a name within a sentence, likewise. */
  definition: 0.6,
  /** Each further entry of a file counts this much of the one before. */
  repeat: 0.5,
  paths: {
    source: 1,
    test: 0.3,
    example: 0.5,
    generated: 0.5,
    compatibility: 0.5,
  } satisfies Record<PathRole, number> as Readonly<Record<PathRole, number>>,
};
