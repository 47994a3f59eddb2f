import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import type { Run } from './evaluate-run.js';
import { compareCodePoints } from './ranks/compare-code-points.js';
import { outerTable, rowOf } from './scores-by-id.js';
import type { TrecTable } from './trec-files.js';

/** How deep {@link rerankRun} reads a run, and what it does with the rest. */
export interface RerankRunOptions {
  /**
   * How many documents of a query are scored anew, from the top.
   * @defaultValue all that the run lists
   */
  readonly depth?: number;
  /**
   * What happens to those below: left out, or kept in their order behind the others.
   * @defaultValue 'drop'
   */
  readonly rest?: 'drop' | 'keep';
  /** Called with the number of queries done and their total. */
  readonly onProgress?: (done: number, total: number) => void;
}

const RERANK_RUN_OPTIONS: OptionNames<RerankRunOptions> = { depth: true, rest: true, onProgress: true };

/**
 * Ranks the candidates of a run anew by another score: a cross-encoder's, a larger model's.
 *
 * Candidates are taken by the run's scores, and equal scores stand by id as trec_eval has them. Documents that the run does
 * not list are never found, so the run's recall bounds what reranking can reach.
 *
 * @param run Scores by query and document: the first stage.
 * @param score The new scores of a query's candidates, in their order.
 * @returns New scores, best first.
 * @throws RangeError when there are not as many scores as candidates, or one is not finite (query and document named).
 *
 * Time O(n log n) in the candidates of a query beside the scoring; memory O(n).
 *
 * @example
 * ```ts
 * import { rerankRun } from 'oasis-embed/metrics';
 * const found = { q1: { long: 0.9, short: 0.8, other: 0.1 } };
 * const reranked = await rerankRun(found, (_query, documents) => documents.map((id) => -id.length), { depth: 2 });
 * console.log([...reranked.get('q1')!.keys()]); // ['long', 'short']
 * ```
 */
export const rerankRun = async (
  run: Run,
  score: (queryId: string, documentIds: readonly string[]) => ArrayLike<number> | Promise<ArrayLike<number>>,
  options: RerankRunOptions = {},
): Promise<TrecTable> => {
  checkOptions('rerankRun', options, RERANK_RUN_OPTIONS);
  const { depth, rest = 'drop', onProgress } = options;
  if (depth !== undefined) checkPositiveInteger('depth', depth);
  if (rest !== 'drop' && rest !== 'keep') {
    throw new RangeError(`rest must be drop or keep, received ${JSON.stringify(rest)}`);
  }
  const byScore = (a: readonly [string, number], b: readonly [string, number]): number =>
    b[1] - a[1] || compareCodePoints(b[0], a[0]);
  const table = outerTable(run);
  const reranked: TrecTable = new Map();
  for (const [query, row] of table) {
    const first = [...rowOf(row)];
    for (const [id, value] of first) requireFinite(query, id, value);
    first.sort(byScore);
    const candidates = first.slice(0, depth).map(([id]) => id);
    const scores = candidates.length === 0 ? [] : await score(query, candidates);
    if (scores.length !== candidates.length) {
      const wanted = `one for each of the ${candidates.length} candidates`;
      throw new RangeError(`the scores of query ${query} must be ${wanted}, received ${scores.length}`);
    }
    const found = candidates.map((id, i) => [id, requireFinite(query, id, scores[i]!)] as const);
    found.sort(byScore);
    if (rest === 'keep') {
      const least = found.at(-1)?.[1] ?? 0;
      first.slice(candidates.length).forEach(([id], i) => {
        found.push([id, least - i - 1]);
      });
    }
    reranked.set(query, new Map(found));
    onProgress?.(reranked.size, table.size);
  }
  return reranked;
};

const requireFinite = (query: string, document: string, score: number): number => {
  if (Number.isFinite(score)) return score;
  throw new RangeError(
    `the score of query ${query} and document ${document} must be finite, received ${score}`,
  );
};
