import type { Bm25fData, Bm25fField, Bm25fOptions } from './bm25f-data.js';

/** ln(1 + (N − n + ½)/(n + ½)). */
export const inverseFrequency = (size: number, frequency: number): number =>
  Math.log1p((size - frequency + 0.5) / (frequency + 0.5));

/** Whole numbers in a typed array that doubles when it is full. */
class Growing {
  values = new Uint32Array(4096);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const wider = new Uint32Array(this.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.length++] = value;
  }
}

/** What BM25F counts of documents whose terms are numbers. */
export class Bm25fPostings {
  readonly #fields: readonly Bm25fField[];
  readonly #k1: number;
  /** One entry for each term of each field of each document, documents in rising order. */
  readonly #term = new Growing();
  readonly #document = new Growing();
  readonly #field = new Growing();
  readonly #count = new Growing();
  /** [documents, fields]. */
  readonly #lengths = new Growing();
  /** Where each term's last posting is; those of earlier fields and documents are below the place where this field begins. */
  readonly #last: number[] = [];
  #size = 0;

  /** @throws RangeError for a weight or `k1` below 0, or a `b` outside [0, 1]. */
  constructor({ fields, k1 = 1.2 }: Bm25fOptions) {
    if (!(k1 >= 0 && Number.isFinite(k1))) throw new RangeError(`k1 must be at least 0, received ${k1}`);
    for (const { name, weight, b = 0.75 } of fields) {
      if (!(weight >= 0 && Number.isFinite(weight)))
        throw new RangeError(`the weight of ${name} must be at least 0, received ${weight}`);
      if (!(b >= 0 && b <= 1)) throw new RangeError(`b of ${name} must be in [0, 1], received ${b}`);
    }
    this.#fields = fields;
    this.#k1 = k1;
  }

  /**
   * @param fields The terms of each field, in the order of the builder's.
   * @returns The document's number.
   * @throws RangeError for another number of fields.
   */
  add(fields: readonly (readonly number[])[]): number {
    if (fields.length !== this.#fields.length)
      throw new RangeError(`fields must be ${this.#fields.length}, received ${fields.length}`);
    const counts = this.#count;
    const last = this.#last;
    fields.forEach((terms, f) => {
      const begin = this.#term.length;
      for (const term of terms) {
        while (last.length <= term) last.push(-1);
        const place = last[term]!;
        if (place >= begin) {
          counts.values[place]! += 1;
          continue;
        }
        last[term] = this.#term.length;
        this.#term.push(term);
        this.#document.push(this.#size);
        this.#field.push(f);
        counts.push(1);
      }
      this.#lengths.push(terms.length);
    });
    return this.#size++;
  }

  /** Sorts postings by term, joins those of one document, and gives each its share of a score. */
  finish(terms: readonly string[]): Bm25fData {
    const fields = this.#fields;
    const size = this.#size;
    const lengths = this.#lengths.values;
    const means = fields.map((_, f) => {
      let sum = 0;
      for (let d = 0; d < size; d++) sum += lengths[d * fields.length + f]!;
      return sum / Math.max(1, size) || 1;
    });
    const count = this.#term.length;
    const termOf = this.#term.values;
    const ends = new Float64Array(terms.length + 1);
    for (let p = 0; p < count; p++) ends[termOf[p]! + 1]!++;
    for (let t = 0; t < terms.length; t++) ends[t + 1]! += ends[t]!;
    // Sorted copies: reading them in order is faster than jumping about.
    const documentAt = new Uint32Array(count);
    const fieldAt = new Uint8Array(count);
    const countAt = new Uint32Array(count);
    for (let p = 0; p < count; p++) {
      // Each entry moves from where the postings of its term begin to where they end.
      const place = ends[termOf[p]!]!++;
      documentAt[place] = this.#document.values[p]!;
      fieldAt[place] = this.#field.values[p]!;
      countAt[place] = this.#count.values[p]!;
    }
    const starts = new Float64Array(terms.length + 1);
    const weights = new Float32Array(count);
    let at = 0;
    for (let t = 0, from = 0; t < terms.length; t++) {
      const begin = at;
      for (; from < ends[t]!; from++) {
        const d = documentAt[from]!;
        const f = fieldAt[from]!;
        const { weight, b = 0.75 } = fields[f]!;
        const norm = 1 - b + (b * lengths[d * fields.length + f]!) / means[f]!;
        if (at > begin && documentAt[at - 1] === d) at--;
        // Never ahead of what is read.
        documentAt[at] = d;
        weights[at++]! += (weight * countAt[from]!) / norm;
      }
      const idf = inverseFrequency(size, at - begin);
      for (let i = begin; i < at; i++) {
        const weighted = weights[i]!;
        // A field of weight 0 leaves nothing to saturate.
        weights[i] = weighted === 0 ? 0 : (idf * weighted * (this.#k1 + 1)) / (this.#k1 + weighted);
      }
      starts[t + 1] = at;
    }
    return { size, terms, starts, documents: documentAt.slice(0, at), weights: weights.slice(0, at) };
  }
}
