import {
  checkOptions,
  checkPositiveInteger,
  createRandom,
  type OptionNames,
  type Random,
  shuffleInPlace,
} from '../numerics/index.js';
import {
  type LanguageId,
  type LoadLanguageOptions,
  loadLanguage,
  type SyntaxParser,
  subtokens,
} from '../syntax/index.js';
import { declaredNames, renameLocals, turnOperator } from './edit-code.js';

/** A documented function that negatives are planted for. */
export interface PlantedFunction {
  readonly code: string;
  readonly docstring: string;
  readonly language: LanguageId;
  readonly repository: string;
}

/**
 * What was planted. False negatives: `renamed-clone`, the function with other names; `same-docstring`, another function that
 * its authors described in the same words; `other-version`, the function in another version of its package. True negatives: `turned-operator`, the function with one operator turned into its
 * opposite; `unrelated`, a function of the same repository whose docstring and name share no word with this one's.
 */
export type PlantedKind =
  | 'renamed-clone'
  | 'same-docstring'
  | 'other-version'
  | 'turned-operator'
  | 'unrelated';

/** All kinds; the first three are false negatives. */
export const plantedKinds: readonly PlantedKind[] = [
  'renamed-clone',
  'same-docstring',
  'other-version',
  'turned-operator',
  'unrelated',
];

/**
 * Whether a planted negative answers its docstring after all.
 *
 * @example
 * ```ts
 * import { isFalseNegative } from 'oasis-embed/refinement';
 * console.log(isFalseNegative('renamed-clone'), isFalseNegative('unrelated')); // true false
 * ```
 */
export const isFalseNegative = (kind: PlantedKind): boolean =>
  kind === 'renamed-clone' || kind === 'same-docstring' || kind === 'other-version';

/** A function as another version of its package has it. */
export interface OtherVersion {
  /** Which of the functions it is. */
  readonly function: number;
  readonly code: string;
}

/** How many negatives are planted, and by what chance. */
export interface PlantNegativesOptions extends LoadLanguageOptions {
  /** Of each kind, at most. @defaultValue 200 */
  readonly perKind?: number;
  /** @defaultValue 0 */
  readonly seed?: number;
  /** The fewest words of a docstring that two functions share for a reason. @defaultValue 5 */
  readonly minWords?: number;
  /** Functions that may share one docstring: more have it from a template. @defaultValue 4 */
  readonly maxSharing?: number;
  /** What `other-version` is drawn from; those that differ in layout alone are left out. @defaultValue none */
  readonly otherVersions?: readonly OtherVersion[];
}

/** Negatives whose truth is known, as parallel arrays of one length. */
export interface PlantedNegatives {
  readonly kind: readonly PlantedKind[];
  /** The function whose docstring asks, and whose code is the positive. */
  readonly query: Uint32Array;
  /** The planted code, and its language. */
  readonly code: readonly string[];
  readonly language: readonly LanguageId[];
}

interface Planted {
  readonly kind: PlantedKind;
  readonly query: number;
  readonly code: string;
}

const OPTIONS: OptionNames<PlantNegativesOptions> = {
  perKind: true,
  seed: true,
  minWords: true,
  maxSharing: true,
  otherVersions: true,
  from: true,
};

const normalized = (docstring: string): string => docstring.toLowerCase().replace(/\s+/g, ' ').trim();

/** Takes from candidates, in their order, what `make` makes something of. */
const take = async (
  candidates: Iterable<number>,
  count: number,
  make: (candidate: number) => Promise<Planted | null>,
): Promise<Planted[]> => {
  const taken: Planted[] = [];
  for (const candidate of candidates) {
    if (taken.length >= count) break;
    const planted = await make(candidate);
    if (planted !== null) taken.push(planted);
  }
  return taken;
};

/** Pairs of functions that authors described in the same words, each function once at most. */
const sameDocstring = (
  functions: readonly PlantedFunction[],
  { minWords, maxSharing }: { readonly minWords: number; readonly maxSharing: number },
): [number, number][] => {
  const sharing = new Map<string, number[]>();
  functions.forEach(({ docstring }, i) => {
    const key = normalized(docstring);
    if (key.split(' ').length < minWords) return;
    sharing.set(key, [...(sharing.get(key) ?? []), i]);
  });
  return [...sharing.values()].flatMap((sharers): [number, number][] => {
    if (sharers.length < 2 || sharers.length > maxSharing) return [];
    const [first, ...others] = sharers;
    const other = others.find((i) => functions[i]!.code !== functions[first!]!.code);
    return other === undefined ? [] : [[first!, other]];
  });
};

/** Other versions that are more than another layout. */
const changed = (functions: readonly PlantedFunction[], versions: readonly OtherVersion[]): Planted[] =>
  versions.flatMap(({ function: query, code }, i): Planted[] => {
    const fn = functions[query];
    if (fn === undefined) {
      const expected = `a row of ${functions.length} functions`;
      throw new RangeError(`otherVersions[${i}].function must be ${expected}, received ${query}`);
    }
    return squeezed(code) === squeezed(fn.code) ? [] : [{ kind: 'other-version', query, code }];
  });

