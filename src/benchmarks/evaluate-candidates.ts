import { encodeTrecId, relevantRanksBy } from '../metrics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { DistinctIds } from './distinct-ids.js';
import type { EvaluateTaskOptions } from './evaluate-task.js';
import { PackedLabels } from './label-list.js';
import { RelevanceBuilder } from './relevance-builder.js';
import { type Candidates, resolveCandidates } from './resolve-candidates.js';
import type { RetrievalTask } from './retrieval-task.js';
import { requireSome, summarizeTask, type TaskEvaluation } from './summarize-task.js';
import { type TextLabel, withoutPlace } from './text-label.js';

/** Which metrics reranked candidates are measured by, and how ties rank. */
export type EvaluateCandidatesOptions = Pick<EvaluateTaskOptions, 'ties' | 'measures'>;

const EVALUATE_CANDIDATES_OPTIONS: OptionNames<EvaluateCandidatesOptions> = { ties: true, measures: true };

/**
 * Evaluates a run on a benchmark as it is: the first stage, to print beside what reranks it.
 *
 * @param candidates Scores by query and document, ids as they stand in a run file.
 * @throws RangeError when there is no query or document, ids repeat, the run has no query of the task, or it names a
 * document that is not there.
 *
 * Time O(Q·N); memory O(C) for C candidates beside the ids of the documents.
 *
 * @example
 * ```ts
 * import { evaluateCandidates, type RetrievalTask } from 'oasis-embed/benchmarks';
 * const texts = ['sort a list', 'read a file'].map((text, i) => ({ id: `${i}`, key: `${i}`, text }));
 * async function* read() {
 *   yield* texts;
 * }
 * const task: RetrievalTask = {
 *   name: 'Two texts',
 *   measure: 'mrr@1000',
 *   queries: read,
 *   documents: read,
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * const run = new Map([
 *   ['0', new Map([['0', 2], ['1', 1]])],
 *   ['1', new Map([['0', 2], ['1', 1]])],
 * ]);
 * console.log((await evaluateCandidates(task, run)).score); // 0.75
 * ```
 */
export const evaluateCandidates = async (
  task: RetrievalTask,
  candidates: Candidates,
  options: EvaluateCandidatesOptions = {},
): Promise<TaskEvaluation> => {
  checkOptions('evaluateCandidates', options, EVALUATE_CANDIDATES_OPTIONS);
  const { measures = [], ties } = options;
  const labels: TextLabel[] = [];
  if (!task.selfRetrieval) {
    const ids = new DistinctIds(`${task.name}: query`, () => task.queries());
    for await (const { text: _, ...label } of task.queries()) {
      await ids.add(label);
      labels.push(withoutPlace(label));
    }
    requireSome(task, 'query', labels.length);
  }
  const relevant = new RelevanceBuilder<TextLabel>(task, task.selfRetrieval ? null : labels);
  const ids = new DistinctIds(`${task.name}: document`, () => task.documents());
  const names = new PackedLabels();
  for await (const { text: _, ...label } of task.documents()) {
    const repeated = ids.add(label);
    if (repeated !== undefined) await repeated;
    names.push(label);
    relevant.add(withoutPlace(label));
  }
  requireSome(task, 'document', names.length);
  const { relevance, missed, ...hidden } = relevant.finish();
  const { pairs, scores, notes } = resolveCandidates(task, candidates, relevant.queries, names);
  const queries = relevant.queries.length;
  const starts = new Uint32Array(queries + 1);
  for (let i = 0; i < pairs.query.length; i++) starts[pairs.query[i]! + 1]! += 1;
  for (let q = 0; q < queries; q++) starts[q + 1]! += starts[q]!;
  const ranks = relevantRanksBy(
    (query, out) => {
      out.fill(Number.NEGATIVE_INFINITY);
      // Pairs come query by query.
      for (let i = starts[query]!; i < starts[query + 1]!; i++) out[pairs.document[i]!] = scores[i]!;
    },
    { queries, documents: names.length },
    relevance,
    {
      ...hidden,
      documentIds: Array.from(names, ({ id }) => encodeTrecId(id)),
      ...(ties === undefined ? {} : { ties }),
    },
  );
  return summarizeTask(task, ranks, names.length, measures, notes, missed);
};
