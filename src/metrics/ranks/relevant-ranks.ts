import type { DenseMatrix } from '../../numerics/index.js';
import { joinRanks } from './join-ranks.js';
import { type RankingPlan, rankRange } from './rank-range.js';
import { groupByQuery, type Relevance, withoutExcluded } from './relevance.js';
import { measureVectors, type Vectors } from './vector-rows.js';

/**
 * Where a relevant document stands among documents of equal score.
 *
 * - `trec`: by document id, descending by code point, as trec_eval does; by index, descending, without ids.
 * - `optimistic`: before every other document that is not relevant.
 * - `pessimistic`: after every other document that is not relevant.
 * - `expected`: at its mean rank over all orders of the tied documents, which need not be whole.
 */
export type TieRule = 'trec' | 'optimistic' | 'pessimistic' | 'expected';

/** The ranks of the relevant documents of each query: all that a rank metric needs. */
export interface RelevantRanks {
  /** How many queries, Q. */
  readonly queries: number;
  /** The relevant documents of query q lie in [offsets[q], offsets[q + 1]), [Q + 1]. */
  readonly offsets: Uint32Array;
  /** Ranks from 1, ascending within a query; Infinity for a document that was not retrieved, [P]. */
  readonly ranks: Float64Array;
  /** The grade of each, above 0, [P]. */
  readonly gains: Float64Array;
  /** The index of each, [P]. */
  readonly documents: Uint32Array;
}

export interface RelevantRanksOptions {
  /** @defaultValue 'trec' */
  readonly ties?: TieRule;
  /** The ids by which `trec` breaks ties, [N]. */
  readonly documentIds?: readonly string[];
  /** Documents taken out of the corpus of a query, such as the query itself; the form of `relevance`. */
  readonly exclude?: Relevance;
  /**
   * Documents scored at a time.
   * @defaultValue 256
   */
  readonly chunkSize?: number;
  /**
   * `portable` computes every score in JavaScript; `auto` uses the SIMD instructions of WebAssembly where there are
   * any, several times as fast. The ranks are the same.
   * @defaultValue 'auto'
   */
  readonly scoring?: 'auto' | 'portable';
  /** Called as the work proceeds with the number of queries done, or worth of work done, and their total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Compares ids by code point, the order of their UTF-8 bytes. */
export const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other unit.
    const lift = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
    return lift(x) - lift(y);
  }
  return a.length - b.length;
};

const placesOf = (ids: readonly string[] | undefined, documents: number): Uint32Array | undefined => {
  if (ids === undefined) return undefined;
  if (ids.length !== documents) {
    throw new RangeError(`documentIds must have shape [N] = [${documents}], received ${ids.length}`);
  }
  const places = new Uint32Array(documents);
  const order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => compareCodePoints(ids[b]!, ids[a]!));
  order.forEach((document, place) => {
    places[document] = place;
  });
  return places;
};

/** Checks what every way of ranking is given, before any score is computed. */
export const prepareRanking = (
  queries: number,
  documents: number,
  relevance: Relevance,
  options: RelevantRanksOptions,
): RankingPlan => {
  const { ties = 'trec', documentIds, exclude } = options;
  if (!['trec', 'optimistic', 'pessimistic', 'expected'].includes(ties)) {
    throw new RangeError(`ties must be trec, optimistic, pessimistic or expected, received ${ties}`);
  }
  const given = groupByQuery(relevance, queries, documents, 'relevance');
  const excluded = exclude && groupByQuery(exclude, queries, documents, 'exclude');
  const relevant = excluded === undefined ? given : withoutExcluded(given, excluded);
  return { ties, relevant, excluded, places: placesOf(documentIds, documents) };
};

/** Checks and measures what ranking by vectors is given, whatever computes the scores. */
export const prepareVectors = <V extends Vectors>(
  queries: V,
  corpus: V,
  relevance: Relevance,
  options: RelevantRanksOptions,
) => {
  const { chunkSize = 256, scoring = 'auto' } = options;
  if (queries.columns !== corpus.columns) {
    throw new RangeError(
      `corpus must have ${queries.columns} columns, as queries do, received ${corpus.columns}`,
    );
  }
  if (corpus.rows === 0) throw new RangeError('corpus must have at least one row, received 0');
  if (!(Number.isSafeInteger(chunkSize) && chunkSize > 0)) {
    throw new RangeError(`chunkSize must be a positive whole number, received ${chunkSize}`);
  }
  if (scoring !== 'auto' && scoring !== 'portable') {
    throw new RangeError(`scoring must be auto or portable, received ${scoring}`);
  }
  return {
    chunkSize,
    scoring,
    asked: measureVectors(queries, 'queries'),
    stored: measureVectors(corpus, 'corpus'),
    plan: prepareRanking(queries.rows, corpus.rows, relevance, options),
  };
};

/** Queries ranked at a time: their vectors stay at hand while the corpus passes by. */
export const queryBlock = (columns: number): number =>
  Math.min(1024, Math.max(64, 64 * Math.floor(2 ** 14 / Math.max(columns, 1))));

/**
 * The rank of every relevant document when the corpus is ordered by dot product with each query.
 *
 * rank = 1 + the number of documents with a higher score + the share of the tied ones that the tie rule puts
 * first. Counted over blocks, exact at any size: no list is ever sorted or kept. Rows of length 1 make the dot
 * product a cosine. Ranks are those of scores summed in float64, so documents with equal rows tie exactly; rows
 * rounded to 16 bits decide only where their error cannot matter. A query without relevant documents has none in the result.
 *
 * @param queries [Q, D].
 * @param corpus [N, D].
 * @param relevance Pairs, or one document per query [Q].
 * @param options Tie rule, exclusions, chunk size.
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError when shapes disagree, an index is out of range, a pair is given twice, the corpus is empty,
 * or a number is not finite.
 *
 * Time O(Q·N·D); memory O(P + N + 1024·D).
 *
 * @example
 * ```ts
 * import { meanReciprocalRank, relevantRanks } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * const ranks = relevantRanks(queries, corpus, [1, 2]);
 * console.log(Array.from(ranks.ranks), meanReciprocalRank(ranks)); // [2, 1] 0.75
 * ```
 */
export const relevantRanks = (
  queries: DenseMatrix,
  corpus: DenseMatrix,
  relevance: Relevance,
  options: RelevantRanksOptions = {},
): RelevantRanks => {
  const { onProgress } = options;
  const { chunkSize, scoring, asked, stored, plan } = prepareVectors(queries, corpus, relevance, options);
  const block = queryBlock(queries.columns);
  const parts: RelevantRanks[] = [];
  for (let start = 0; start < queries.rows; start += block) {
    const end = Math.min(start + block, queries.rows);
    let reported = start;
    parts.push(
      rankRange(plan, asked, stored, start, end, {
        chunkSize,
        scoring,
        onProgress(share) {
          const done = start + Math.floor(share * (end - start));
          if (done > reported) onProgress?.(done, queries.rows);
          reported = done;
        },
      }),
    );
  }
  return joinRanks(plan.relevant.offsets, parts);
};
