import type { TokenizedTexts } from '../encoder.js';

/** Texts as token ids, one after another: text i owns ids offsets[i] to offsets[i + 1]. */
export interface TransformerTokens extends TokenizedTexts {
  readonly offsets: Uint32Array;
  /** Special tokens included. */
  readonly ids: Int32Array;
}

/** The given texts of a set, in the given order. */
export const selectTokens = (tokens: TransformerTokens, rows: ArrayLike<number>): TransformerTokens => {
  const offsets = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < tokens.length)) {
      throw new RangeError(`rows[${i}] must be a row of ${tokens.length} texts, received ${row}`);
    }
    offsets[i + 1] = offsets[i]! + tokens.offsets[row + 1]! - tokens.offsets[row]!;
  }
  const ids = new Int32Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    ids.set(tokens.ids.subarray(tokens.offsets[row]!, tokens.offsets[row + 1]!), offsets[i]!);
  }
  return { length: rows.length, offsets, ids };
};

/** The texts of one set, then those of another. */
export const joinTokens = (first: TransformerTokens, second: TransformerTokens): TransformerTokens => {
  const offsets = new Uint32Array(first.length + second.length + 1);
  offsets.set(first.offsets.subarray(0, first.length + 1));
  const shift = offsets[first.length]! - second.offsets[0]!;
  for (let i = 1; i <= second.length; i++) offsets[first.length + i] = second.offsets[i]! + shift;
  const ids = new Int32Array(offsets[first.length + second.length]!);
  ids.set(first.ids.subarray(0, offsets[first.length]));
  ids.set(second.ids.subarray(second.offsets[0], second.offsets[second.length]), offsets[first.length]);
  return { length: first.length + second.length, offsets, ids };
};

/** Texts of similar length that go through the model together. */
export interface TokenBucket {
  /** Places in the batch. */
  readonly rows: Uint32Array;
  /** Tokens of each text, without padding. */
  readonly lengths: Uint32Array;
  /** What every text is padded to. */
  readonly length: number;
}

/** Lengths are padded to a multiple of this: few shapes, so compiled kernels are used again. */
const LENGTH_STEP = 8;

/** What one more pass through the model costs, in tokens. */
const BUCKET_COST = 1024;

/**
 * Splits a batch into buckets of similar length, so that short texts are not padded to the longest.
 *
 * The split is the cheapest one, counting padded tokens and a fixed cost for each bucket: texts of like length stay
 * in one.
 *
 * @param maximum No text is padded beyond it.
 * @param mostTexts How many texts of a length fit into one pass. Larger buckets are cut.
 */
export const lengthBuckets = (
  { length: count, offsets }: TransformerTokens,
  maximum: number,
  mostTexts: (length: number) => number = () => count,
): TokenBucket[] => {
  const lengthOf = (row: number) => offsets[row + 1]! - offsets[row]!;
  const padded = (length: number) =>
    Math.min(Math.max(Math.ceil(length / LENGTH_STEP), 1) * LENGTH_STEP, Math.max(maximum, length, 1));
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => lengthOf(a) - lengthOf(b) || a - b,
  );
  // Ends of runs that are padded alike; a bucket always ends with one.
  const ends: number[] = [];
  for (let i = 0; i < count; i++) {
    if (i + 1 === count || padded(lengthOf(order[i + 1]!)) !== padded(lengthOf(order[i]!))) ends.push(i + 1);
  }
  const cost = [0];
  const from = [0];
  for (let e = 1; e <= ends.length; e++) {
    cost[e] = Number.POSITIVE_INFINITY;
    const length = padded(lengthOf(order[ends[e - 1]! - 1]!));
    for (let s = 0; s < e; s++) {
      const texts = ends[e - 1]! - (s === 0 ? 0 : ends[s - 1]!);
      const total = cost[s]! + texts * length + BUCKET_COST;
      if (total < cost[e]!) {
        cost[e] = total;
        from[e] = s;
      }
    }
  }
  const buckets: TokenBucket[] = [];
  for (let e = ends.length; e > 0; e = from[e]!) {
    const start = from[e] === 0 ? 0 : ends[from[e]! - 1]!;
    const rows = order.slice(start, ends[e - 1]!);
    if (start === 0 && ends[e - 1] === count) rows.sort();
    const length = padded(lengthOf(order[ends[e - 1]! - 1]!));
    const most = Math.max(mostTexts(length), 1);
    for (let at = 0; at < rows.length; at += most) {
      const some = rows.slice(at, at + most);
      buckets.push({ rows: some, lengths: Uint32Array.from(some, lengthOf), length });
    }
  }
  return buckets.reverse();
};

/** [B · T], the ids of a bucket's texts, each padded behind. */
export const paddedIds = (
  tokens: TransformerTokens,
  { rows, length }: TokenBucket,
  paddingId: number,
): Int32Array => {
  const ids = new Int32Array(rows.length * length).fill(paddingId);
  rows.forEach((row, i) => {
    ids.set(tokens.ids.subarray(tokens.offsets[row]!, tokens.offsets[row + 1]!), i * length);
  });
  return ids;
};
