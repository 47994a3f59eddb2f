import type { Measure, RelevancePairs } from '../metrics/index.js';
import { RelevanceBuilder } from './relevance-builder.js';

/** A query or a candidate of a benchmark. */
export interface RetrievalText {
  /** Distinct among the queries and among the documents. */
  readonly id: string;
  readonly text: string;
  /** What the benchmark compares to tell a relevant document: an URL, an index, a class label. */
  readonly key: string;
  /** How the benchmark's prediction files name it, where that is not the id: `url` of a query, `idx` of a candidate. */
  readonly prediction?: string;
  /** Where it was read, for messages: `corpus.jsonl:17`. */
  readonly place?: string;
}

/** A retrieval benchmark whose texts are read as they are needed. */
export interface RetrievalTask {
  /** As in the paper's tables, such as `CSN Python`. */
  readonly name: string;
  /** The number that the benchmark is known by. */
  readonly measure: Measure;
  /** Reads the queries from the start. */
  queries(): AsyncIterable<RetrievalText>;
  /** Reads the documents from the start. */
  documents(): AsyncIterable<RetrievalText>;
  /** Grades by query id and document id; without them, a document is relevant when its key is the query's. */
  readonly qrels?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Where the qrels name a pair, for messages: `qrels/test.tsv:17`. */
  readonly qrelPlace?: (query: string, document: string) => string;
  /** Whether the queries are the documents, in the same order, each left out of its own ranking. */
  readonly selfRetrieval: boolean;
  /** Whether documents whose id is the query's are left out. */
  readonly ignoreIdenticalIds: boolean;
  /** The numbers of queries and documents in the literature, where the benchmark has fixed ones. */
  readonly published?: { readonly queries: number; readonly documents: number };
}

/** What is relevant to what, by index, once the ids and keys of all texts are known. */
export interface ResolvedRelevance {
  readonly relevance: RelevancePairs;
  readonly exclude?: RelevancePairs;
}

const requireDistinct = (
  labels: readonly Pick<RetrievalText, 'id' | 'key'>[],
  what: string,
  name: string,
): void => {
  const seen = new Map<string, number>();
  for (const { id } of labels) seen.set(id, (seen.get(id) ?? 0) + 1);
  for (const [id, times] of seen) {
    if (times > 1) {
      throw new RangeError(
        `${name}: ${what} ids must be distinct, received ${JSON.stringify(id)} ${times} times`,
      );
    }
  }
};

/**
 * The relevant pairs of a task by the indices of its queries and documents.
 *
 * @throws RangeError when ids repeat, or the qrels name a query or document that is not there.
 *
 * @example
 * ```ts
 * import { type RetrievalTask, resolveRelevance } from 'oasis-embed/benchmarks';
 * async function* none() {}
 * const task: RetrievalTask = {
 *   name: 'Pairs by key',
 *   measure: 'mrr@1000',
 *   queries: none,
 *   documents: none,
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * const queries = [{ id: 'q0', key: 'url7' }];
 * const documents = [{ id: 'd0', key: 'url3' }, { id: 'd1', key: 'url7' }];
 * const { relevance } = resolveRelevance(task, queries, documents);
 * console.log(relevance.query, relevance.document); // [0] [1]
 * ```
 */
export const resolveRelevance = (
  task: RetrievalTask,
  queries: readonly Pick<RetrievalText, 'id' | 'key'>[],
  documents: readonly Pick<RetrievalText, 'id' | 'key'>[],
): ResolvedRelevance => {
  requireDistinct(queries, 'query', task.name);
  requireDistinct(documents, 'document', task.name);
  const builder = new RelevanceBuilder(task, task.selfRetrieval ? null : queries);
  for (const document of documents) builder.add(document);
  return builder.finish();
};
