import { type EvaluationProfile, profileOf } from './evaluation-profile.js';
import { type Measure, parseMeasure } from './measure.js';
import { meanOverQueries, valuesPerQuery } from './rank-measures.js';
import { joinRanks } from './ranks/join-ranks.js';
import { RankCounter } from './ranks/rank-counter.js';
import { compareCodePoints, type RelevantRanks, type TieRule } from './ranks/relevant-ranks.js';

/** Scores of the retrieved documents by query id and document id, as maps or as plain objects. */
export type Run = ScoresById;

/** Grades by query id and document id, as maps or as plain objects; a grade of 0 or less is not relevant. */
export type Qrels = ScoresById;

/** Numbers by query id and document id. */
export type ScoresById =
  | ReadonlyMap<string, ReadonlyMap<string, number>>
  | Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface EvaluateRunOptions {
  /**
   * Agrees with another project's numbers: sets the defaults of the options below, and what a metric's name means.
   *
   * - `trec_eval`: queries of both files only (`missing: 'zero'` is its `-c`), scores as float32.
   * - `beir`: as `trec_eval`, without documents whose id is the query's.
   * - `sentence-transformers`: relevant or not, without grades; `map@k` divides by min(k, R).
   * - `codesearchnet`: `mrr` is `mrr@1000`; `ndcg` has the exponential gain.
   *
   * @defaultValue none
   */
  readonly profile?: EvaluationProfile;
  /** @defaultValue 'trec' */
  readonly ties?: TieRule;
  /**
   * Whether a query of the qrels that the run lacks counts as zero or is left out.
   * @defaultValue 'zero'
   */
  readonly missing?: 'zero' | 'skip';
  /**
   * Whether a query without relevant documents is left out or counts as zero.
   * @defaultValue 'skip'
   */
  readonly withoutRelevant?: 'skip' | 'zero';
  /**
   * Whether to drop documents whose id is the query's, as BEIR does.
   * @defaultValue false
   */
  readonly ignoreIdenticalIds?: boolean;
  /**
   * The precision in which scores are compared; trec_eval reads them as float32.
   * @defaultValue 'float64'
   */
  readonly scorePrecision?: 'float32' | 'float64';
  /**
   * Whether a relevant document is worth its grade or 1.
   * @defaultValue 'graded'
   */
  readonly gains?: 'graded' | 'binary';
}

/** Metrics of a run: means, and values per query in the order of `queryIds`. */
export interface RunEvaluation<M extends Measure = Measure> {
  readonly mean: Readonly<Record<M, number>>;
  /** The queries that were evaluated, in the order of the qrels. */
  readonly queryIds: readonly string[];
  readonly perQuery: Readonly<Record<M, Float64Array>>;
  /** Queries of the qrels that the run lacks. */
  readonly missing: readonly string[];
  /** Queries of the run that the qrels lack; they are not evaluated. */
  readonly unjudged: readonly string[];
}

const outer = (
  table: ScoresById,
): ReadonlyMap<string, ReadonlyMap<string, number> | Readonly<Record<string, number>>> =>
  table instanceof Map ? table : new Map(Object.entries(table));

const inner = (
  row: ReadonlyMap<string, number> | Readonly<Record<string, number>>,
): ReadonlyMap<string, number> => (row instanceof Map ? row : new Map(Object.entries(row)));

