import { checkPositiveInteger } from '../../numerics/index.js';
import { chooseCenters } from './choose-centers.js';
import { compareCodePoints } from './compare-code-points.js';
import type { RelevantRanksOptions } from './ranked-relevant.js';
import type { RankingPlan } from './ranking-plan.js';
import { groupByQuery, type Relevance, withoutExcluded } from './relevance.js';
import { requireTieRule } from './tie-rule.js';
import { measureVectors, type Vectors } from './vector-rows.js';

const placesOf = (ids: readonly string[] | undefined, documents: number): Uint32Array | undefined => {
  if (ids === undefined) return undefined;
  if (ids.length !== documents) {
    throw new RangeError(`documentIds must have shape [N] = [${documents}], received ${ids.length}`);
  }
  const places = new Uint32Array(documents);
  const order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => compareCodePoints(ids[b]!, ids[a]!));
  order.forEach((document, place) => {
    places[document] = place;
  });
  return places;
};

/** Checks what every way of ranking is given, before any score is computed. */
export const prepareRanking = (
  queries: number,
  documents: number,
  relevance: Relevance,
  options: RelevantRanksOptions,
): RankingPlan => {
  const { ties = 'trec', documentIds, exclude } = options;
  requireTieRule(ties);
  const given = groupByQuery(relevance, queries, documents, 'relevance');
  const excluded = exclude && groupByQuery(exclude, queries, documents, 'exclude');
  const relevant = excluded === undefined ? given : withoutExcluded(given, excluded);
  return { ties, relevant, excluded, places: placesOf(documentIds, documents) };
};

/** Checks and measures what ranking by vectors is given, whatever computes the scores. */
export const prepareVectors = <V extends Vectors>(
  queries: V,
  corpus: V,
  relevance: Relevance,
  options: RelevantRanksOptions,
) => {
  const { chunkSize = 256, scoring = 'auto' } = options;
  if (queries.columns !== corpus.columns) {
    throw new RangeError(
      `corpus must have ${queries.columns} columns, as queries do, received ${corpus.columns}`,
    );
  }
  if (corpus.rows === 0) throw new RangeError('corpus must have at least one row, received 0');
  checkPositiveInteger('chunkSize', chunkSize);
  if (scoring !== 'auto' && scoring !== 'portable') {
    throw new RangeError(`scoring must be auto or portable, received ${scoring}`);
  }
  const measured = measureVectors(corpus, 'corpus');
  const stored = { ...measured, centers: chooseCenters(measured) };
  return {
    chunkSize,
    scoring,
    asked: measureVectors(queries, 'queries'),
    stored,
    plan: prepareRanking(queries.rows, corpus.rows, relevance, options),
  };
};

/** Queries ranked at a time: their vectors stay at hand while the corpus passes by. */
export const queryBlock = (columns: number): number =>
  Math.min(1024, Math.max(64, 64 * Math.floor(2 ** 14 / Math.max(columns, 1))));
