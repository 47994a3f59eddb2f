import { checkCutoff } from './check-cutoff.js';
import { placesWithin, type QueryMeasure, tieGroups } from './ranked-query.js';

/** Gains beyond which sums of them could overflow; below it nothing is scaled. */
const LARGEST_EXPONENT = 900;
const LARGEST_GRADE = 2 ** LARGEST_EXPONENT;

/** The worth of each grade; where float64 could not hold a sum of them, over the worth of the largest. */
const worths = (grades: Float64Array, gain: 'linear' | 'exponential'): Float64Array => {
  const largest = grades.reduce((most, grade) => Math.max(most, grade), 0);
  if (gain === 'linear') {
    return largest > LARGEST_GRADE ? grades.map((grade) => grade / largest) : grades;
  }
  const scale = largest > LARGEST_EXPONENT ? largest : 0;
  return grades.map((grade) => 2 ** (grade - scale) - 2 ** -scale);
};

/**
 * Σ gain/log₂(rank + 1) over the same sum in the best order.
 *
 * Tied documents share the discounts of their places equally.
 */
export const ndcgOf = (cutoff: number, gain: 'linear' | 'exponential'): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  return (query) => {
    const gains = worths(query.gains, gain);
    let found = 0;
    for (const group of tieGroups(query)) {
      let total = 0;
      for (let i = group.from; i < group.to; i++) total += gains[i]!;
      for (let x = 1, last = placesWithin(group, cutoff); x <= last; x++) {
        found += total / group.size / Math.log2(group.above + x + 1);
      }
    }
    const sorted = gains.slice().sort();
    let ideal = 0;
    for (let i = 0; i < Math.min(sorted.length, cutoff); i++) {
      ideal += sorted[sorted.length - 1 - i]! / Math.log2(i + 2);
    }
    return found / ideal;
  };
};
