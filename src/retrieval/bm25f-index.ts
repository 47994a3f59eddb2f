import { checkOptions, type OptionNames } from '../numerics/index.js';
import type { Bm25fData, Bm25fOptions } from './bm25f-data.js';
import { Bm25fPostings, inverseFrequency } from './bm25f-postings.js';
import { TermNumbers } from './term-numbers.js';

const BM25F_OPTIONS: OptionNames<Bm25fOptions> = { fields: true, k1: true };

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
   * @param terms Repetitions do not count. A map has of each term what an occurrence counts.
   * @param out Where to write the scores, [N]; a new array without it.
   * @throws RangeError when `out` does not have one place for each document.
   */
  scores(
    terms: Iterable<string> | ReadonlyMap<string, number>,
    out: Float32Array = new Float32Array(this.size),
  ): Float32Array {
    if (out.length !== this.size)
      throw new RangeError(`out must have shape [N] = [${this.size}], received ${out.length}`);
    const { starts, documents, weights } = this.data;
    out.fill(0);
    const weighted: Iterable<readonly [string, number]> =
      terms instanceof Map
        ? terms
        : Array.from(new Set(terms as Iterable<string>), (term) => [term, 1] as const);
    for (const [term, weight] of weighted) {
      const number = this.#terms.get(term);
      if (number === undefined) continue;
      for (let at = starts[number]!, end = starts[number + 1]!; at < end; at++)
        out[documents[at]!]! += weight * weights[at]!;
    }
    return out;
  }
}

/** Makes a {@link Bm25fIndex} of documents that come one at a time; their texts are not kept. */
export class Bm25fBuilder {
  readonly #terms = new TermNumbers();
  readonly #postings: Bm25fPostings;

  /** @throws RangeError for a weight or `k1` below 0, or a `b` outside [0, 1]. */
  constructor(options: Bm25fOptions) {
    this.#postings = new Bm25fPostings(options);
  }

  /**
   * @param fields The tokens of each field, in the order of the builder's.
   * @returns The document's number.
   * @throws RangeError for another number of fields.
   */
  add(fields: readonly (readonly string[])[]): number {
    return this.#postings.add(fields.map((tokens) => tokens.map((token) => this.#terms.numberOf(token))));
  }

  finish(): Bm25fIndex {
    return Bm25fIndex.from(this.#postings.finish(this.#terms.terms));
  }
}