const squeezed = (code: string): string => code.replace(/\s+/g, '');

/** The words of a docstring and of its function's name; short ones stand everywhere. */
const wordsOf = ({ code, docstring }: PlantedFunction): Set<string> => {
  const name = /[\p{L}\p{N}_$]+(?=\s*\()/u.exec(code)?.[0] ?? '';
  return new Set([...subtokens(docstring), ...subtokens(name)].filter((word) => word.length > 3));
};

/**
 * Plants negatives whose truth is known: what refinement should find, and what it should leave alone. A measure of suspects and
 * judges that takes nobody's word.
 *
 * Each kind is drawn from functions in a random order. Renamed clones get names that other functions of the language use; a
 * clone or a turned operator that does not parse is left out. In a natural dataset false negatives are rarer than here: rates by
 * kind carry over, precision does not.
 *
 * @param functions Documented, of one or more repositories.
 * @returns As many of each kind as the functions have, `perKind` at most, kind by kind.
 * @throws {RangeError} When an option is out of range.
 *
 * Time: a few parses for each planted code.
 *
 * @example
 * ```ts
 * import { plantNegatives } from 'oasis-embed/refinement';
 * const codes = [
 *   'function sum(list) { let total = 0; for (const x of list) total += x; return total; }',
 *   'function longest(words) { return words.reduce((a, b) => (a.length > b.length ? a : b)); }',
 * ];
 * const functions = codes.map((code, i) => ({
 *   code,
 *   docstring: ['adds all numbers up', 'finds the longest of some words'][i]!,
 *   language: 'javascript' as const,
 *   repository: 'demo',
 * }));
 * const planted = await plantNegatives(functions, { perKind: 1 });
 * console.log(planted.kind); // [ 'renamed-clone', 'turned-operator', 'unrelated' ]
 * ```
 */
export const plantNegatives = async (
  functions: readonly PlantedFunction[],
  options: PlantNegativesOptions = {},
): Promise<PlantedNegatives> => {
  checkOptions('plantNegatives', options, OPTIONS);
  const { perKind = 200, seed = 0, minWords = 5, maxSharing = 4, otherVersions = [], ...loading } = options;
  checkPositiveInteger('perKind', perKind);
  checkPositiveInteger('minWords', minWords);
  checkPositiveInteger('maxSharing', maxSharing);
  const shuffled = (kind: PlantedKind): { order: number[]; random: Random } => {
    const random = createRandom(seed, kind);
    return { order: [...shuffleInPlace(Uint32Array.from(functions.keys()), random)], random };
  };
  const parserOf = (i: number): Promise<SyntaxParser> => loadLanguage(functions[i]!.language, loading);

  const clones = shuffled('renamed-clone');
  /** Names of other functions of the language, from a random place on. */
  const namesFor = async (i: number): Promise<string[]> => {
    const names = new Set<string>();
    const start = clones.random.below(functions.length);
    for (let step = 0; step < functions.length && names.size < 60; step++) {
      const other = (start + step) % functions.length;
      if (other === i || functions[other]!.language !== functions[i]!.language) continue;
      for (const name of declaredNames(await parserOf(other), functions[other]!.code)) names.add(name);
    }
    return [...names];
  };
  const renamed = await take(clones.order, perKind, async (i) => {
    const code = renameLocals(await parserOf(i), functions[i]!.code, await namesFor(i));
    return code === null ? null : { kind: 'renamed-clone', query: i, code };
  });

  const twins = sameDocstring(functions, { minWords, maxSharing });
  shuffleInPlace(twins, createRandom(seed, 'same-docstring'));
  const same = twins
    .slice(0, perKind)
    .map(([query, other]): Planted => ({ kind: 'same-docstring', query, code: functions[other]!.code }));

  const versions = changed(functions, otherVersions);
  shuffleInPlace(versions, createRandom(seed, 'other-version'));

  const operators = shuffled('turned-operator');
  const turned = await take(operators.order, perKind, async (i) => {
    const code = turnOperator(await parserOf(i), functions[i]!.code, operators.random);
    return code === null ? null : { kind: 'turned-operator', query: i, code };
  });

  const strangers = shuffled('unrelated');
  const known: Set<string>[] = [];
  const words = (i: number): Set<string> => {
    known[i] ??= wordsOf(functions[i]!);
    return known[i]!;
  };
  const unrelated = await take(strangers.order, perKind, async (i) => {
    const own = words(i);
    const start = strangers.random.below(functions.length);
    for (let step = 0; step < functions.length; step++) {
      const place = (start + step) % functions.length;
      const other = functions[place]!;
      if (place === i || other.repository !== functions[i]!.repository) continue;
      if (other.language !== functions[i]!.language) continue;
      if ([...words(place)].some((word) => own.has(word))) continue;
      return { kind: 'unrelated', query: i, code: other.code };
    }
    return null;
  });

  const all = [...renamed, ...same, ...versions.slice(0, perKind), ...turned, ...unrelated];
  return {
    kind: all.map(({ kind }) => kind),
    query: Uint32Array.from(all, ({ query }) => query),
    code: all.map(({ code }) => code),
    language: all.map(({ query }) => functions[query]!.language),
  };
};
