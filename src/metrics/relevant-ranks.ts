import type { DenseMatrix } from '../numerics/index.js';
import { dotProduct, dotProducts } from './dot-products.js';
import { RankCounter } from './rank-counter.js';
import { type DocumentsByQuery, groupByQuery, type Relevance, withoutExcluded } from './relevance.js';

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
   * @defaultValue 1024
   */
  readonly chunkSize?: number;
  /** Called after each block of queries with the number of queries done and their total. */
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

const precedenceOf = (ids: readonly string[] | undefined, documents: number) => {
  if (ids === undefined) return (document: number) => -document;
  if (ids.length !== documents) {
    throw new RangeError(`documentIds must have shape [N] = [${documents}], received ${ids.length}`);
  }
  const places = new Uint32Array(documents);
  const order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => compareCodePoints(ids[b]!, ids[a]!));
  order.forEach((document, place) => {
    places[document] = place;
  });
  return (document: number) => places[document]!;
};

/** Checks what every way of ranking is given, before any score is computed. */
export const prepareRanking = (
  queries: number,
  documents: number,
  relevance: Relevance,
  options: RelevantRanksOptions,
) => {
  const { ties = 'trec', documentIds, exclude } = options;
  if (!['trec', 'optimistic', 'pessimistic', 'expected'].includes(ties)) {
    throw new RangeError(`ties must be trec, optimistic, pessimistic or expected, received ${ties}`);
  }
  const given = groupByQuery(relevance, queries, documents, 'relevance');
  const excluded = exclude && groupByQuery(exclude, queries, documents, 'exclude');
  const relevant = excluded === undefined ? given : withoutExcluded(given, excluded);
  return { ties, relevant, excluded, precedence: precedenceOf(documentIds, documents) };
};

const checkMatrix = (matrix: DenseMatrix, name: string) => {
  const { data, rows, columns } = matrix;
  if (data.length !== rows * columns) {
    throw new RangeError(`${name}.data must have length ${rows} × ${columns}, received ${data.length}`);
  }
  for (let i = 0; i < data.length; i++) {
    if (data[i]! - data[i]! !== 0) {
      const at = `${name} row ${Math.floor(i / columns)}, column ${i % columns}`;
      throw new RangeError(`${at} must be finite, received ${data[i]}`);
    }
  }
};

/** Puts −∞ in place of the scores of the documents hidden from a query. */
export const hideExcluded = (
  excluded: DocumentsByQuery | undefined,
  query: number,
  first: number,
  scores: Float64Array,
  start: number,
  length: number,
) => {
  if (excluded === undefined) return;
  for (let i = excluded.offsets[query]!; i < excluded.offsets[query + 1]!; i++) {
    const place = excluded.documents[i]! - first;
    if (place >= 0 && place < length) scores[start + place] = Number.NEGATIVE_INFINITY;
  }
};

const QUERY_BLOCK = 64;

/**
 * The rank of every relevant document when the corpus is ordered by dot product with each query.
 *
 * rank = 1 + the number of documents with a higher score + the share of the tied ones that the tie rule puts
 * first. Counted over blocks, exact at any size: no list is ever sorted or kept. Rows of length 1 make the dot
 * product a cosine. Scores are summed in float64, so documents with equal rows tie exactly. A query without
 * relevant documents has none in the result.
 *
 * @param queries [Q, D].
 * @param corpus [N, D].
 * @param relevance Pairs, or one document per query [Q].
 * @param options Tie rule, exclusions, chunk size.
 * @returns Ranks from 1, ascending within each query.
 * @throws RangeError when shapes disagree, an index is out of range, a pair is given twice, the corpus is empty,
 * or a number is not finite.
 *
 * Time O(Q·N·D); memory O(P + 64·chunkSize).
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
  const { chunkSize = 1024, onProgress } = options;
  if (queries.columns !== corpus.columns) {
    throw new RangeError(
      `corpus must have ${queries.columns} columns, as queries do, received ${corpus.columns}`,
    );
  }
  if (corpus.rows === 0) throw new RangeError('corpus must have at least one row, received 0');
  if (!(Number.isSafeInteger(chunkSize) && chunkSize > 0)) {
    throw new RangeError(`chunkSize must be a positive whole number, received ${chunkSize}`);
  }
  checkMatrix(queries, 'queries');
  checkMatrix(corpus, 'corpus');
  const { ties, relevant, excluded, precedence } = prepareRanking(
    queries.rows,
    corpus.rows,
    relevance,
    options,
  );
  const scores = new Float64Array(relevant.documents.length);
  for (let q = 0; q < queries.rows; q++) {
    for (let p = relevant.offsets[q]!; p < relevant.offsets[q + 1]!; p++) {
      scores[p] = dotProduct(queries, q, corpus, relevant.documents[p]!);
    }
  }
  const counter = new RankCounter(relevant, scores, ties, precedence);
  const width = Math.min(chunkSize, corpus.rows);
  const tile = new Float64Array(QUERY_BLOCK * width);
  for (let start = 0; start < queries.rows; start += QUERY_BLOCK) {
    const end = Math.min(start + QUERY_BLOCK, queries.rows);
    for (let first = 0; first < corpus.rows; first += width) {
      const last = Math.min(first + width, corpus.rows);
      dotProducts(queries, start, end, corpus, first, last, tile, width);
      for (let q = start; q < end; q++) {
        const row = (q - start) * width;
        hideExcluded(excluded, q, first, tile, row, last - first);
        counter.count(q, first, tile, row, last - first);
      }
    }
    onProgress?.(end, queries.rows);
  }
  return counter.finish();
};
