import type { DenseMatrix } from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import { RankCounter } from './rank-counter.js';
import type { DocumentsByQuery } from './relevance.js';
import type { TieRule } from './tie-rule.js';
import type { VectorRows } from './vector-rows.js';

/** All that decides the ranks besides the vectors, in a form that passes between threads. */
export interface RankingPlan {
  readonly ties: TieRule;
  readonly relevant: DocumentsByQuery;
  readonly excluded: DocumentsByQuery | undefined;
  /** Where each document stands among equal scores; by descending index without it. */
  readonly places: Uint32Array | undefined;
}

export const precedenceBy = (places: Uint32Array | undefined): ((document: number) => number) =>
  places === undefined ? (document) => -document : (document) => places[document]!;

/** Puts −∞ in place of the scores of the documents hidden from a query. */
export const hideExcluded = (
  excluded: DocumentsByQuery | undefined,
  query: number,
  first: number,
  scores: Float64Array | Float32Array,
  start: number,
  length: number,
) => {
  if (excluded === undefined) return;
  for (let i = excluded.offsets[query]!; i < excluded.offsets[query + 1]!; i++) {
    const place = excluded.documents[i]! - first;
    if (place >= 0 && place < length) scores[start + place] = Number.NEGATIVE_INFINITY;
  }
};

/** A counter for some queries that knows the exact scores of their relevant documents. */
export const counterFor = (
  plan: RankingPlan,
  relevant: DocumentsByQuery,
  queries: DenseMatrix,
  corpus: VectorRows,
) => {
  const scores = new Float64Array(relevant.documents.length);
  for (let q = 0; q + 1 < relevant.offsets.length; q++) {
    for (let p = relevant.offsets[q]!; p < relevant.offsets[q + 1]!; p++) {
      const document = relevant.documents[p]!;
      scores[p] = dotProduct(queries, q, corpus.read(document, document + 1), 0);
    }
  }
  return new RankCounter(relevant, scores, plan.ties, precedenceBy(plan.places));
};
