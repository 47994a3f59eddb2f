import { RelevanceBuilder } from './relevance-builder.js';
import type { ResolvedRelevance, RetrievalTask, RetrievalText } from './retrieval-task.js';

type Label = Pick<RetrievalText, 'id' | 'key'>;

const requireDistinct = (labels: readonly Label[], what: string, name: string): void => {
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
  queries: readonly Label[],
  documents: readonly Label[],
): ResolvedRelevance => {
  requireDistinct(queries, 'query', task.name);
  requireDistinct(documents, 'document', task.name);
  const builder = new RelevanceBuilder(task, task.selfRetrieval ? null : queries);
  for (const document of documents) builder.add(document);
  return builder.finish();
};
