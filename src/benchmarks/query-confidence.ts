import { nearestDocuments, type RelevancePairs, rankCandidates, type Vectors } from '../metrics/index.js';

/** How sure a system is of its answer to each query, by MTEB's three signs, from the scores of the documents it finds. */
export interface QueryConfidence {
  /** The highest score [Q]; 0 where nothing is found. */
  readonly max: Float64Array;
  /** The standard deviation of the scores [Q]. */
  readonly std: Float64Array;
  /** How much the first document leads the second [Q]. */
  readonly diff1: Float64Array;
}

/** Documents that MTEB finds for a query. */
const DEPTH = 1000;

/** What a system ranks, and what it may find. */
interface Rankable {
  readonly queries: Vectors;
  readonly documents: Vectors;
  readonly exclude?: RelevancePairs;
  readonly candidates?: RelevancePairs;
}

/** Time O(Q·N·D), or O(C·D) for C candidates; memory O(256·1000) beside the result. */
export const queryConfidence = (
  { queries, documents, exclude, candidates }: Rankable,
  onProgress: (done: number, total: number) => void = () => {},
): QueryConfidence => {
  const [max, std, diff1] = [0, 1, 2].map(() => new Float64Array(queries.rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const options = { ...(exclude && { exclude }), onProgress };
  const found =
    candidates === undefined
      ? nearestDocuments(queries, documents, DEPTH, options)
      : rankCandidates(queries, documents, candidates, options);
  for (const { query, scores: all } of found) {
    const scores = all.subarray(0, DEPTH);
    if (scores.length === 0) continue;
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    max[query] = scores[0]!;
    std[query] = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
    diff1[query] = scores.length === 1 ? 0 : scores[0]! - scores[1]!;
  }
  return { max, std, diff1 };
};
