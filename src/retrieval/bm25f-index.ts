import { checkOptions, type OptionNames } from '../numerics/index.js';

/** One field of the documents of a {@link Bm25fIndex}. */
export interface Bm25fField {
  readonly name: string;
  /** What one occurrence counts beside one in a field of weight 1. */
  readonly weight: number;
  /**
   * How much a long field is held back, in [0, 1].
   * @defaultValue 0.75
   */
  readonly b?: number;
}

/** Options of {@link Bm25fIndex}. */
export interface Bm25fOptions {
  readonly fields: readonly Bm25fField[];
  /**
   * How fast repetitions of a term stop to matter.
   * @defaultValue 1.2
   */
  readonly k1?: number;
}

const BM25F_OPTIONS: OptionNames<Bm25fOptions> = { fields: true, k1: true };

/** A {@link Bm25fIndex} as plain data, which can be sent to a thread and stored. */
export interface Bm25fData {
  readonly size: number;
  readonly terms: readonly string[];
  /** The postings of term t lie in [starts[t], starts[t + 1]). */
  readonly starts: Float64Array;
  readonly documents: Uint32Array;
  /** What one occurrence of the term in a query adds to the document. */
  readonly weights: Float32Array;
}

/**
 * An inverted index over documents with fields, scored by BM25F: repetitions are weighed by field before they saturate.
 *
 * score(q, d) = Σ_{t ∈ q} idf(t)·f̃·(k₁ + 1)/(k₁ + f̃), with f̃ = Σ_c w_c·f_c/(1 − b_c + b_c·|c|/mean|c|) over the fields c and
 * idf(t) = ln(1 + (N − n + ½)/(n + ½)). With one field of weight 1 it is BM25. A term of the query counts once, however
 * often the query holds it; a term that no document holds adds nothing.
 *
 * Building takes O(total tokens) time and memory; the index keeps 8 bytes for each distinct (term, document) pair. A query
 * takes time in the documents that hold its terms, beside the N zeros.
 *
 * @example
 * ```ts
 * import { Bm25fIndex, codeTerms } from 'oasis-embed/retrieval';
 * const documents = [
 *   { name: 'sortNames', code: 'return names.toSorted()' },
 *   { name: 'readNames', code: 'return sort(read(file))' },
 * ];
 * const index = Bm25fIndex.build(
 *   documents.map(({ name, code }) => [codeTerms(name), codeTerms(code)]),
 *   { fields: [{ name: 'name', weight: 3 }, { name: 'code', weight: 1 }] },
 * );
 * const [first, second] = index.scores(codeTerms('sort the names'));
 * console.log(first! > second!); // true
 * ```
 *
 * @see Robertson, Zaragoza and Taylor (2004), Simple BM25 extension to multiple weighted fields.
 */
export class Bm25fIndex {
  /** How many documents are indexed. */
  readonly size: number;
  readonly #terms: ReadonlyMap<string, number>;

  private constructor(readonly data: Bm25fData) {
    this.size = data.size;
    this.#terms = new Map(data.terms.map((term, i) => [term, i]));
  }

  /** An index from what another one had as its `data`. */
  static from(data: Bm25fData): Bm25fIndex {
    return new Bm25fIndex(data);
  }

  /**
   * @param documents Of each document the tokens of each field, in the order of `fields`.
   * @throws RangeError as {@link Bm25fBuilder} does.
   */
  static build(documents: Iterable<readonly (readonly string[])[]>, options: Bm25fOptions): Bm25fIndex {
    checkOptions('Bm25fIndex.build', options, BM25F_OPTIONS);
    const builder = new Bm25fBuilder(options);
    for (const fields of documents) builder.add(fields);
    return builder.finish();
  }

  /** Whether any document holds the term. */
  has(term: string): boolean {
    return this.#terms.has(term);
  }

  /** How much a term tells: 0 for one that no document holds. */
  idf(term: string): number {
    const number = this.#terms.get(term);
    if (number === undefined) return 0;
    const { starts } = this.data;
    return inverseFrequency(this.size, starts[number + 1]! - starts[number]!);
  }

