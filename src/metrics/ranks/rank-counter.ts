import type { RelevantRanks } from './ranked-relevant.js';
import type { DocumentsByQuery } from './relevance.js';
import type { TieRule } from './tie-rule.js';

/**
 * Counts, for the relevant documents of each query, how many documents stand above them, as scores arrive in any
 * order and in pieces of any size.
 */
export class RankCounter {
  readonly #relevant: DocumentsByQuery;
  readonly #ties: TieRule;
  /** Lower stands first among equal scores. */
  readonly #precedence: ((document: number) => number) | undefined;
  /** Scores of the relevant documents, ascending within a query, [P]. */
  readonly #levels: Float64Array;
  readonly #order: Uint32Array;
  /** How many documents score above level p − 1 (the one before in the query) and at most level p. */
  readonly #above: Float64Array;
  readonly #level: Float64Array;
  /** How many documents stand before relevant document p but not before the tied one in front of it. */
  readonly #before: Float64Array;
  readonly #single = new Float64Array(1);

  /** @param scores Those of the relevant documents, in the order of `relevant.documents`. */
  constructor(
    relevant: DocumentsByQuery,
    scores: Float64Array,
    ties: TieRule,
    precedence: (document: number) => number,
  ) {
    const { offsets } = relevant;
    this.#relevant = relevant;
    this.#ties = ties;
    const stands =
      ties === 'trec' ? precedence : ties === 'first' ? (document: number) => document : undefined;
    this.#precedence = stands;
    const { documents, gains } = relevant;
    /** Among equal scores: as they stand in the ranking. */
    const compareTied = (a: number, b: number): number =>
      stands !== undefined
        ? stands(documents[a]!) - stands(documents[b]!)
        : ties === 'optimistic'
          ? gains[b]! - gains[a]!
          : ties === 'pessimistic'
            ? gains[a]! - gains[b]!
            : 0;
    this.#order = Uint32Array.from(scores, (_, i) => i);
    for (let q = 0; q + 1 < offsets.length; q++) {
      if (offsets[q + 1]! - offsets[q]! > 1) {
        this.#order
          .subarray(offsets[q]!, offsets[q + 1]!)
          .sort((a, b) => compare(scores[a]!, scores[b]!) || compareTied(a, b));
      }
    }
    this.#levels = Float64Array.from(this.#order, (place) => scores[place]!);
    this.#above = new Float64Array(scores.length);
    this.#level = new Float64Array(scores.length);
    this.#before = new Float64Array(scores.length);
  }

