import {
  checkEvaluateRunOptions,
  DEFAULT_CHOICES,
  type EvaluateRunOptions,
  type EvaluationChoices,
} from './evaluate-run-options.js';
import { profileOf } from './evaluation-profile.js';
import type { Measure } from './measure.js';
import { MEASURE_FAMILIES } from './measures/measure-families.js';
import { type ParsedMeasure, parseMeasure } from './measures/parse-measure.js';
import type { RankedQuery } from './measures/ranked-query.js';
import { meanOverQueries } from './measures/values-per-query.js';
import { rankJudged } from './rank-judged.js';
import { outerTable, rowOf, type ScoresById, type ScoresRow } from './scores-by-id.js';

/** Scores of the retrieved documents by query id and document id, as maps or as plain objects. */
export type Run = ScoresById;

/**
 * Grades by query id and document id, as maps or as plain objects. A grade of 0 is judged and not relevant; a negative one
 * marks a document that was drawn for judgment but not judged, as `infap` needs it.
 */
export type Qrels = ScoresById;

/** Metrics of a run: means, and values per query in the order of `queryIds`. */
export interface RunEvaluation<M extends string = Measure> {
  readonly mean: Readonly<Record<M, number>>;
  /** The queries that were evaluated, in the order of the qrels. */
  readonly queryIds: readonly string[];
  /** NaN where a metric leaves a query out of its mean that another metric counts. */
  readonly perQuery: Readonly<Record<M, Float64Array>>;
  /** Queries of the qrels that the run lacks. */
  readonly missing: readonly string[];
  /** Queries of the run that the qrels lack; they are not evaluated. */
  readonly unjudged: readonly string[];
}

/** Ranks every query once for each distinct set of choices. */
const createRanker = (results: ReadonlyMap<string, ScoresRow>, judged: ReadonlyMap<string, ScoresRow>) => {
  const rankings = new Map<string, ReadonlyMap<string, RankedQuery>>();
  return (choices: EvaluationChoices): ReadonlyMap<string, RankedQuery> => {
    const { missing, withoutRelevant: _, relevanceLevel: __, ...deciding } = choices;
    const key = JSON.stringify([missing, ...Object.entries(deciding).sort()]);
    const known = rankings.get(key);
    if (known !== undefined) return known;
    const ranked = new Map<string, RankedQuery>();
    for (const [queryId, grades] of judged) {
      const row = results.get(queryId);
      if (row === undefined && missing === 'skip') continue;
      const retrieved = row === undefined ? new Map<string, number>() : rowOf(row);
      ranked.set(queryId, rankJudged(queryId, rowOf(grades), retrieved, row instanceof Map, choices));
    }
    rankings.set(key, ranked);
    return ranked;
  };
};

/** The value of a query; undefined if the query is not counted. */
const valueOfQuery = (
  { value, family }: ParsedMeasure,
  query: RankedQuery | undefined,
  { withoutRelevant }: EvaluationChoices,
): number | undefined => {
  if (query === undefined) return undefined;
  if (query.ranks.length === 0) {
    if (withoutRelevant === 'skip') return undefined;
    return MEASURE_FAMILIES[family]!.judgements ? value(query) : 0;
  }
  const found = value(query);
  return Number.isNaN(found) ? (withoutRelevant === 'skip' ? undefined : 0) : found;
};

/**
 * Evaluates a run against relevance judgments, as trec_eval does.
 *
 * Documents are ordered by score, ties by the tie rule; ranks written in a run file do not matter. A query of the
 * qrels that the run lacks counts as zero, queries of the run without judgements are ignored, and both are listed.
 * Metrics may be spelled as in trec_eval, ir_measures or ranx: `P@5`, `ndcg_cut_10`, `recip_rank`.
 *
 * @param run Scores by query and document.
 * @param qrels Grades by query and document.
 * @param measures Such as `['map', 'ndcg@10', 'recall@100']`; see {@link Measure}.
 * @param evaluateOptions Whose conventions; ties, missing queries, identical ids.
 * @returns Means and values per query; a mean is NaN when no query could be evaluated.
 * @throws TypeError for an unknown option.
 * @throws RangeError when a metric or the value of an option is unknown, or a score or grade is not finite (query and document named).
 *
 * Time O(n log n) in the documents of a query; memory O(n) beside the input.
 *
 * @example
 * ```ts
 * import { evaluateRun } from 'oasis-embed/metrics';
 * const run = { q1: { d1: 0.9, d2: 0.4 }, q2: { d1: 0.1, d3: 0.7 } };
 * const qrels = { q1: { d2: 1 }, q2: { d3: 1 } };
 * console.log(evaluateRun(run, qrels, ['mrr@10', 'recall@1']).mean); // { 'mrr@10': 0.75, 'recall@1': 0.5 }
 * ```
 */
export const evaluateRun = <M extends Measure | (string & {})>(
  run: Run,
  qrels: Qrels,
  measures: readonly M[],
  evaluateOptions: EvaluateRunOptions = {},
): RunEvaluation<M> => {
  checkEvaluateRunOptions(evaluateOptions);
  const { profile: profileName, ...given } = evaluateOptions;
  const profile = profileOf(profileName);
  const { rename = (name: string) => name } = profile;
  const results = outerTable(run);
  const judged = outerTable(qrels);
  const ranker = createRanker(results, judged);
  const columns = measures.map((measure) => {
    const name = rename(parseMeasure(measure).name);
    const { family } = parseMeasure(name);
    const choices = { ...DEFAULT_CHOICES, ...profile.options, ...profile.families?.[family], ...given };
    const parsed = parseMeasure(name, { level: choices.relevanceLevel });
    const ranked = ranker(choices);
    const values = Array.from(judged.keys(), (queryId) => valueOfQuery(parsed, ranked.get(queryId), choices));
    return { measure, mean: parsed.mean, values };
  });
  const allIds = [...judged.keys()];
  const counted = allIds.flatMap((_, q) =>
    columns.some(({ values }) => values[q] !== undefined) ? [q] : [],
  );
  const perQuery = columns.map(({ values }) => Float64Array.from(counted, (q) => values[q] ?? Number.NaN));
  return {
    mean: Object.fromEntries(
      columns.map(({ measure, mean }, i) => [measure, meanOverQueries(perQuery[i]!, { mean })]),
    ) as Record<M, number>,
    queryIds: counted.map((q) => allIds[q]!),
    perQuery: Object.fromEntries(measures.map((m, i) => [m, perQuery[i]!])) as Record<M, Float64Array>,
    missing: allIds.filter((queryId) => !results.has(queryId)),
    unjudged: [...results.keys()].filter((queryId) => !judged.has(queryId)),
  };
};
