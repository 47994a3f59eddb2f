import type { Measure, RelevancePairs } from '../metrics/index.js';

/** A query or a candidate of a benchmark. */
export interface RetrievalText {
  /** Distinct among the queries and among the documents. */
  readonly id: string;
  readonly text: string;
  /** What the benchmark compares to tell a relevant document: an URL, an index, a class label. */
  readonly key: string;
  /** How the benchmark's prediction files name it, where that is not the id: `url` of a query, `idx` of a candidate. */
  readonly prediction?: string;
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

type Label = Pick<RetrievalText, 'id' | 'key'>;

const positions = (labels: readonly Label[], of: 'id' | 'key'): Map<string, number[]> => {
  const found = new Map<string, number[]>();
  labels.forEach((label, i) => {
    const list = found.get(label[of]);
    if (list === undefined) found.set(label[of], [i]);
    else list.push(i);
  });
  return found;
};

const requireDistinct = (labels: readonly Label[], what: string, name: string): Map<string, number[]> => {
  const byId = positions(labels, 'id');
  for (const [id, places] of byId) {
    if (places.length > 1) {
      throw new RangeError(
        `${name}: ${what} ids must be distinct, received ${JSON.stringify(id)} ${places.length} times`,
      );
    }
  }
  return byId;
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
  queries: readonly Label[],
  documents: readonly Label[],
): ResolvedRelevance => {
  requireDistinct(queries, 'query', task.name);
  const documentsById = requireDistinct(documents, 'document', task.name);
  const query: number[] = [];
  const document: number[] = [];
  const gain: number[] = [];
  if (task.qrels !== undefined) {
    const queryIds = new Map(queries.map(({ id }, i) => [id, i]));
    for (const [queryId, grades] of task.qrels) {
      const q = queryIds.get(queryId);
      if (q === undefined)
        throw new RangeError(`${task.name}: the qrels name query ${queryId}, which is not there`);
      for (const [documentId, grade] of grades) {
        const [d] = documentsById.get(documentId) ?? [];
        if (d === undefined) {
          throw new RangeError(`${task.name}: the qrels name document ${documentId}, which is not there`);
        }
        query.push(q);
        document.push(d);
        gain.push(grade);
      }
    }
  } else {
    const byKey = positions(documents, 'key');
    queries.forEach(({ key }, q) => {
      for (const d of byKey.get(key) ?? []) {
        if (task.selfRetrieval && d === q) continue;
        query.push(q);
        document.push(d);
        gain.push(1);
      }
    });
  }
  const relevance = { query: Uint32Array.from(query), document: Uint32Array.from(document), gain };
  const hidden: [number, number][] = task.selfRetrieval
    ? queries.map((_, i) => [i, i])
    : task.ignoreIdenticalIds
      ? queries.flatMap(({ id }, q) => (documentsById.get(id) ?? []).map((d): [number, number] => [q, d]))
      : [];
  if (hidden.length === 0) return { relevance };
  return { relevance, exclude: { query: hidden.map(([q]) => q), document: hidden.map(([, d]) => d) } };
};
