/** Terms shorter than this have no relatives: too many words begin with three letters. */
const SHORTEST = 4;
/** How many letters one may be longer: further ones make another word, as in `send` and `sendfile`. */
const LONGER = 3;

const DIGIT = /\d/;

/**
 * Finds terms of which one begins with the other: `handl` of handling and `handler`, `cert` and `certif`. Stemming keeps
 * them apart. A term with a digit is nobody's relative.
 *
 * The first question groups the terms by their first letters, in O(terms) time; later ones look at one group a term.
 */
export class TermRelatives {
  readonly #terms: readonly string[];
  #families: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(terms: readonly string[]) {
    this.#terms = terms;
  }

  /** The other terms that begin with this one or are its beginning. */
  of(term: string): readonly string[] {
    if (term.length < SHORTEST) return [];
    this.#families ??= this.#group();
    const family = this.#families.get(term.slice(0, SHORTEST)) ?? [];
    return family.filter(
      (other) =>
        other.length !== term.length &&
        Math.abs(other.length - term.length) <= LONGER &&
        (other.startsWith(term) || term.startsWith(other)),
    );
  }

  #group(): ReadonlyMap<string, readonly string[]> {
    const families = new Map<string, string[]>();
    for (const term of this.#terms) {
      // Numbered names are most terms of a large project, and no forms of words.
      if (term.length < SHORTEST || DIGIT.test(term)) continue;
      const key = term.slice(0, SHORTEST);
      const family = families.get(key);
      if (family === undefined) families.set(key, [term]);
      else family.push(term);
    }
    return families;
  }
}
