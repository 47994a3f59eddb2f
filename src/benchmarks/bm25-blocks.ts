import type { DocumentBlock } from '../metrics/index.js';
import { type Bm25Corpus, bm25Weight } from './bm25-weights.js';

/** The known terms of a document: distinct ones with their counts. */
export interface TermBag {
  readonly terms: readonly number[];
  readonly counts: readonly number[];
  /** All tokens, unknown ones too. */
  readonly length: number;
}

/** Counts the tokens that have a number in `terms`, which may grow between calls. */
export const createBagger = (
  terms: ReadonlyMap<string, number>,
): ((tokens: readonly string[]) => TermBag) => {
  let counts = new Uint32Array(0);
  return (tokens) => {
    if (counts.length < terms.size) counts = new Uint32Array(2 * terms.size);
    const found: number[] = [];
    for (const token of tokens) {
      const term = terms.get(token);
      if (term === undefined) continue;
      if (counts[term] === 0) found.push(term);
      counts[term]! += 1;
    }
    const bag = {
      terms: found,
      counts: found.map((term) => counts[term]!),
      length: tokens.length,
    };
    for (const term of found) counts[term] = 0;
    return bag;
  };
};

/** A corpus whose terms are those of the queries. */
export interface QueryTerms extends Bm25Corpus {
  /** The terms of a query in its order, repetitions included. */
  readonly query: (query: number) => Uint32Array;
  /** In how many documents each term stands. */
  readonly frequencies: ArrayLike<number>;
}

const weightOf = (corpus: QueryTerms, bag: TermBag, place: number): number =>
  bm25Weight(corpus, corpus.frequencies[bag.terms[place]!]!, bag.counts[place]!, bag.length);

/**
 * The scores of some documents from an inverted index of these alone. Terms are added up in the query's order, as
 * `Bm25Index` does: the same numbers to the last bit, whatever the block size.
 */
export const bm25Block = (corpus: QueryTerms, bags: readonly TermBag[]): DocumentBlock => {
  const starts = new Uint32Array(corpus.frequencies.length + 1);
  for (const { terms } of bags) for (const term of terms) starts[term + 1]! += 1;
  for (let t = 1; t < starts.length; t++) starts[t]! += starts[t - 1]!;
  const next = starts.slice();
  const documents = new Uint32Array(starts[starts.length - 1]!);
  const weights = new Float64Array(documents.length);
  bags.forEach((bag, d) => {
    bag.terms.forEach((term, place) => {
      const p = next[term]!++;
      documents[p] = d;
      weights[p] = weightOf(corpus, bag, place);
    });
  });
  return {
    documents: bags.length,
    score(query, out) {
      out.fill(0);
      for (const term of corpus.query(query)) {
        for (let p = starts[term]!, end = starts[term + 1]!; p < end; p++) {
          out[documents[p]!]! += weights[p]!;
        }
      }
      for (let d = 0; d < out.length; d++) if (out[d] === 0) out[d] = Number.NEGATIVE_INFINITY;
    },
  };
};

/** The score of one document for a query; −∞ where nothing is shared. */
export const createBm25Scorer = (corpus: QueryTerms): ((query: number, document: TermBag) => number) => {
  const weights = new Float64Array(corpus.frequencies.length);
  return (query, bag) => {
    bag.terms.forEach((term, place) => {
      weights[term] = weightOf(corpus, bag, place);
    });
    let score = 0;
    for (const term of corpus.query(query)) score += weights[term]!;
    for (const term of bag.terms) weights[term] = 0;
    return score === 0 ? Number.NEGATIVE_INFINITY : score;
  };
};
