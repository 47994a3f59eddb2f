import type { RelevantRanks } from './ranked-relevant.js';
import type { TieRule } from './tie-rule.js';

/** Puts the ranks of queries, one after the other, under the offsets they belong to. */
export const joinRanks = (
  offsets: Uint32Array,
  parts: readonly RelevantRanks[],
  ties: TieRule,
): RelevantRanks => {
  const total = offsets[offsets.length - 1]!;
  const joined = {
    queries: offsets.length - 1,
    offsets,
    ranks: new Float64Array(total),
    gains: new Float64Array(total),
    documents: new Uint32Array(total),
  };
  const tied =
    ties === 'expected' ? { above: new Float64Array(total), size: new Float64Array(total) } : undefined;
  let at = 0;
  for (const { ranks, gains, documents, tied: groups } of parts) {
    joined.ranks.set(ranks, at);
    joined.gains.set(gains, at);
    joined.documents.set(documents, at);
    if (tied !== undefined && groups !== undefined) {
      tied.above.set(groups.above, at);
      tied.size.set(groups.size, at);
    }
    at += ranks.length;
  }
  return tied === undefined ? joined : { ...joined, tied };
};
