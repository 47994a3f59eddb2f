import { identifiersOf, termsOf } from './code-terms.js';

/** Identifiers whose terms are at hand, at most. */
const KEPT = 1 << 17;

/** Terms by number, in the order of their first appearance: an identifier that repeats is looked up once, not term by term. */
export class TermNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #ofIdentifier = new Map<string, readonly number[]>();

  /** All terms, each at its number. */
  get terms(): string[] {
    return [...this.#numbers.keys()];
  }

  get size(): number {
    return this.#numbers.size;
  }

  numberOf(term: string): number {
    let number = this.#numbers.get(term);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(term, number);
    }
    return number;
  }

  /** The numbers of what `codeTerms` finds in a text. */
  read(text: string): number[] {
    const numbers: number[] = [];
    for (const identifier of identifiersOf(text)) {
      let own = this.#ofIdentifier.get(identifier);
      if (own === undefined) {
        if (this.#ofIdentifier.size >= KEPT) this.#ofIdentifier.clear();
        const { key, terms } = termsOf(identifier);
        own = terms.map((term) => this.numberOf(term));
        this.#ofIdentifier.set(key, own);
      }
      for (const number of own) numbers.push(number);
    }
    return numbers;
  }
}
