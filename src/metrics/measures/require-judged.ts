import type { RankedQuery } from './ranked-query.js';

/** @throws RangeError where only the ranks of relevant documents are known. */
export const requireJudged = (query: RankedQuery, measure: string): NonNullable<RankedQuery['judged']> => {
  if (query.judged === undefined) {
    throw new RangeError(
      `${measure} needs the documents that were judged: use evaluateRun with a run and qrels, received ranks of relevant documents alone`,
    );
  }
  return query.judged;
};
