import { type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * The largest precision at any place where recall is at least `recall`; 0 where the ranking never gets there.
 *
 * Recall counts as reached at ⌊recall·R + 0.9⌋ documents, as in trec_eval.
 */
export const interpolatedPrecisionOf = (recall: number): QueryMeasure => {
  if (!(recall >= 0 && recall <= 1)) throw new RangeError(`recall must be in [0, 1], received ${recall}`);
  return (query) => {
    if (query.tied !== undefined) {
      throw new RangeError(
        "iprec must have one order of tied documents: ties other than 'expected', received 'expected'",
      );
    }
    const needed = Math.floor(recall * query.ranks.length + 0.9);
    let best = 0;
    for (const { above, to } of tieGroups(query)) if (to >= needed) best = Math.max(best, to / (above + 1));
    return best;
  };
};
