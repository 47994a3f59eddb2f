import { growInt32 } from './table-memory.js';

/** A sequence laid out for Myers' bit-vectors, to be compared with many others. */
export interface BitPattern {
  readonly length: number;
  readonly blocks: number;
  /** [distinct, blocks], bit i of a row: whether the symbol stands at place i. Row 0 is the unknown symbol. */
  masks: Int32Array;
  /** Row of each symbol; a dense array by symbol. */
  rows: Int32Array;
}

interface MutablePattern extends BitPattern {
  length: number;
  blocks: number;
  symbols: number[];
}

export const createPattern = (): BitPattern =>
  ({
    length: 0,
    blocks: 0,
    masks: new Int32Array(0),
    rows: new Int32Array(0),
    symbols: [],
  }) as MutablePattern;

/** Replaces what a pattern holds. Time O(length + blocks × distinct). */
export const setPattern = (pattern: BitPattern, sequence: Int32Array): void => {
  const target = pattern as MutablePattern;
  for (const symbol of target.symbols) target.rows[symbol] = 0;
  target.symbols.length = 0;
  target.length = sequence.length;
  target.blocks = (sequence.length + 31) >> 5;
  let largest = 0;
  for (let i = 0; i < sequence.length; i++) if (sequence[i]! > largest) largest = sequence[i]!;
  if (target.rows.length <= largest) {
    target.rows = new Int32Array((largest + 1) * 2);
  }
  for (let i = 0; i < sequence.length; i++) {
    const symbol = sequence[i]!;
    if (target.rows[symbol] === 0) {
      target.symbols.push(symbol);
      target.rows[symbol] = target.symbols.length;
    }
  }
  const cells = (target.symbols.length + 1) * target.blocks;
  target.masks = growInt32(target.masks, cells);
  target.masks.fill(0, 0, cells);
  for (let i = 0; i < sequence.length; i++) {
    const at = target.rows[sequence[i]!]! * target.blocks + (i >> 5);
    target.masks[at] = target.masks[at]! | (1 << (i & 31));
  }
};

let plus: Int32Array = new Int32Array(0);
let minus: Int32Array = new Int32Array(0);

/**
 * The Levenshtein distance of a pattern and a sequence, or Infinity as soon as it must exceed `limit`.
 *
 * Blocks of 32 rows of the table go through one column in a few word operations each. The last row's score falls by
 * at most one a column, which is when it is known that the limit is out of reach.
 *
 * @see Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic programming",
 * J. ACM 46(3), 1999; Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.
 */
export const patternDistance = (pattern: BitPattern, sequence: Int32Array, limit: number): number => {
  const { length, blocks, masks, rows } = pattern;
  const other = sequence.length;
  if (Math.abs(length - other) > limit) return Number.POSITIVE_INFINITY;
  if (length === 0 || other === 0) return Math.max(length, other);
  plus = growInt32(plus, blocks);
  minus = growInt32(minus, blocks);
  plus.fill(-1, 0, blocks);
  minus.fill(0, 0, blocks);
  const lastBlock = blocks - 1;
  const lastBit = (length - 1) & 31;
  let score = length;
  for (let j = 0; j < other; j++) {
    const symbol = sequence[j]!;
    let mask = symbol < rows.length ? rows[symbol]! * blocks : 0;
    let carry = 1;
    for (let block = 0; block <= lastBlock; block++) {
      let equal = masks[mask++]!;
      const pv = plus[block]!;
      const mv = minus[block]!;
      const xv = equal | mv;
      equal |= carry >>> 31;
      const xh = (((equal & pv) + pv) ^ pv) | equal;
      let ph = mv | ~(xh | pv);
      let mh = pv & xh;
      if (block === lastBlock) score += ((ph >>> lastBit) & 1) - ((mh >>> lastBit) & 1);
      const out = (ph >>> 31) - (mh >>> 31);
      ph = (ph << 1) | (carry > 0 ? 1 : 0);
      mh = (mh << 1) | (carry >>> 31);
      plus[block] = mh | ~(xv | ph);
      minus[block] = ph & xv;
      carry = out;
    }
    if (score - (other - j - 1) > limit) return Number.POSITIVE_INFINITY;
  }
  return score <= limit ? score : Number.POSITIVE_INFINITY;
};

const single = createPattern();

/** The Levenshtein distance of two sequences of non-negative symbols, or Infinity when it exceeds `limit`. */
export const stringEditDistance = (
  a: Int32Array,
  b: Int32Array,
  limit = Number.POSITIVE_INFINITY,
): number => {
  setPattern(single, a);
  return patternDistance(single, b, limit);
};
