/** Where pairs come from, by the number that shards hold: a stratum of the K negatives, or a near twin beyond them. */
export const PAIR_SOURCES = ['positive', 'random', 'calls', 'lexical', 'twins', 'near-twin'] as const;
export type PairSource = (typeof PAIR_SOURCES)[number];
