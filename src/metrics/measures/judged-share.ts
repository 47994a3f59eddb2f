import { checkCutoff } from './check-cutoff.js';
import { foundWithin, type QueryMeasure } from './ranked-query.js';
import { requireJudged } from './require-judged.js';

/** The share of the first k, or of all that was retrieved where that is less, that has a judgement. */
export const judgedOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => {
    const { nonRelevant, retrieved } = requireJudged(query, 'judged');
    if (retrieved === 0) return 0;
    return (foundWithin(query, k) + foundWithin(nonRelevant, k)) / Math.min(k, retrieved);
  };
};
