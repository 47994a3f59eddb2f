/** Labelled pairs as parallel arrays; indices point into the training functions. */
export interface LabelledPairs {
  readonly query: Uint32Array;
  readonly document: Uint32Array;
  readonly similarity: Float32Array;
  readonly positive: Uint8Array;
}

/** Where pairs come from, by the number that shards hold: a stratum of the K negatives, or a near twin beyond them. */
export const PAIR_SOURCES = ['positive', 'random', 'calls', 'lexical', 'twins', 'near-twin'] as const;
export type PairSource = (typeof PAIR_SOURCES)[number];

export const emptyPairs = (count: number): LabelledPairs => ({
  query: new Uint32Array(count),
  document: new Uint32Array(count),
  similarity: new Float32Array(count),
  positive: new Uint8Array(count),
});
