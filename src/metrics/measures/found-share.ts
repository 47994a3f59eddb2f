import { checkCutoff } from './check-cutoff.js';
import { foundWithin, type QueryMeasure } from './ranked-query.js';

/** The share of the R relevant documents among the first k. */
export const recallOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => foundWithin(query, k) / query.ranks.length;
};

/** The share of the first k that is relevant. */
export const precisionOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => foundWithin(query, k) / k;
};

/** The harmonic mean of precision and recall at k: 2·found/(k + R). */
export const f1Of = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => (2 * foundWithin(query, k)) / (k + query.ranks.length);
};

/** Recall at k over the most that k places can hold, min(k, R): BEIR's R_cap. */
export const recallCapOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => foundWithin(query, k) / Math.min(k, query.ranks.length);
};

/** Precision at R. */
export const rPrecisionOf: QueryMeasure = (query) =>
  foundWithin(query, query.ranks.length) / query.ranks.length;
