import { checkOptions } from '../numerics/index.js';
import { BM25_OPTIONS, type Bm25Options, bm25Choices, bm25Weight } from './bm25-weights.js';

/** One of the best documents of a query. */
export interface Bm25Hit {
  readonly document: number;
  readonly score: number;
}

/**
 * An inverted index that scores documents by Okapi BM25: the lexical baseline of every retrieval table.
 *
 * score(q, d) = Σ_{t ∈ q} idf(t)·f·(k₁ + 1)/(f + k₁·(1 − b + b·|d|/mean|d|)), f the count of t in d. A term that the
 * query repeats counts each time; a term that no document holds adds nothing. An empty document scores 0.
 *
 * Building takes O(total tokens) time and 12 bytes for each distinct (term, document) pair; a query takes time in
 * the number of documents that hold its terms, beside the N zeros.
 *
 * @example
 * ```ts
 * import { Bm25Index } from 'oasis-embed/benchmarks';
 * const index = new Bm25Index([['sort', 'list'], ['read', 'file'], ['sort', 'file', 'names']]);
 * console.log(index.search(['read', 'file'], 1)[0]?.document); // 1
 * ```
 *
 * @see Robertson and Zaragoza (2009), The probabilistic relevance framework: BM25 and beyond.
 * @see Kamphuis, de Vries, Boytsov and Lin (2020), Which BM25 do you mean?
 */
export class Bm25Index {
  readonly k1: number;
  readonly b: number;
  readonly variant: 'lucene' | 'atire';
  /** How many documents are indexed. */
  readonly size: number;
  /** The mean number of tokens of a document. */
  readonly meanLength: number;
  readonly #terms: ReadonlyMap<string, number>;
  /** The postings of term t lie in [starts[t], starts[t + 1]). */
  readonly #starts: Float64Array;
  readonly #documents: Uint32Array;
  /** What one occurrence of the term in a query adds to the document. */
  readonly #weights: Float64Array;

  /**
   * @param documents The tokens of each document, as `subtokens` of `oasis-embed/syntax` gives them.
   * @throws RangeError when k1 is negative or b is outside [0, 1].
   */
  constructor(documents: Iterable<readonly string[]>, options: Bm25Options = {}) {
    checkOptions('Bm25Index', options, BM25_OPTIONS);
    const { k1, b, variant } = bm25Choices(options);
    this.k1 = k1;
    this.b = b;
    this.variant = variant;
    let postings: Postings;
    if (documents instanceof Postings) postings = documents;
    else {
      postings = new Postings();
      for (const tokens of documents) postings.add(tokens);
    }
    const { lengths, frequencies } = postings;
    const size = lengths.length;
    this.#terms = postings.terms;
    this.size = size;
    this.meanLength = size === 0 ? 0 : postings.total / size;
    this.#starts = new Float64Array(frequencies.length + 1);
    frequencies.forEach((frequency, t) => {
      this.#starts[t + 1] = this.#starts[t]! + frequency;
    });
    const next = this.#starts.slice();
    this.#documents = new Uint32Array(postings.term.length);
    this.#weights = new Float64Array(postings.term.length);
    for (let p = 0; p < postings.term.length; p++) {
      const term = postings.term.values[p]!;
      const document = postings.document.values[p]!;
      const count = postings.count.values[p]!;
      const place = next[term]!++;
      this.#documents[place] = document;
      this.#weights[place] = bm25Weight(this, frequencies[term]!, count, lengths[document]!);
    }
  }

  /**
   * Builds an index from documents that arrive one at a time, such as the lines of a file: no text is kept.
   *
   * @throws RangeError as the constructor does.
   */
  static async from(
    documents: AsyncIterable<readonly string[]>,
    options: Bm25Options = {},
  ): Promise<Bm25Index> {
    checkOptions('Bm25Index.from', options, BM25_OPTIONS);
    const postings = new Postings();
    for await (const tokens of documents) postings.add(tokens);
    return new Bm25Index(postings, options);
  }

  /**
   * The score of every document.
   *
   * @param queryTokens Repetitions count.
   * @param out Where to write the scores, [N]; a new array without it.
   * @returns `out`.
   * @throws RangeError when `out` does not have one place for each document.
   */
  scores(queryTokens: Iterable<string>, out: Float64Array = new Float64Array(this.size)): Float64Array {
    if (out.length !== this.size) {
      throw new RangeError(`out must have shape [N] = [${this.size}], received ${out.length}`);
    }
    out.fill(0);
    for (const token of queryTokens) {
      const term = this.#terms.get(token);
      if (term === undefined) continue;
      for (let p = this.#starts[term]!, end = this.#starts[term + 1]!; p < end; p++) {
        out[this.#documents[p]!]! += this.#weights[p]!;
      }
    }
    return out;
  }

  /**
   * The best documents, by descending score, equal scores by ascending index; documents without a term of the
   * query are left out.
   *
   * @param count At most this many. Time O(N + h log h) with h the documents that hold a term.
   */
  search(queryTokens: Iterable<string>, count: number): Bm25Hit[] {
    const scores = this.scores(queryTokens);
    const hits: Bm25Hit[] = [];
    scores.forEach((score, document) => {
      if (score > 0) hits.push({ document, score });
    });
    return hits.sort((a, b) => b.score - a.score || a.document - b.document).slice(0, count);
  }
}

/** Whole numbers in a typed array that doubles when it is full. */
class Growing {
  values = new Uint32Array(1024);
  length = 0;

  /** Returns where the value was put. */
  push(value: number): number {
    if (this.length === this.values.length) {
      const wider = new Uint32Array(this.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.length] = value;
    return this.length++;
  }
}

/** The postings of documents in the order they came; as an iterable it is empty. */
class Postings {
  readonly terms = new Map<string, number>();
  readonly lengths: number[] = [];
  /** In how many documents each term stands. */
  readonly frequencies: number[] = [];
  readonly term = new Growing();
  readonly document = new Growing();
  readonly count = new Growing();
  total = 0;
  readonly #last: number[] = [];

  add(tokens: readonly string[]): void {
    const document = this.lengths.length;
    for (const token of tokens) {
      let term = this.terms.get(token);
      if (term === undefined) {
        term = this.terms.size;
        this.terms.set(token, term);
        this.frequencies.push(0);
        this.#last.push(-1);
      }
      const last = this.#last[term]!;
      if (last >= 0 && this.document.values[last] === document) {
        this.count.values[last]! += 1;
        continue;
      }
      this.#last[term] = this.term.push(term);
      this.document.push(document);
      this.count.push(1);
      this.frequencies[term]! += 1;
    }
    this.lengths.push(tokens.length);
    this.total += tokens.length;
  }

  *[Symbol.iterator](): Iterator<readonly string[]> {}
}
