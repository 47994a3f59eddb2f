import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import type { NearestDocuments } from './nearest-documents.js';
import { prepareVectors } from './prepare-ranking.js';
import { RANKING_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import { precedenceBy } from './ranking-plan.js';
import { groupByQuery, type Relevance, type RelevancePairs } from './relevance.js';
import { relevantRanksBy } from './relevant-ranks-by.js';
import { openRows, type Vectors } from './vector-rows.js';

/** What {@link rankCandidates} excludes, and how it breaks ties. */
export type RankCandidatesOptions = Pick<RelevantRanksOptions, 'documentIds' | 'exclude' | 'onProgress'>;

const RANK_CANDIDATES_OPTIONS: OptionNames<RankCandidatesOptions> = {
  documentIds: true,
  exclude: true,
  onProgress: true,
};

/** Options of ranks among given candidates instead of all documents. */
export type RelevantRanksAmongOptions = Omit<RelevantRanksOptions, 'chunkSize' | 'scoring'>;

/** A scorer of the candidates of one query after another. */
const candidateScorer = (queries: Vectors, corpus: Vectors, candidates: RelevancePairs, options: object) => {
  const none = { query: [], document: [] };
  const { asked, stored, plan } = prepareVectors(queries, corpus, none, options);
  const { offsets, documents } = groupByQuery(candidates, asked.rows, stored.rows, 'candidates');
  const questions = openRows(asked);
  const rows = openRows(stored);
  return {
    plan,
    size: { queries: asked.rows, documents: stored.rows },
    /** Calls back with each candidate, ascending, as a file is read best. */
    each(query: number, found: (document: number, score: number) => void) {
      if (offsets[query] === offsets[query + 1]) return;
      const question = questions.read(query, query + 1);
      for (const document of documents.slice(offsets[query]!, offsets[query + 1]!).sort()) {
        found(document, dotProduct(question, 0, rows.read(document, document + 1), 0));
      }
    },
    close() {
      questions.close();
      rows.close();
    },
  };
};

/**
 * The given candidates of each query by their dot product with it, best first: reranking by vectors.
 *
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param candidates Pairs of a query and a document that may be found for it.
 * @returns One list for each query, without the excluded documents; equal scores stand as `trec` has them.
 * @throws RangeError as `relevantRanks` does, or when a candidate is given twice.
 *
 * Time O(C·(D + log C)) for C candidates; memory O(C + N).
 *
 * @example
 * ```ts
 * import { rankCandidates } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0), rows: 1, columns: 2 };
 * const corpus = { data: Float32Array.of(0.5, 0.5, 0.75, 0, 0.25, 1), rows: 3, columns: 2 };
 * const candidates = { query: [0, 0], document: [0, 2] };
 * for (const { documents } of rankCandidates(queries, corpus, candidates)) console.log(Array.from(documents)); // [0, 2]
 * ```
 */
export function* rankCandidates(
  queries: Vectors,
  corpus: Vectors,
  candidates: RelevancePairs,
  options: RankCandidatesOptions = {},
): Generator<NearestDocuments> {
  checkOptions('rankCandidates', options, RANK_CANDIDATES_OPTIONS);
  const scorer = candidateScorer(queries, corpus, candidates, options);
  const { plan, size } = scorer;
  const precedence = precedenceBy(plan.places);
  try {
    for (let query = 0; query < size.queries; query++) {
      const hidden = new Set(
        plan.excluded?.documents.subarray(plan.excluded.offsets[query]!, plan.excluded.offsets[query + 1]!),
      );
      const found: { readonly document: number; readonly score: number }[] = [];
      scorer.each(query, (document, score) => {
        if (!hidden.has(document)) found.push({ document, score });
      });
      found.sort((a, b) => b.score - a.score || precedence(a.document) - precedence(b.document));
      yield {
        query,
        documents: Uint32Array.from(found, ({ document }) => document),
        scores: Float64Array.from(found, ({ score }) => score),
      };
      options.onProgress?.(query + 1, size.queries);
    }
  } finally {
    scorer.close();
  }
}

/**
 * The rank of every relevant document among the given candidates of its query; Infinity for one that is no candidate.
 *
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param candidates Pairs of a query and a document that may be found for it.
 * @param relevance Pairs, or one document per query [Q].
 * @throws RangeError as `relevantRanks` does, or when a candidate is given twice.
 *
 * Time O(C·D + Q·N) for C candidates; memory O(C + N + P).
 *
 * @example
 * ```ts
 * import { relevantRanksAmong } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0), rows: 1, columns: 2 };
 * const corpus = { data: Float32Array.of(0.5, 0.5, 0.75, 0, 0.25, 1), rows: 3, columns: 2 };
 * const candidates = { query: [0, 0], document: [0, 2] };
 * const relevance = { query: [0, 0], document: [2, 1] };
 * console.log(Array.from(relevantRanksAmong(queries, corpus, candidates, relevance).ranks)); // [2, Infinity]
 * ```
 */
export const relevantRanksAmong = (
  queries: Vectors,
  corpus: Vectors,
  candidates: RelevancePairs,
  relevance: Relevance,
  options: RelevantRanksAmongOptions = {},
): RelevantRanks => {
  checkOptions('relevantRanksAmong', options, RANKING_OPTIONS);
  const { documentIds, exclude } = options;
  const scorer = candidateScorer(queries, corpus, candidates, {
    ...(documentIds && { documentIds }),
    ...(exclude && { exclude }),
  });
  try {
    return relevantRanksBy(
      (query, out) => {
        out.fill(Number.NEGATIVE_INFINITY);
        scorer.each(query, (document, score) => {
          out[document] = score;
        });
      },
      scorer.size,
      relevance,
      options,
    );
  } finally {
    scorer.close();
  }
};
