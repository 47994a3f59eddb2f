import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { CodeFunction } from '../extraction/code-function.js';
import { BandIndex, bandsFor, minHashBands } from './min-hash.js';
import { bagsOf, compareBags } from './token-bags.js';

/** Options of {@link dropNearDuplicates}. */
export interface NearDuplicateOptions {
  /**
   * Least Jaccard similarity of the two sets of tokens.
   *
   * @defaultValue 0.8
   */
  readonly setJaccard?: number;
  /**
   * Least Jaccard similarity of the two multisets of tokens.
   *
   * @defaultValue 0.7
   */
  readonly multisetJaccard?: number;
  /**
   * Functions with fewer tokens are near-duplicates only of the same code to the letter.
   *
   * @defaultValue 10
   */
  readonly minimumTokens?: number;
  /**
   * How the pairs to compare are found: `exact` misses none; `minhash` looks at those only that share a band of
   * MinHash signatures, and misses fewer than one pair in a million at the limit of 0.8. Either way a pair
   * counts only if its two similarities, computed in full, reach the limits.
   *
   * @defaultValue 'exact' up to 10,000 functions, 'minhash' above
   */
  readonly search?: 'exact' | 'minhash';
}

/** A dropped function and the kept one that it repeats. */
export interface NearDuplicate<F extends Pick<CodeFunction, 'code'> = CodeFunction> {
  readonly function: F;
  readonly duplicateOf: F;
  readonly setJaccard: number;
  readonly multisetJaccard: number;
}

export interface Deduplicated<F extends Pick<CodeFunction, 'code'> = CodeFunction> {
  readonly kept: readonly F[];
  readonly duplicates: readonly NearDuplicate<F>[];
}

export const checkRate = (name: string, value: number): void => {
  if (!(value > 0 && value <= 1)) throw new RangeError(`${name} must be in (0, 1], received ${value}`);
};

/** Above so many functions pairs are found by MinHash. */
const EXACT_LIMIT = 10_000;

interface Match {
  readonly at: number;
  readonly original: number;
  readonly setJaccard: number;
  readonly multisetJaccard: number;
}

/**
 * Each code that repeats one before it. With `references`, those first codes are what the others are compared
 * with; without, each is compared with those before it that repeat none.
 */
const findRepeats = (
  codes: readonly string[],
  options: NearDuplicateOptions,
  references: number,
): Match[] => {
  const { setJaccard = 0.8, multisetJaccard = 0.7, minimumTokens = 10 } = options;
  checkRate('setJaccard', setJaccard);
  checkRate('multisetJaccard', multisetJaccard);
  const { search: method = codes.length > EXACT_LIMIT ? 'minhash' : 'exact' } = options;
  if (method !== 'exact' && method !== 'minhash')
    throw new RangeError(`search must be exact or minhash, received ${String(method)}`);
  const bags = bagsOf(codes);
  const matches: Match[] = [];
  const byCode = new Map<string, number>();
  /** Under each token the texts whose prefix holds it, each followed by the token's place there. */
  const byToken = new Map<number, number[]>();
  const comparedWith = new Int32Array(codes.length).fill(-1);
  const bands = method === 'minhash' ? bandsFor(setJaccard) : null;
  const byBand = bands === null ? null : new BandIndex(codes.length, bands.count);
  const matchOf = (at: number, other: number): Match | null => {
    if (comparedWith[other] === at) return null;
    comparedWith[other] = at;
    const [size, otherSize] = [bags[at]!.tokens.length, bags[other]!.tokens.length];
    if (otherSize < setJaccard * size - 1e-9 || size < setJaccard * otherSize - 1e-9) return null;
    const likeness = compareBags(bags[at]!, bags[other]!, setJaccard);
    if (likeness === null || likeness.multiset < multisetJaccard) return null;
    return { at, original: other, setJaccard: likeness.set, multisetJaccard: likeness.multiset };
  };
  const search = (at: number, prefix: number, keys: readonly number[]): Match | null => {
    const size = bags[at]!.tokens.length;
    const same = byCode.get(codes[at]!);
    if (same !== undefined) return { at, original: same, setJaccard: 1, multisetJaccard: 1 };
    for (const key of keys) {
      for (const other of byBand!.under(key)) {
        const match = matchOf(at, other);
        if (match !== null) return match;
      }
    }
    for (let position = 0; position < prefix; position++) {
      const list = byToken.get(bags[at]!.tokens[position]!) ?? [];
      for (let entry = 0; entry < list.length; entry += 2) {
        const other = list[entry]!;
        if (comparedWith[other] === at) continue;
        // This is the rarest token they share: what comes after it bounds their overlap.
        const most = Math.min(size - position, bags[other]!.tokens.length - list[entry + 1]!);
        if (most * (1 + setJaccard) < setJaccard * (size + bags[other]!.tokens.length) - 1e-9) {
          comparedWith[other] = at;
          continue;
        }
        const match = matchOf(at, other);
        if (match !== null) return match;
      }
    }
    return null;
  };
  for (let at = 0; at < codes.length; at++) {
    const { tokens, total } = bags[at]!;
    const size = tokens.length;
    const isLong = total >= minimumTokens;
    const prefix = isLong && bands === null ? size - Math.ceil(setJaccard * size - 1e-9) + 1 : 0;
    const keys = isLong && bands !== null ? minHashBands(tokens, bands) : [];
    const isReference = at < references;
    const match = isReference ? null : search(at, prefix, keys);
    if (match !== null) matches.push(match);
    if (match !== null || (references > 0 && !isReference)) continue;
    byCode.set(codes[at]!, at);
    byBand?.add(at, keys);
    for (let position = 0; position < prefix; position++) {
      const list = byToken.get(tokens[position]!);
      if (list === undefined) byToken.set(tokens[position]!, [at, position]);
      else list.push(at, position);
    }
  }
  return matches;
};

