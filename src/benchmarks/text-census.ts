/** Counts texts that cannot be told apart: placeholders where a data set should have content. */
export class TextCensus {
  readonly #what: string;
  #first: string | null = null;
  #count = 0;
  #empty = 0;
  #sameAsFirst = 0;

  /** @param what For messages: `CoSQA: documents`. */
  constructor(what: string) {
    this.#what = what;
  }

  add(text: string): void {
    this.#count += 1;
    if (text.trim() === '') this.#empty += 1;
    this.#first ??= text;
    if (text === this.#first) this.#sameAsFirst += 1;
  }

  /**
   * Sentences for the reader of the number.
   *
   * @throws RangeError when every text is empty or all are the same.
   */
  notes(): readonly string[] {
    if (this.#count > 0 && this.#empty === this.#count) {
      throw new RangeError(`${this.#what} must have texts, received ${this.#count} empty ones`);
    }
    if (this.#count > 1 && this.#sameAsFirst === this.#count) {
      const shown = JSON.stringify(this.#first!.slice(0, 60));
      throw new RangeError(
        `${this.#what} must differ, received the same text ${this.#count} times: ${shown}`,
      );
    }
    if (this.#empty === 0) return [];
    return [`${this.#what}: ${this.#empty} of ${this.#count} are empty texts, which rank at random.`];
  }
}
