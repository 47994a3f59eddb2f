import { checkCutoff } from './check-cutoff.js';
import { placesWithin, type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * Whether a relevant document is among the first k.
 *
 * With j of t tied places within the first k and m relevant documents among them: 1 − C(t − m, j)/C(t, j).
 */
export const successOf = (k: number): QueryMeasure => {
  checkCutoff(k, 'k');
  return (query) => {
    const [first] = tieGroups(query);
    if (first === undefined) return 0;
    const { size, from, to } = first;
    let none = 1;
    for (let i = 0, places = placesWithin(first, k); i < places && none > 0; i++) {
      none *= Math.max(0, size - (to - from) - i) / (size - i);
    }
    return 1 - none;
  };
};
