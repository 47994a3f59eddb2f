import type { RetrievalTask, RetrievalText } from '../../src/benchmarks/index.js';

/** What a benchmark reads from a file, one after another. */
export async function* stream<T>(items: readonly T[]) {
  yield* items;
}

/** A benchmark of texts in memory; with `selfRetrieval` the documents ask. */
export const taskOf = (
  queries: readonly RetrievalText[],
  documents: readonly RetrievalText[],
  extra: Partial<RetrievalTask> = {},
): RetrievalTask => ({
  name: 'Demo',
  measure: 'mrr@1000',
  queries: () => stream(extra.selfRetrieval ? documents : queries),
  documents: () => stream(documents),
  selfRetrieval: false,
  ignoreIdenticalIds: false,
  ...extra,
});
