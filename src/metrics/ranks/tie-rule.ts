/**
 * Where a relevant document stands among documents of equal score.
 *
 * - `trec`: by document id, descending by code point, as trec_eval does; by index, descending, without ids.
 * - `first`: in the order in which the documents were given, as a stable sort leaves them.
 * - `optimistic`: before every other document that is not relevant, high grades first.
 * - `pessimistic`: after every other document that is not relevant, high grades last.
 * - `expected`: every order of the tied documents is equally likely, and a metric is its exact expectation.
 * - `mean-rank`: at its mean rank over all these orders, which need not be whole.
 */
export type TieRule = 'trec' | 'first' | 'optimistic' | 'pessimistic' | 'expected' | 'mean-rank';

const TIE_RULES: readonly string[] = [
  'trec',
  'first',
  'optimistic',
  'pessimistic',
  'expected',
  'mean-rank',
] satisfies readonly TieRule[];

/** @throws RangeError when there is no such rule. */
export const requireTieRule = (ties: TieRule): void => {
  if (TIE_RULES.includes(ties)) return;
  const known = `${TIE_RULES.slice(0, -1).join(', ')} or ${TIE_RULES.at(-1)}`;
  throw new RangeError(`ties must be ${known}, received ${String(ties)}`);
};
