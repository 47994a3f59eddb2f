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
export const minHashBands = (set: Int32Array | Float64Array, { count, rows }: MinHashBands): number[] => {
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

/**
 * Under each band the texts that have it, in the order in which they were added.
 *
 * A map would be full at half a million texts. Here keys share 2ᵏ places and are not kept, so a text may also stand
 * under a key that is not its own: the caller compares the texts anyway. Memory: 4 to 12 bytes per band and text.
 */
export class BandIndex {
  /** Of each place the entry added last; -1 where there is none. An entry is text × bands + band. */
  readonly #last: Int32Array;
  /** The entry after each, the last one's being the first: a ring. */
  readonly #next: Int32Array;
  readonly #bands: number;

  constructor(texts: number, bands: number) {
    const entries = texts * bands;
    if (entries > 2 ** 31 - 1)
      throw new RangeError(
        `search minhash takes at most ${Math.floor((2 ** 31 - 1) / bands)} texts, received ${texts}`,
      );
    this.#bands = bands;
    this.#next = new Int32Array(entries);
    this.#last = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(entries, 2)))).fill(-1);
  }

  /** @param keys One for each band. */
  add(text: number, keys: readonly number[]): void {
    for (const [band, key] of keys.entries()) {
      const entry = text * this.#bands + band;
      const place = this.#placeOf(key);
      const last = this.#last[place]!;
      if (last < 0) this.#next[entry] = entry;
      else {
        this.#next[entry] = this.#next[last]!;
        this.#next[last] = entry;
      }
      this.#last[place] = entry;
    }
  }

  /** Texts under a key, and perhaps a few others. */
  *under(key: number): Generator<number> {
    const last = this.#last[this.#placeOf(key)]!;
    if (last < 0) return;
    let entry = last;
    do {
      entry = this.#next[entry]!;
      yield Math.floor(entry / this.#bands);
    } while (entry !== last);
  }

  #placeOf(key: number): number {
    return mix(key >>> 0, Math.floor(key / 2 ** 32)) & (this.#last.length - 1);
  }
}
