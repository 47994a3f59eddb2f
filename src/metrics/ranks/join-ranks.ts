import type { RelevantRanks } from './relevant-ranks.js';

/** Puts the ranks of queries, one after the other, under the offsets they belong to. */
export const joinRanks = (offsets: Uint32Array, parts: readonly RelevantRanks[]): RelevantRanks => {
  const total = offsets[offsets.length - 1]!;
  const joined = {
    queries: offsets.length - 1,
    offsets,
    ranks: new Float64Array(total),
    gains: new Float64Array(total),
    documents: new Uint32Array(total),
  };
  let at = 0;
  for (const { ranks, gains, documents } of parts) {
    joined.ranks.set(ranks, at);
    joined.gains.set(gains, at);
    joined.documents.set(documents, at);
    at += ranks.length;
  }
  return joined;
};
