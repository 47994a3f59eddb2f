import { type Measure, measureRanks, perQueryMeasure, type RelevantRanks } from '../metrics/index.js';
import { withMisses } from './missed-documents.js';
import type { QueryConfidence } from './query-confidence.js';
import type { MissedDocument, RetrievalTask } from './retrieval-task.js';

/** The result of a system on a benchmark. */
export interface TaskEvaluation {
  readonly task: string;
  /** The number that the benchmark is known by, in [0, 1]. */
  readonly score: number;
  readonly measures: Readonly<Partial<Record<Measure, number>>>;
  /** The benchmark's own metric for each query [Q], NaN where nothing is relevant. */
  readonly perQuery: Float64Array;
  readonly ranks: RelevantRanks;
  readonly queries: number;
  readonly documents: number;
  /** Sentences that a reader of the number should know, such as sizes other than the published ones. */
  readonly notes: readonly string[];
  /** Where it was asked for. */
  readonly confidence?: QueryConfidence;
}

/** The numbers of a ranking, and what a reader should know about them. */
export const summarizeTask = (
  task: RetrievalTask,
  found: RelevantRanks,
  documents: number,
  measures: readonly Measure[],
  notesOfTexts: readonly string[] = [],
  missed: readonly MissedDocument[] = [],
): TaskEvaluation => {
  const ranks = withMisses(found, missed);
  const all = [...new Set([task.measure, ...measures])];
  const means = measureRanks(ranks, all);
  const notes = [...(task.notes ?? []), ...notesOfTexts];
  const relevantMisses = missed.filter(({ gain }) => gain > 0);
  if (relevantMisses.length > 0) {
    const queries = new Set(relevantMisses.map(({ query }) => query)).size;
    notes.push(
      `${task.name}: the qrels name ${relevantMisses.length} relevant documents that are not there, for ${queries} queries; ` +
        'they count as not found.',
    );
  }
  const { published } = task;
  if (published && (published.queries !== ranks.queries || published.documents !== documents)) {
    notes.push(
      `${task.name} has ${published.queries} queries and ${published.documents} documents in the literature, ` +
        `these files ${ranks.queries} and ${documents}: the number cannot be compared.`,
    );
  }
  let without = 0;
  for (let q = 0; q < ranks.queries; q++) if (ranks.offsets[q] === ranks.offsets[q + 1]) without += 1;
  if (without > 0)
    notes.push(`${without} of ${ranks.queries} queries have no relevant document and are left out.`);
  return {
    task: task.name,
    score: means[task.measure] ?? Number.NaN,
    measures: means,
    perQuery: perQueryMeasure(ranks, task.measure),
    ranks,
    queries: ranks.queries,
    documents,
    notes,
  };
};

/** @throws RangeError when the task has none of something. */
export const requireSome = (task: RetrievalTask, what: 'query' | 'document', count: number): void => {
  if (count === 0) throw new RangeError(`${task.name} must have at least one ${what}, received 0`);
};
