import type { TextList } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';

/** The terms of a training set and how informative each is. */
export interface Vocabulary {
  /** Most frequent first; ties by code unit order. Given words come last. */
  readonly terms: readonly string[];
  /** Inverse document frequency per term, in natural-log units: ≥ 0. */
  readonly idf: Float32Array;
  /** The idf of a term that was never seen. */
  readonly unknownIdf: number;
  readonly index: ReadonlyMap<string, number>;
}

/** Which terms enter a vocabulary. */
export interface VocabularyOptions {
  /** Terms found in fewer texts than this are left out. @defaultValue 2 */
  readonly minimumFrequency?: number;
  /** At most this many terms, the most frequent ones. @defaultValue 20000 */
  readonly maximumTerms?: number;
  /** Terms that enter after those of the texts, however seldom the texts hold them: a language's words. @defaultValue [] */
  readonly words?: readonly string[];
}

/** Rebuilds the lookup of a stored vocabulary. */
export const createVocabulary = (
  terms: readonly string[],
  idf: Float32Array,
  unknownIdf: number,
): Vocabulary => ({ terms, idf, unknownIdf, index: new Map(terms.map((term, i) => [term, i])) });

/** Terms that are counted at a time: millions of texts hold more names that stand once than a `Map` has room for. */
const MAXIMUM_COUNTED = 4_000_000;

const documentFrequencies = (texts: TextList, limit: number): Map<string, number> => {
  const frequencies = new Map<string, number>();
  for (const text of texts) {
    for (const term of new Set(subtokens(text))) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
    for (let rare = 1; frequencies.size > limit; rare++)
      for (const [term, count] of frequencies) if (count <= rare) frequencies.delete(term);
  }
  return frequencies;
};

export const VOCABULARY_OPTIONS: OptionNames<VocabularyOptions> = {
  minimumFrequency: true,
  maximumTerms: true,
  words: true,
};

/**
 * Collects the terms of several sets of texts and their inverse document frequencies.
 *
 * idf(t) = min over the sets of log(1 + (N − n + ½) / (n + ½)), for a term in n of a set's N texts: a term counts
 * as common if it is common on either side, so prose words ("the") that code seldom holds do not look telling.
 * Empty sets are left out. Time linear in the texts' length. A set with more than four million distinct terms forgets
 * the rarest while it counts: counts of terms that come back may be short by the few they had.
 *
 * @example
 * ```ts
 * import { fitVocabulary } from 'oasis-embed/encoders';
 *
 * const { terms } = fitVocabulary([['sorts a list', 'reads a file'], ['sortList(list)', 'readFile(path)']]);
 * console.log(terms); // ['a', 'file', 'list']
 * ```
 */
export const fitVocabulary = (
  sets: readonly TextList[],
  options: VocabularyOptions = {},
  limit = MAXIMUM_COUNTED,
): Vocabulary => {
  checkOptions('fitVocabulary', options, VOCABULARY_OPTIONS);
  const { minimumFrequency = 2, maximumTerms = 20_000, words = [] } = options;
  const counted = sets
    .filter((texts) => texts.length > 0)
    .map((texts) => ({ size: texts.length, frequencies: documentFrequencies(texts, limit) }));
  const totals = new Map<string, number>();
  for (const { frequencies } of counted) {
    for (const [term, count] of frequencies) totals.set(term, (totals.get(term) ?? 0) + count);
  }
  const frequent = [...totals]
    .filter(([, count]) => count >= minimumFrequency)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maximumTerms)
    .map(([term]) => term);
  const terms = [...new Set([...frequent, ...words])];
  const idfIn = (size: number, count: number) => Math.log(1 + (size - count + 0.5) / (count + 0.5));
  const idfOf = (term: string) =>
    Math.min(...counted.map(({ size, frequencies }) => idfIn(size, frequencies.get(term) ?? 0)));
  const unknownIdf = counted.length === 0 ? 1 : Math.min(...counted.map(({ size }) => idfIn(size, 0)));
  return createVocabulary(terms, Float32Array.from(terms, idfOf), unknownIdf);
};
