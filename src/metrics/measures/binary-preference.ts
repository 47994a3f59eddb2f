import { type QueryMeasure, tieGroups } from './ranked-query.js';
import { requireJudged } from './require-judged.js';

/**
 * The mean over the R relevant documents of 1 − min(n, R)/min(N, R): n of the N documents judged not relevant stand
 * above it. Documents without a judgement do not count; a relevant document that was not retrieved adds 0.
 *
 * Among tied documents, a relevant one stands behind each number of the judged others with equal probability.
 *
 * @see Buckley and Voorhees (2004), Retrieval evaluation with incomplete information.
 */
export const binaryPreferenceOf: QueryMeasure = (query) => {
  const { nonRelevant } = requireJudged(query, 'bpref');
  const relevant = query.ranks.length;
  const bound = Math.min(relevant, nonRelevant.ranks.length);
  const others = [...tieGroups(nonRelevant)];
  let before = 0;
  let next = 0;
  let sum = 0;
  for (const { above, size, from, to } of tieGroups(query)) {
    while (next < others.length && others[next]!.above < above) {
      before += others[next]!.to - others[next]!.from;
      next += 1;
    }
    const same = size > 1 && others[next]?.above === above ? others[next]!.to - others[next]!.from : 0;
    let worth = 0;
    for (let n = before; n <= before + same; n++) worth += n === 0 ? 1 : 1 - Math.min(n, relevant) / bound;
    sum += ((to - from) * worth) / (same + 1);
  }
  return sum / relevant;
};
