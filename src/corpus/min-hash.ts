/** Signatures cut into `count` bands of `rows` hashes each. */
export interface MinHashBands {
  readonly count: number;
  readonly rows: number;
}

/** So many pairs at the limit itself may be missed; those above it are missed less. */
const MISS_RATE = 1e-6;
const MOST_BANDS = 256;

/**
 * The bands that find all but a millionth of the pairs with a Jaccard similarity of `limit`: two sets of
 * similarity s agree in a hash with probability s, so in no band with (1 − s^rows)^count. Of the ways with at most
 * 256 bands, the one with the longest bands, which agree by chance the least.
 */
export const bandsFor = (limit: number): MinHashBands => {
  for (let rows = 16; rows > 1; rows--) {
    const count = Math.ceil(Math.log(MISS_RATE) / Math.log1p(-Math.min(limit ** rows, 1 - 1e-12)));
    if (count * rows <= MOST_BANDS) return { count, rows };
  }
  return { count: MOST_BANDS, rows: 1 };
};

/** Mixes the bits of a number: one of a family of hash functions, by its seed. */
const mix = (value: number, seed: number): number => {
  let hash = Math.imul(value ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
};

/**
 * A key for each band of the MinHash signature of a set of numbers; sets that agree in a band share its key.
 *
 * Time O(set × hashes).
 */
export const minHashBands = (set: Int32Array, { count, rows }: MinHashBands): number[] => {
  const keys: number[] = [];
  for (let band = 0; band < count; band++) {
    let low = band;
    let high = ~band;
    for (let row = 0; row < rows; row++) {
      const seed = Math.imul(band * rows + row + 1, 0x9e3779b1);
      let least = 0xffffffff;
      for (let at = 0; at < set.length; at++) {
        const hash = mix(set[at]!, seed);
        if (hash < least) least = hash;
      }
      low = mix(low ^ least, 0x165667b1);
      high = mix(high ^ least, 0x5bd1e995);
    }
    // 53 bits: keys of different bands meet too seldom to matter.
    keys.push((high >>> 11) * 2 ** 32 + low);
  }
  return keys;
};