  /**
   * Counts the scores of documents [first, first + length) for one query.
   *
   * @param scores Read at `start` and after; −∞ marks a document that was not retrieved.
   */
  count(query: number, first: number, scores: ArrayLike<number>, start: number, length: number): void {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    const to = offsets[query + 1]!;
    if (from === to) return;
    const levels = this.#levels;
    if (to - from === 1) {
      const level = levels[from]!;
      let above = 0;
      for (let i = start, end = start + length; i < end; i++) {
        const score = scores[i]!;
        if (score > level) above += 1;
        else if (score === level) this.#tie(from, to, level, first + i - start);
      }
      this.#above[from]! += above;
      return;
    }
    for (let i = start, end = start + length; i < end; i++) {
      const score = scores[i]!;
      // The number of levels below the score, by bisection.
      let low = from;
      let high = to;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (levels[middle]! < score) low = middle + 1;
        else high = middle;
      }
      if (low > from) this.#above[low - 1]! += 1;
      if (low < to && levels[low] === score) this.#tie(low, to, score, first + i - start);
    }
  }

  /**
   * As {@link count} from scores that may be off by `margin`: a score nearer than that to a relevant document's is
   * computed again.
   *
   * @param margin Finite.
   * @param exact The true score of a document for this query.
   * @param offset What must be added to the scores.
   */
  countNear(
    query: number,
    first: number,
    scores: ArrayLike<number>,
    start: number,
    length: number,
    margin: number,
    exact: (document: number) => number,
    offset = 0,
  ): void {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    const to = offsets[query + 1]!;
    if (from === to) return;
    const levels = this.#levels;
    const single = this.#single;
    if (to - from === 1) {
      const level = levels[from]!;
      let above = 0;
      const look = (document: number) => {
        const sure = exact(document);
        if (sure > level) above += 1;
        else if (sure === level) this.#tie(from, to, sure, document);
      };
      const high = level + margin;
      const low = level - margin;
      for (let i = start, end = start + length; i < end; i++) {
        const score = scores[i]! + offset;
        if (score > high) above += 1;
        else if (score >= low) look(first + i - start);
      }
      this.#above[from]! += above;
      return;
    }
    for (let i = start, end = start + length; i < end; i++) {
      const score = scores[i]! + offset;
      // The number of levels that are below the score for certain.
      let low = from;
      let high = to;
      const sure = score - margin;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (levels[middle]! < sure) low = middle + 1;
        else high = middle;
      }
      if (low < to && levels[low]! <= score + margin) {
        single[0] = exact(first + i - start);
        this.count(query, first + i - start, single, 0, 1);
      } else if (low > from) this.#above[low - 1]! += 1;
    }
  }

  /** The score of the relevant document of a query that has just one. */
  soleLevel(query: number): number | undefined {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    return offsets[query + 1]! - from === 1 ? this.#levels[from] : undefined;
  }

  /** Counts so many documents above the sole relevant one of a query. */
  addAbove(query: number, count: number): void {
    this.#above[this.#relevant.offsets[query]!]! += count;
  }

  /** Counts one document by its true score. */
  countOne(query: number, document: number, score: number): void {
    this.#single[0] = score;
    this.count(query, document, this.#single, 0, 1);
  }

  #tie(low: number, to: number, score: number, document: number): void {
    this.#level[low]! += 1;
    const precedence = this.#precedence;
    if (precedence === undefined) return;
    const own = precedence(document);
    const { documents } = this.#relevant;
    // The first relevant document of this score that the document stands before, by bisection.
    let high = to;
    let next = low;
    while (next < high) {
      const middle = (next + high) >>> 1;
      if (this.#levels[middle] === score && precedence(documents[this.#order[middle]!]!) <= own)
        next = middle + 1;
      else high = middle;
    }
    if (next < to && this.#levels[next] === score) this.#before[next]! += 1;
  }

  /** The ranks, once every document of every query has been counted. */
  finish(): RelevantRanks {
    const { offsets, documents, gains } = this.#relevant;
    const queries = offsets.length - 1;
    const ranks = new Float64Array(documents.length);
    const groups = { above: ranks.slice(), size: ranks.slice() };
    for (let q = 0; q < queries; q++) {
      let above = 0;
      let end = offsets[q + 1]!;
      while (end > offsets[q]!) {
        const score = this.#levels[end - 1]!;
        let start = end - 1;
        while (start > offsets[q]! && this.#levels[start - 1] === score) start -= 1;
        above += this.#above[end - 1]!;
        // A document above several equal levels was counted at the last of them, ties at the first.
        const tied = this.#level[start]!;
        const size = end - start;
        let before = 0;
        for (let p = start; p < end; p++) {
          const place = p - start + 1;
          before += this.#before[p]!;
          groups.above[p] = above;
          groups.size[p] = tied;
          const within =
            this.#ties === 'optimistic'
              ? place
              : this.#ties === 'pessimistic'
                ? tied - size + place
                : this.#precedence === undefined
                  ? (place * (tied + 1)) / (size + 1)
                  : before + 1;
          ranks[p] = score === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : above + within;
        }
        end = start;
      }
    }
    // Ranks ascend within a query.
    const order = Uint32Array.from(ranks, (_, i) => i);
    for (let q = 0; q < queries; q++) {
      if (offsets[q + 1]! - offsets[q]! > 1) {
        order.subarray(offsets[q]!, offsets[q + 1]!).sort((a, b) => compare(ranks[a]!, ranks[b]!) || a - b);
      }
    }
    const tied =
      this.#ties === 'expected'
        ? {
            above: Float64Array.from(order, (p) => groups.above[p]!),
            size: Float64Array.from(order, (p) => groups.size[p]!),
          }
        : undefined;
    return {
      queries,
      offsets,
      ...(tied === undefined ? {} : { tied }),
      ranks: Float64Array.from(order, (p) => ranks[p]!),
      gains: Float64Array.from(order, (p) => gains[this.#order[p]!]!),
      documents: Uint32Array.from(order, (p) => documents[this.#order[p]!]!),
    };
  }
}

const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
