import { checkCutoff } from './check-cutoff.js';
import { type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * 1/rank of the first relevant document; 0 below the cutoff.
 *
 * With m relevant documents among t tied ones after a others, the first stands at place x with probability
 * m/(t − x + 1) · Π_{i < x − 1} (t − m − i)/(t − i); the expectation sums 1/(a + x) over x.
 */
export const reciprocalRankOf = (cutoff: number): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  return (query) => {
    const [first] = tieGroups(query);
    if (first === undefined) return 0;
    const { above, size, from, to } = first;
    const relevant = to - from;
    let value = 0;
    /** The probability that no place before x holds a relevant document. */
    let none = 1;
    for (let x = 1; x <= size - relevant + 1 && above + x <= cutoff; x++) {
      value += (none * relevant) / (size - x + 1) / (above + x);
      none *= (size - relevant - x + 1) / (size - x + 1);
    }
    return value;
  };
};
