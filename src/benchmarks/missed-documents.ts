import type { RelevantRanks } from '../metrics/index.js';
import type { MissedDocument } from './retrieval-task.js';

/** The index of a document that is not there. */
const NOWHERE = 0xffffffff;

/** Puts documents that no system can find among the relevant ones: rank infinity, behind all others of their query. */
export const withMisses = (ranks: RelevantRanks, missed: readonly MissedDocument[]): RelevantRanks => {
  const relevant = missed.filter(({ gain }) => gain > 0);
  if (relevant.length === 0) return ranks;
  const more = new Map<number, number[]>();
  for (const { query, gain } of relevant) more.set(query, [...(more.get(query) ?? []), gain]);
  const size = ranks.ranks.length + relevant.length;
  const merged = {
    queries: ranks.queries,
    offsets: new Uint32Array(ranks.queries + 1),
    ranks: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    gains: new Float64Array(size),
    documents: new Uint32Array(size).fill(NOWHERE),
  };
  const above = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const tiedSize = new Float64Array(size).fill(1);
  let at = 0;
  for (let q = 0; q < ranks.queries; q++) {
    const from = ranks.offsets[q]!;
    const to = ranks.offsets[q + 1]!;
    merged.ranks.set(ranks.ranks.subarray(from, to), at);
    merged.gains.set(ranks.gains.subarray(from, to), at);
    merged.documents.set(ranks.documents.subarray(from, to), at);
    if (ranks.tied !== undefined) {
      above.set(ranks.tied.above.subarray(from, to), at);
      tiedSize.set(ranks.tied.size.subarray(from, to), at);
    }
    at += to - from;
    const gains = more.get(q) ?? [];
    merged.gains.set(gains, at);
    at += gains.length;
    merged.offsets[q + 1] = at;
  }
  return ranks.tied === undefined ? merged : { ...merged, tied: { above, size: tiedSize } };
};
