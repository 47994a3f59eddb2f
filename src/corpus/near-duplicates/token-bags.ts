import { hash53 } from '../../numerics/index.js';

/** A code as a multiset of tokens. */
export interface Bag {
  /** Distinct tokens as numbers, in one order for all codes that are compared. */
  readonly tokens: Int32Array | Float64Array;
  readonly counts: Int32Array;
  readonly total: number;
}

/** Identifiers, keywords, numbers and the words of strings: what is left of code when punctuation goes. */
const TOKEN = /[\p{L}\p{N}_$]+/gu;

/** Bags of codes that are all at hand: tokens are numbered, the rarest come first. */
export const bagsOf = (codes: readonly string[]): Bag[] => {
  const numbers = new Map<string, number>();
  const frequencies: number[] = [];
  /** Token and count in turn: a map for each code would take ten times the memory. */
  const raw = codes.map((code) => {
    const counts = new Map<number, number>();
    for (const [token] of code.matchAll(TOKEN)) {
      let number = numbers.get(token);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(token, number);
        frequencies.push(0);
      }
      const count = counts.get(number);
      if (count === undefined) frequencies[number]!++;
      counts.set(number, (count ?? 0) + 1);
    }
    const entries = new Int32Array(2 * counts.size);
    let at = 0;
    for (const [number, count] of counts) {
      entries[at++] = number;
      entries[at++] = count;
    }
    return entries;
  });
  const order = frequencies
    .map((_, number) => number)
    .sort((a, b) => frequencies[a]! - frequencies[b]! || a - b);
  const rank = new Int32Array(order.length);
  order.forEach((number, position) => {
    rank[number] = position;
  });
  return raw.map((entries) => {
    const size = entries.length / 2;
    // Rank and place as one number, sorted natively.
    const keys = new Float64Array(size);
    for (let i = 0; i < size; i++) keys[i] = rank[entries[2 * i]!]! * size + i;
    keys.sort();
    const tokens = new Int32Array(size);
    const counts = new Int32Array(size);
    let total = 0;
    for (let i = 0; i < size; i++) {
      const place = keys[i]! % size;
      tokens[i] = (keys[i]! - place) / size;
      counts[i] = entries[2 * place + 1]!;
      total += counts[i]!;
    }
    return { tokens, counts, total };
  });
};

/** The bag of one code on its own: a token's number is 53 bits of its hash, so that two codes may be compared at any time. */
export const hashedBag = (code: string): Bag => {
  const countOf = new Map<number, number>();
  let total = 0;
  for (const [token] of code.matchAll(TOKEN)) {
    const number = hash53(token);
    countOf.set(number, (countOf.get(number) ?? 0) + 1);
    total++;
  }
  const tokens = Float64Array.from(countOf.keys()).sort();
  return { tokens, counts: Int32Array.from(tokens, (number) => countOf.get(number)!), total };
};

/** Both similarities in one merge; null as soon as the first can no longer be reached. */
export const compareBags = (a: Bag, b: Bag, setLimit: number): { set: number; multiset: number } | null => {
  const needed = Math.ceil((setLimit / (1 + setLimit)) * (a.tokens.length + b.tokens.length) - 1e-9);
  let shared = 0;
  let overlap = 0;
  let i = 0;
  let j = 0;
  while (i < a.tokens.length && j < b.tokens.length) {
    const difference = a.tokens[i]! - b.tokens[j]!;
    if (difference === 0) {
      shared++;
      overlap += Math.min(a.counts[i++]!, b.counts[j++]!);
    } else {
      if (difference < 0) i++;
      else j++;
      if (shared + Math.min(a.tokens.length - i, b.tokens.length - j) < needed) return null;
    }
  }
  const set = shared / (a.tokens.length + b.tokens.length - shared);
  return set < setLimit ? null : { set, multiset: overlap / (a.total + b.total - overlap) };
};
