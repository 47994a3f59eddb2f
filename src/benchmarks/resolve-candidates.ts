import { encodeTrecId, type RelevancePairs } from '../metrics/index.js';
import type { LabelList } from './label-list.js';
import type { RetrievalTask } from './retrieval-task.js';
import type { TextLabel } from './text-label.js';

/** Scores of the candidates by query and document, ids as they stand in a run file: see `encodeTrecId`. */
export type Candidates = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Candidates by the places of queries and documents. */
export interface ResolvedCandidates {
  readonly pairs: RelevancePairs;
  /** The score of each pair. */
  readonly scores: Float64Array;
  readonly notes: readonly string[];
}

/** @throws RangeError when the candidates name no query of the task, or a document that it lacks. */
export const resolveCandidates = (
  task: RetrievalTask,
  candidates: Candidates,
  queries: readonly TextLabel[],
  documents: LabelList,
): ResolvedCandidates => {
  const places = new Map<string, number>();
  for (const row of candidates.values()) for (const id of row.keys()) places.set(id, -1);
  let place = 0;
  for (const { id } of documents) {
    const written = encodeTrecId(id);
    if (places.has(written)) places.set(written, place);
    place += 1;
  }
  const query: number[] = [];
  const document: number[] = [];
  const scores: number[] = [];
  let without = 0;
  queries.forEach(({ id }, q) => {
    const row = candidates.get(encodeTrecId(id));
    if (row === undefined || row.size === 0) without += 1;
    for (const [name, score] of row ?? []) {
      const d = places.get(name)!;
      if (d < 0) throw new RangeError(`${task.name}: candidates name document ${name}, which is not there`);
      query.push(q);
      document.push(d);
      scores.push(score);
    }
  });
  if (query.length === 0) {
    const [first = 'none'] = candidates.keys();
    throw new RangeError(
      `${task.name}: candidates must have queries of the task, received others (${first})`,
    );
  }
  const each = (query.length / (queries.length - without)).toFixed(1).replace(/\.0$/, '');
  const notes = [
    `Only candidates were ranked, ${each} for a query: what is not among them counts as not found.`,
  ];
  if (without > 0) notes.push(`${without} of ${queries.length} queries have no candidates.`);
  return { pairs: { query, document }, scores: Float64Array.from(scores), notes };
};