  /**
   * The score of every document.
   *
   * @param terms Repetitions do not count.
   * @param out Where to write the scores, [N]; a new array without it.
   * @throws RangeError when `out` does not have one place for each document.
   */
  scores(terms: Iterable<string>, out: Float32Array = new Float32Array(this.size)): Float32Array {
    if (out.length !== this.size)
      throw new RangeError(`out must have shape [N] = [${this.size}], received ${out.length}`);
    const { starts, documents, weights } = this.data;
    out.fill(0);
    for (const term of new Set(terms)) {
      const number = this.#terms.get(term);
      if (number === undefined) continue;
      for (let at = starts[number]!, end = starts[number + 1]!; at < end; at++)
        out[documents[at]!]! += weights[at]!;
    }
    return out;
  }
}

const inverseFrequency = (size: number, frequency: number): number =>
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

/** Makes a {@link Bm25fIndex} of documents that come one at a time; their texts are not kept. */
export class Bm25fBuilder {
  readonly #fields: readonly Bm25fField[];
  readonly #k1: number;
  readonly #numbers = new Map<string, number>();
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
   * @param fields The tokens of each field, in the order of the builder's.
   * @returns The document's number.
   * @throws RangeError for another number of fields.
   */
  add(fields: readonly (readonly string[])[]): number {
    if (fields.length !== this.#fields.length)
      throw new RangeError(`fields must be ${this.#fields.length}, received ${fields.length}`);
    fields.forEach((tokens, f) => {
      const begin = this.#term.length;
      for (const token of tokens) {
        let number = this.#numbers.get(token);
        if (number === undefined) {
          number = this.#numbers.size;
          this.#numbers.set(token, number);
          this.#last.push(-1);
        }
        const place = this.#last[number]!;
        if (place >= begin) {
          this.#count.values[place]! += 1;
          continue;
        }
        this.#last[number] = this.#term.length;
        this.#term.push(number);
        this.#document.push(this.#size);
        this.#field.push(f);
        this.#count.push(1);
      }
      this.#lengths.push(tokens.length);
    });
    return this.#size++;
  }

  /** Sorts postings by term, joins those of one document, and gives each its share of a score. */
  finish(): Bm25fIndex {
    const fields = this.#fields;
    const size = this.#size;
    const lengths = this.#lengths.values;
    const means = fields.map((_, f) => {
      let sum = 0;
      for (let d = 0; d < size; d++) sum += lengths[d * fields.length + f]!;
      return sum / Math.max(1, size) || 1;
    });
    const count = this.#term.length;
    const termCount = this.#numbers.size;
    const ends = new Float64Array(termCount + 1);
    for (let p = 0; p < count; p++) ends[this.#term.values[p]! + 1]!++;
    for (let t = 0; t < termCount; t++) ends[t + 1]! += ends[t]!;
    const order = new Uint32Array(count);
    // Each entry moves from where the postings of its term begin to where they end.
    for (let p = 0; p < count; p++) order[ends[this.#term.values[p]!]!++] = p;
    const starts = new Float64Array(termCount + 1);
    const documents = new Uint32Array(count);
    const weights = new Float32Array(count);
    let at = 0;
    for (let t = 0, from = 0; t < termCount; t++) {
      const begin = at;
      for (; from < ends[t]!; from++) {
        const p = order[from]!;
        const d = this.#document.values[p]!;
        const f = this.#field.values[p]!;
        const { weight, b = 0.75 } = fields[f]!;
        const norm = 1 - b + (b * lengths[d * fields.length + f]!) / means[f]!;
        if (at > begin && documents[at - 1] === d) at--;
        documents[at] = d;
        weights[at++]! += (weight * this.#count.values[p]!) / norm;
      }
      const idf = inverseFrequency(size, at - begin);
      for (let i = begin; i < at; i++) {
        const weighted = weights[i]!;
        // A field of weight 0 leaves nothing to saturate.
        weights[i] = weighted === 0 ? 0 : (idf * weighted * (this.#k1 + 1)) / (this.#k1 + weighted);
      }
      starts[t + 1] = at;
    }
    return Bm25fIndex.from({
      size,
      terms: [...this.#numbers.keys()],
      starts,
      documents: documents.slice(0, at),
      weights: weights.slice(0, at),
    });
  }
}
