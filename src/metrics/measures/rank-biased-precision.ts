import { checkCutoff } from './check-cutoff.js';
import { placesWithin, type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * (1 − p)·Σ p^(rank − 1) over the relevant documents.
 *
 * @param persistence The probability p that a reader continues to the next document.
 * @see Moffat and Zobel (2008), Rank-biased precision for measurement of retrieval effectiveness.
 */
export const rankBiasedPrecisionOf = (cutoff: number, persistence: number): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  if (!(persistence > 0 && persistence < 1)) {
    throw new RangeError(`p must be in (0, 1), received ${persistence}`);
  }
  return (query) => {
    let sum = 0;
    for (const group of tieGroups(query)) {
      const { above, size, from, to } = group;
      const first = persistence ** above;
      const places = (1 - persistence ** placesWithin(group, cutoff)) / (1 - persistence);
      sum += ((to - from) / size) * first * places;
    }
    return (1 - persistence) * sum;
  };
};
