import { averagePrecisionAtROf, averagePrecisionOf } from './average-precision.js';
import { binaryPreferenceOf } from './binary-preference.js';
import { expectedReciprocalRankOf } from './expected-reciprocal-rank.js';
import { f1Of, precisionOf, recallCapOf, recallOf, rPrecisionOf } from './found-share.js';
import { inferredAveragePrecisionOf } from './inferred-average-precision.js';
import { interpolatedPrecisionOf } from './interpolated-precision.js';
import { judgedOf } from './judged-share.js';
import { ndcgOf } from './normalized-gain.js';
import { rankBiasedPrecisionOf } from './rank-biased-precision.js';
import type { QueryMeasure } from './ranked-query.js';
import { reciprocalRankOf } from './reciprocal-rank.js';
import { successOf } from './success.js';

/** A kind of metric. */
export interface MeasureFamily {
  /** What may stand after `@`: nothing, a rank, a rank that must be there, or a recall in [0, 1]. */
  readonly at: 'nothing' | 'rank' | 'needed rank' | 'recall';
  /** Whether grades matter beyond being relevant or not; such a metric has no relevance level. */
  readonly graded?: true;
  /** Whether a relevant document's grade is never asked for, and judgements of others are. */
  readonly judgements?: true;
  /** Numbers in parentheses beside `rel`, with their defaults. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** How values of queries become one number. */
  readonly mean?: 'geometric';
  readonly create: (at: number, numbers: Readonly<Record<string, number>>) => QueryMeasure;
}

export const MEASURE_FAMILIES: Readonly<Record<string, MeasureFamily>> = {
  mrr: { at: 'rank', create: reciprocalRankOf },
  map: { at: 'rank', create: (k) => averagePrecisionOf(k, 'relevant') },
  'map-min': { at: 'needed rank', create: (k) => averagePrecisionOf(k, 'cutoff') },
  'map@r': { at: 'nothing', create: () => averagePrecisionAtROf },
  'gm-map': {
    at: 'nothing',
    mean: 'geometric',
    create: () => averagePrecisionOf(Number.POSITIVE_INFINITY, 'relevant'),
  },
  ndcg: { at: 'rank', graded: true, create: (k) => ndcgOf(k, 'linear') },
  'ndcg-exp': { at: 'rank', graded: true, create: (k) => ndcgOf(k, 'exponential') },
  err: {
    at: 'rank',
    graded: true,
    numbers: { max: 4 },
    create: (k, { max }) => expectedReciprocalRankOf(k, max!),
  },
  rbp: { at: 'rank', numbers: { p: 0.8 }, create: (k, { p }) => rankBiasedPrecisionOf(k, p!) },
  'r-precision': { at: 'nothing', create: () => rPrecisionOf },
  iprec: { at: 'recall', create: interpolatedPrecisionOf },
  bpref: { at: 'nothing', create: () => binaryPreferenceOf },
  infap: { at: 'nothing', create: () => inferredAveragePrecisionOf },
  recall: { at: 'needed rank', create: recallOf },
  'recall-cap': { at: 'needed rank', create: recallCapOf },
  precision: { at: 'needed rank', create: precisionOf },
  f1: { at: 'needed rank', create: f1Of },
  success: { at: 'needed rank', create: successOf },
  'hit-rate': { at: 'needed rank', create: successOf },
  judged: { at: 'needed rank', judgements: true, create: judgedOf },
};

/** Other spellings, in lower case and without separators. */
export const MEASURE_ALIASES: Readonly<Record<string, string>> = {
  rr: 'mrr',
  reciprank: 'mrr',
  reciprocalrank: 'mrr',
  ap: 'map',
  mapcut: 'map',
  averageprecision: 'map',
  ndcgcut: 'ndcg',
  ndcgburges: 'ndcg-exp',
  rprec: 'r-precision',
  p: 'precision',
  r: 'recall',
  rcap: 'recall-cap',
  accuracy: 'success',
  topkaccuracy: 'success',
  iprecatrecall: 'iprec',
  inferredap: 'infap',
  rankbiasedprecision: 'rbp',
  expectedreciprocalrank: 'err',
};