/**
 * Drops functions whose code repeats that of an earlier one: token sets and token multisets overlap by at least
 * the two Jaccard limits (Allamanis 2019).
 *
 * The first in the order given is kept, and each other is compared with those kept. Up to 10,000 functions the
 * search is exact: two sets can only reach a Jaccard of t if the |x| − ⌈t·|x|⌉ + 1 rarest tokens of each share one, so only
 * functions found under those tokens are compared. Above, MinHash signatures choose what is compared (see
 * `search`).
 *
 * @param functions Functions, or any objects with a `code`.
 * @returns Those kept, in the order given, and the duplicates, each with the function that it repeats.
 * @throws If a limit is not in (0, 1].
 *
 * Time about O(tokens) where near-duplicates are few: 40,000 functions in seconds. What memory does not hold goes through
 * {@link findNearDuplicates}.
 *
 * @example
 * ```ts
 * import { type CodeFunction, dropNearDuplicates } from 'oasis-embed/corpus';
 * const code = 'function add(a, b) {\n  const sum = a + b;\n  return check(sum, a, b);\n}';
 * const functions = [{ code }, { code: code.replace('add', 'plus') }] as CodeFunction[];
 * dropNearDuplicates(functions).kept.length; // 2: they share 7 of 9 tokens
 * dropNearDuplicates(functions, { setJaccard: 0.7 }).kept.length; // 1
 * ```
 * @see Broder, On the resemblance and containment of documents (1997)
 * @see Allamanis, The adverse effects of code duplication in machine learning models of code (2019)
 */
export const dropNearDuplicates = <F extends Pick<CodeFunction, 'code'>>(
  functions: readonly F[],
  options: NearDuplicateOptions = {},
): Deduplicated<F> => {
  checkOptions('dropNearDuplicates', options, NEAR_DUPLICATE_OPTIONS);
  const matches = findRepeats(
    functions.map(({ code }) => code),
    options,
    0,
  );
  const repeats = new Set(matches.map(({ at }) => at));
  return {
    kept: functions.filter((_, at) => !repeats.has(at)),
    duplicates: matches.map(({ at, original, setJaccard, multisetJaccard }) => ({
      function: functions[at]!,
      duplicateOf: functions[original]!,
      setJaccard,
      multisetJaccard,
    })),
  };
};

/** A function that repeats a text of an evaluation set. */
export interface Contamination {
  readonly function: CodeFunction;
  /** Its place in the evaluation set. */
  readonly evaluationIndex: number;
  readonly setJaccard: number;
  readonly multisetJaccard: number;
}

const NEAR_DUPLICATE_OPTIONS: OptionNames<NearDuplicateOptions> = {
  setJaccard: true,
  multisetJaccard: true,
  minimumTokens: true,
  search: true,
};

/**
 * Drops functions whose code near-duplicates one of an evaluation set, so that training does not see it.
 *
 * @param functions What is to be trained on.
 * @param evaluationCodes The evaluation set's codes, without comments.
 * @param options Those of {@link dropNearDuplicates}.
 * @returns The clean functions in the order given, and the others with what they repeat.
 *
 * @example
 * ```ts
 * import { type CodeFunction, decontaminate } from 'oasis-embed/corpus';
 * const functions = [{ code: 'f(1)' }, { code: 'g(2)' }] as CodeFunction[];
 * decontaminate(functions, ['g(2)']).kept.length; // 1
 * ```
 */
export const decontaminate = (
  functions: readonly CodeFunction[],
  evaluationCodes: readonly string[],
  options: NearDuplicateOptions = {},
): { readonly kept: readonly CodeFunction[]; readonly contaminated: readonly Contamination[] } => {
  checkOptions('decontaminate', options, NEAR_DUPLICATE_OPTIONS);
  const count = evaluationCodes.length;
  if (count === 0) return { kept: [...functions], contaminated: [] };
  const matches = findRepeats([...evaluationCodes, ...functions.map(({ code }) => code)], options, count);
  const repeats = new Set(matches.map(({ at }) => at - count));
  return {
    kept: functions.filter((_, at) => !repeats.has(at)),
    contaminated: matches.map(({ at, original, setJaccard, multisetJaccard }) => ({
      function: functions[at - count]!,
      evaluationIndex: original,
      setJaccard,
      multisetJaccard,
    })),
  };
};
