import type { RelevantRanks } from './ranked-relevant.js';
import type { DocumentsByQuery } from './relevance.js';
import type { TieRule } from './tie-rule.js';

/** Exact scores of documents by their places in a chunk; valid until the next call. */
export type ExactScores = (places: Uint32Array, count: number) => ArrayLike<number>;

/** What a query has in common with centers, and which of them was left out of each document of a chunk. */
export interface CommonScores {
  readonly offsets: Float64Array;
  /** The first center where it has no number. */
  readonly centerOf: Uint8Array;
}

const NOTHING: CommonScores = { offsets: new Float64Array(1), centerOf: new Uint8Array(0) };

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
  /** Places of a chunk whose scores are too near to a level to decide. */
  #near = new Uint32Array(0);

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
   * @param exact Of this query.
   * @param common What must be added to the scores.
   */
  countNear(
    query: number,
    first: number,
    scores: ArrayLike<number>,
    start: number,
    length: number,
    margin: number,
    exact: ExactScores,
    { offsets: added, centerOf }: CommonScores = NOTHING,
  ): void {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    const to = offsets[query + 1]!;
    if (from === to) return;
    if (this.#near.length < length) this.#near = new Uint32Array(length);
    const near = this.#near;
    const levels = this.#levels;
    let count = 0;
    if (to - from === 1) {
      const high = levels[from]! + margin;
      const low = levels[from]! - margin;
      let above = 0;
      for (let i = 0; i < length; i++) {
        const score = scores[start + i]! + added[centerOf[i] ?? 0]!;
        if (score > high) above += 1;
        else if (score >= low) near[count++] = i;
      }
      this.#above[from]! += above;
      if (count > 0) this.#countExact(from, first, near, count, exact(near, count));
      return;
    }
    for (let i = 0; i < length; i++) {
      const score = scores[start + i]! + added[centerOf[i] ?? 0]!;
      // The number of levels that are below the score for certain.
      let low = from;
      let high = to;
      const sure = score - margin;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (levels[middle]! < sure) low = middle + 1;
        else high = middle;
      }
      if (low < to && levels[low]! <= score + margin) near[count++] = i;
      else if (low > from) this.#above[low - 1]! += 1;
    }
    if (count === 0) return;
    const found = exact(near, count);
    for (let i = 0; i < count; i++) {
      this.#single[0] = found[i]!;
      this.count(query, first + near[i]!, this.#single, 0, 1);
    }
  }

  /** The score of the relevant document of a query that has just one. */
  soleLevel(query: number): number | undefined {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    return offsets[query + 1]! - from === 1 ? this.#levels[from] : undefined;
  }

  /**
   * Counts the documents of a chunk for a query with a sole relevant one.
   *
   * @param found How many stand above it for certain, then the places of those that may.
   * @param near How many places there are.
   * @param exact Of this query.
   */
  countSole(query: number, first: number, found: Uint32Array, near: number, exact: ExactScores): void {
    const from = this.#relevant.offsets[query]!;
    this.#above[from]! += found[0]!;
    if (near === 0) return;
    const places = found.subarray(1, 1 + near);
    this.#countExact(from, first, places, near, exact(places, near));
  }

  /** Counts documents [first, first + length), all of the same score, for one query. */
  countEqual(query: number, first: number, length: number, score: number): void {
    const { offsets } = this.#relevant;
    const from = offsets[query]!;
    const to = offsets[query + 1]!;
    const levels = this.#levels;
    let low = from;
    while (low < to && levels[low]! < score) low += 1;
    if (low > from) this.#above[low - 1]! += length;
    if (low === to || levels[low] !== score) return;
    const precedence = this.#precedence;
    if (precedence === undefined || to - from > 1) {
      for (let document = first; document < first + length; document++) this.#tie(low, to, score, document);
      return;
    }
    const own = precedence(this.#relevant.documents[this.#order[from]!]!);
    let before = 0;
    for (let document = first; document < first + length; document++) {
      if (precedence(document) < own) before += 1;
    }
    this.#level[from]! += length;
    this.#before[from]! += before;
  }

  /** Counts documents whose scores are exact against the sole level of a query. Nearly all scores may come this way. */
  #countExact(
    from: number,
    first: number,
    places: Uint32Array,
    count: number,
    scores: ArrayLike<number>,
  ): void {
    const level = this.#levels[from]!;
    const precedence = this.#precedence;
    const own = precedence?.(this.#relevant.documents[this.#order[from]!]!);
    let above = 0;
    let tied = 0;
    let before = 0;
    for (let i = 0; i < count; i++) {
      const score = scores[i]!;
      if (score > level) above += 1;
      else if (score === level) {
        tied += 1;
        if (own !== undefined && precedence!(first + places[i]!) < own) before += 1;
      }
    }
    this.#above[from]! += above;
    this.#level[from]! += tied;
    this.#before[from]! += before;
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
