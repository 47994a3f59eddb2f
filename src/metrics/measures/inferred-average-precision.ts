import { type QueryMeasure, type RankedDocuments, tieGroups } from './ranked-query.js';
import { requireJudged } from './require-judged.js';

const EPSILON = 0.00001;

const counterOf = (documents: RankedDocuments) => {
  const ranks = Array.from(tieGroups(documents), ({ above }) => above + 1);
  let count = 0;
  return (rank: number): number => {
    while (count < ranks.length && ranks[count]! < rank) count += 1;
    return count;
  };
};

/**
 * Average precision estimated from a sample of judgements: documents with a negative grade were drawn but not judged.
 *
 * @see Yilmaz and Aslam (2006), Estimating average precision with incomplete and imperfect judgments.
 */
export const inferredAveragePrecisionOf: QueryMeasure = (query) => {
  const { nonRelevant, unjudged } = requireJudged(query, 'infap');
  if (query.tied !== undefined) {
    throw new RangeError(
      "infap must have one order of tied documents: ties other than 'expected', received 'expected'",
    );
  }
  const wrong = counterOf(nonRelevant);
  const unknown = counterOf(unjudged);
  let sum = 0;
  for (const { above, from } of tieGroups(query)) {
    if (above === 0) {
      sum += 1;
      continue;
    }
    const n = wrong(above + 1);
    const drawn = (from + n + unknown(above + 1)) / above;
    const precision = (from + EPSILON) / (from + n + 2 * EPSILON);
    sum += 1 / (above + 1) + (above / (above + 1)) * drawn * precision;
  }
  return sum / query.ranks.length;
};
