import type { PathRole } from './path-signals.js';

/**
 * Which evidence a search goes by: words, a model, or both. `dense` is the model's order alone; by `lexical` the model is not
 * asked.
 */
export type SearchMode = 'hybrid' | 'dense' | 'lexical';

/** Every {@link SearchMode}, the default first. */
export const SEARCH_MODES: readonly SearchMode[] = ['hybrid', 'dense', 'lexical'];

/**
 * What is asked for: entries, several of one file where they answer best; or files, so that each further entry of one counts half
 * as much. By cosines alone there is no difference.
 */
export type SearchUnit = 'entry' | 'file';

/** Every {@link SearchUnit}, the default first. */
export const SEARCH_UNITS: readonly SearchUnit[] = ['entry', 'file'];

/** What is asked of a `HybridIndex`. */
export interface RankOptions {
  /** At most this many entries. */
  readonly top: number;
  /** Of each entry the cosine that a model gives it, [N]. Without it, words decide alone. */
  readonly dense?: Float32Array | undefined;
  /** @defaultValue 'hybrid' */
  readonly mode?: SearchMode;
  /** @defaultValue 'entry' */
  readonly by?: SearchUnit | undefined;
  /** Which entries may be answers. @defaultValue all */
  readonly allowed?: ((entry: number) => boolean) | undefined;
}

/** An answer, and why it is one. */
export interface RankedEntry {
  readonly entry: number;
  /** Comparable within one answer only; with `dense` the cosine. */
  readonly score: number;
  readonly evidence: RankEvidence;
}

/** What a score is made of. */
export interface RankEvidence {
  /** Place among the entries by words; null for none among the first thousand. */
  readonly wordsRank: number | null;
  /** Place of its file among the files by words, likewise. */
  readonly fileRank: number | null;
  /** Place among the entries by the model, likewise. */
  readonly modelRank: number | null;
  /** Cosine of question and entry; null without a model. */
  readonly cosine: number | null;
  /** The question's words that are in the name of the file, those in its folder's in part, as a share of all. */
  readonly inFileName: number;
  /** Whether the question spells its name: `exact`, or with letters of another case. */
  readonly named: 'exact' | 'any-case' | null;
  /** What its path says: headers, tests, examples and generated files count less. */
  readonly path: PathRole;
}
