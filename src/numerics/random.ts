/**
 * A counter-based generator: the n-th draw of a stream is a pure function of (seed, stream, n), so results do
 * not depend on the order in which streams are consumed or on how the work is sharded.
 *
 * Each draw is the finaliser of MurmurHash3 applied twice over a Weyl sequence, 32 bits a draw: good for
 * sampling and initialization, not for cryptography.
 */
export interface Random {
  /** A whole number in [0, 2³²). */
  uint32(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** A whole number in [0, bound), without modulo bias. */
  below(bound: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
}

const mix = (value: number): number => {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** FNV-1a over UTF-16 units, finalised: turns an id into a stream number. */
export const hashString = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
};

/** The two keys of a stream. */
const streamKeys = (seed: number) => {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a safe integer, received ${seed}`);
  const low = mix(seed >>> 0);
  const high = mix(Math.floor(seed / 4294967296) ^ 0x9e3779b9);
  const first = (stream: number) => mix(low ^ Math.imul(mix(stream ^ high), 0x9e3779b1));
  const second = (stream: number, key: number) => mix(key ^ stream ^ 0x5851f42d);
  return { first, second };
};

const streamNumber = (stream: number | string) =>
  typeof stream === 'string' ? hashString(stream) : stream >>> 0;

const draw = (counter: number, key: number, key2: number): number =>
  mix((mix((Math.imul(counter, 0x9e3779b9) + key) >>> 0) ^ key2) >>> 0);

/** Many short streams of one seed: `select` goes to the start of one, without an allocation. */
export const createRandomStreams = (seed: number) => {
  const keys = streamKeys(seed);
  let key = 0;
  let key2 = 0;
  let counter = 0;
  return {
    select(stream: number | string): void {
      const number = streamNumber(stream);
      // As signed words, which need no memory of their own.
      key = keys.first(number) | 0;
      key2 = keys.second(number, key) | 0;
      counter = 0;
    },
    /** As {@link Random.below}, for a bound of 1 to 2³². */
    below(bound: number): number {
      for (;;) {
        counter = (counter + 1) >>> 0;
        const value = draw(counter, key, key2);
        // Exact for words, and several times as quick as the operator %.
        const rest = value - Math.floor(value / bound) * bound;
        if (value - rest <= 4294967296 - bound) return rest;
      }
    },
  };
};

/**
 * @param seed Any safe integer.
 * @param stream A number or an id; two streams of one seed are independent.
 */
export const createRandom = (seed: number, stream: number | string = 0): Random => {
  const keys = streamKeys(seed);
  const number = streamNumber(stream);
  const key = keys.first(number);
  const key2 = keys.second(number, key);
  let counter = 0;
  const uint32 = () => {
    counter = (counter + 1) >>> 0;
    return draw(counter, key, key2);
  };
  const uniform = () => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992;
  const below = (bound: number) => {
    if (!(Number.isInteger(bound) && bound > 0 && bound <= 4294967296)) {
      throw new RangeError(`bound must be a whole number in [1, 2^32], received ${bound}`);
    }
    const limit = 4294967296 - (4294967296 % bound);
    for (;;) {
      const value = uint32();
      if (value < limit) return value % bound;
    }
  };
  const normal = () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
  return { uint32, uniform, below, normal };
};

/** Shuffles in place (Fisher–Yates) and returns its argument. */
export const shuffleInPlace = <T extends { length: number; [index: number]: unknown }>(
  items: T,
  random: Random,
): T => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
  return items;
};