const rankQuery = (
  queryId: string,
  grades: ReadonlyMap<string, number>,
  retrieved: ReadonlyMap<string, number>,
  options: Omit<Required<EvaluateRunOptions>, 'profile'>,
): RelevantRanks => {
  const { ties, ignoreIdenticalIds, scorePrecision } = options;
  const ids: string[] = [];
  const scores: number[] = [];
  const places = new Map<string, number>();
  const push = (id: string, score: number) => {
    places.set(id, ids.length);
    ids.push(id);
    scores.push(scorePrecision === 'float32' ? Math.fround(score) : score);
  };
  for (const [id, score] of retrieved) {
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `the score of query ${queryId} and document ${id} must be finite, received ${score}`,
      );
    }
    if (!(ignoreIdenticalIds && id === queryId)) push(id, score);
  }
  const documents: number[] = [];
  const gains: number[] = [];
  for (const [id, grade] of grades) {
    if (!Number.isFinite(grade)) {
      throw new RangeError(
        `the grade of query ${queryId} and document ${id} must be finite, received ${grade}`,
      );
    }
    if (grade <= 0 || (ignoreIdenticalIds && id === queryId)) continue;
    if (!places.has(id)) push(id, Number.NEGATIVE_INFINITY);
    documents.push(places.get(id)!);
    gains.push(options.gains === 'binary' ? 1 : grade);
  }
  const order = ids.map((_, i) => i).sort((a, b) => compareCodePoints(ids[b]!, ids[a]!));
  const precedence = new Uint32Array(ids.length);
  order.forEach((document, place) => {
    precedence[document] = place;
  });
  const row = Float64Array.from(scores);
  const relevant = {
    offsets: Uint32Array.of(0, documents.length),
    documents: Uint32Array.from(documents),
    gains: Float64Array.from(gains),
  };
  const counter = new RankCounter(
    relevant,
    relevant.documents.length === 0 ? new Float64Array(0) : Float64Array.from(documents, (d) => row[d]!),
    ties,
    (document) => precedence[document]!,
  );
  counter.count(0, 0, row, 0, row.length);
  return counter.finish();
};

/**
 * Evaluates a run against relevance judgements, as trec_eval does.
 *
 * Documents are ordered by score, ties by the tie rule; ranks written in a run file do not matter. A query of the
 * qrels that the run lacks counts as zero, queries of the run without judgements are ignored, and both are listed.
 *
 * @param run Scores by query and document.
 * @param qrels Grades by query and document.
 * @param measures Such as `['map', 'ndcg@10', 'recall@100']`.
 * @param evaluateOptions Whose conventions; ties, missing queries, identical ids.
 * @returns Means and values per query; a mean is NaN when no query could be evaluated.
 * @throws RangeError when a metric is unknown, or a score or grade is not finite (query and document named).
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
export const evaluateRun = <M extends Measure>(
  run: Run,
  qrels: Qrels,
  measures: readonly M[],
  evaluateOptions: EvaluateRunOptions = {},
): RunEvaluation<M> => {
  const { profile, ...given } = evaluateOptions;
  const { options: defaults, rename } = profileOf(profile);
  const options = { ...defaults, ...given };
  const parsed = measures.map((measure) => parseMeasure(rename(measure)));
  const results = outer(run);
  const judged = outer(qrels);
  const missing: string[] = [];
  const queryIds: string[] = [];
  const parts: RelevantRanks[] = [];
  const sizes = [0];
  for (const [queryId, grades] of judged) {
    const retrieved = results.get(queryId);
    if (retrieved === undefined) {
      missing.push(queryId);
      if (options.missing === 'skip') continue;
    }
    const ranks = rankQuery(queryId, inner(grades), retrieved ? inner(retrieved) : new Map(), options);
    if (ranks.ranks.length === 0 && options.withoutRelevant !== 'zero') continue;
    queryIds.push(queryId);
    parts.push(ranks);
    sizes.push(sizes[sizes.length - 1]! + ranks.ranks.length);
  }
  const ranks = joinRanks(Uint32Array.from(sizes), parts);
  const values = parsed.map((measure) =>
    valuesPerQuery(ranks, measure).map((value) => (Number.isNaN(value) ? 0 : value)),
  );
  return {
    mean: Object.fromEntries(measures.map((m, i) => [m, meanOverQueries(values[i]!)])) as Record<M, number>,
    queryIds,
    perQuery: Object.fromEntries(measures.map((m, i) => [m, values[i]!])) as Record<M, Float64Array>,
    missing,
    unjudged: [...results.keys()].filter((queryId) => !judged.has(queryId)),
  };
};
