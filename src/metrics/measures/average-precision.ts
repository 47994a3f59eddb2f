import { checkCutoff } from './check-cutoff.js';
import { placesWithin, type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * The sum of precision at each relevant document over their number R, or over min(cutoff, R).
 *
 * A place x of t tied ones with m relevant documents holds one with probability m/t, which then has
 * (x − 1)(m − 1)/(t − 1) others before it on average.
 */
export const averagePrecisionOf = (cutoff: number, denominator: 'relevant' | 'cutoff'): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  return (query) => {
    const total = query.ranks.length;
    let sum = 0;
    for (const group of tieGroups(query)) {
      const { above, size, from, to } = group;
      const share = (to - from) / size;
      const others = size === 1 ? 0 : (to - from - 1) / (size - 1);
      for (let x = 1, last = placesWithin(group, cutoff); x <= last; x++) {
        sum += (share * (from + 1 + (x - 1) * others)) / (above + x);
      }
    }
    return sum / (denominator === 'cutoff' ? Math.min(cutoff, total) : total);
  };
};

/**
 * Average precision within the first R over R: what metric learning calls MAP@R.
 *
 * @see Musgrave, Belongie and Lim (2020), A metric learning reality check.
 */
export const averagePrecisionAtROf: QueryMeasure = (query) =>
  averagePrecisionOf(query.ranks.length, 'relevant')(query);
