import type { RetrievalText } from './retrieval-task.js';

/** The name of a text in files. */
export type TextName = Pick<RetrievalText, 'id' | 'prediction'>;

/** The names of many texts, in their order. */
export interface LabelList extends Iterable<TextName> {
  readonly length: number;
  /** The name of one; index in [0, length). */
  at(index: number): TextName;
}

/** Strings as the bytes of their characters: a fraction of what as many strings take. */
class PackedStrings {
  #bytes = Buffer.alloc(1 << 16);
  #ends = new Float64Array(1024);
  length = 0;

  push(text: string): void {
    const start = this.length === 0 ? 0 : this.#ends[this.length - 1]!;
    // A UTF-16 unit takes at most three bytes.
    if (start + 3 * text.length > this.#bytes.length) {
      const wider = Buffer.alloc(Math.max(2 * this.#bytes.length, start + 3 * text.length));
      this.#bytes.copy(wider, 0, 0, start);
      this.#bytes = wider;
    }
    if (this.length === this.#ends.length) {
      const wider = new Float64Array(2 * this.length);
      wider.set(this.#ends);
      this.#ends = wider;
    }
    this.#ends[this.length++] = start + this.#bytes.write(text, start);
  }

  at(index: number): string {
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]!);
  }
}

/** Names of texts as they come; memory O(their characters), 8 bytes more for each. */
export class PackedLabels implements LabelList {
  readonly #ids = new PackedStrings();
  /** Only from the first name on that is another in prediction files. */
  #predictions: PackedStrings | null = null;

  get length(): number {
    return this.#ids.length;
  }

  push({ id, prediction }: TextName): void {
    if (prediction !== undefined && this.#predictions === null) {
      this.#predictions = new PackedStrings();
      for (let i = 0; i < this.length; i++) this.#predictions.push(this.#ids.at(i));
    }
    this.#ids.push(id);
    this.#predictions?.push(prediction ?? id);
  }

  at(index: number): TextName {
    const id = this.#ids.at(index);
    return this.#predictions === null ? { id } : { id, prediction: this.#predictions.at(index) };
  }

  *[Symbol.iterator](): Generator<TextName> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
