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
  sequence: Int32Array;
  symbols: number[];
  /** Whether `masks` and `rows` hold this sequence. */
  isLaidOut: boolean;
}

/** Bit-vectors of more words than this are not laid out: a long sequence of many symbols would take gigabytes. */
const maximumMaskWords = 2 ** 22;

export const createPattern = (): BitPattern =>
  ({
    length: 0,
    blocks: 0,
    masks: new Int32Array(0),
    rows: new Int32Array(0),
    sequence: new Int32Array(0),
    symbols: [],
    isLaidOut: false,
  }) as MutablePattern;

/** Replaces what a pattern holds. Time O(1): bit-vectors are laid out when a comparison first needs them. */
export const setPattern = (pattern: BitPattern, sequence: Int32Array): void => {
  const target = pattern as MutablePattern;
  target.sequence = sequence;
  target.length = sequence.length;
  target.blocks = (sequence.length + 31) >> 5;
  target.isLaidOut = false;
};

/** Fills the bit-vectors in O(length + blocks × distinct); false when they would be too large. */
const layOut = (target: MutablePattern): boolean => {
  if (target.isLaidOut) return true;
  const { sequence } = target;
  for (const symbol of target.symbols) target.rows[symbol] = 0;
  target.symbols.length = 0;
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
  if (cells > maximumMaskWords) return false;
  target.masks = growInt32(target.masks, cells);
  target.masks.fill(0, 0, cells);
  for (let i = 0; i < sequence.length; i++) {
    const at = target.rows[sequence[i]!]! * target.blocks + (i >> 5);
    target.masks[at] = target.masks[at]! | (1 << (i & 31));
  }
  target.isLaidOut = true;
  return true;
};

/** So many errors are looked for along diagonals before the whole table is filled. */
const NEAR = 64;

let plus: Int32Array = new Int32Array(0);
let minus: Int32Array = new Int32Array(0);

/**
 * The Levenshtein distance of a pattern and a sequence, or Infinity as soon as it must exceed `limit`.
 *
 * Small limits and small distances on long sequences go by diagonals. Otherwise blocks of 32 rows of the table go
 * through one column in a few word operations each. The last row's score falls by at most one per column, which tells
 * when the limit is out of reach.
 *
 * @see Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic programming",
 * J. ACM 46(3), 1999; Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.
 */
export const patternDistance = (pattern: BitPattern, sequence: Int32Array, limit: number): number => {
  const { length, blocks } = pattern;
  const other = sequence.length;
  if (Math.abs(length - other) > limit) return Number.POSITIVE_INFINITY;
  if (length === 0 || other === 0) return Math.max(length, other);
  const target = pattern as MutablePattern;
  const byDiagonals = blocks >= 16 && limit * limit < (blocks * other) / 2;
  if (byDiagonals || !layOut(target)) return diagonalDistance(target.sequence, sequence, limit);
  if (blocks >= 16) {
    // Long sequences are often nearly equal, whatever the limit: a look along few diagonals costs next to nothing.
    const near = diagonalDistance(target.sequence, sequence, Math.min(limit, NEAR));
    if (near <= NEAR) return near;
  }
  const { masks, rows } = pattern;
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

let reached: Int32Array = new Int32Array(0);
let reachedBefore: Int32Array = new Int32Array(0);

/**
 * The Levenshtein distance, or Infinity when it exceeds `limit`: how far down each diagonal of the table a given number
 * of errors leads, for one error after another.
 *
 * Time O(n + limit²) where equal runs are rarely met off the best path, O(n · limit) at worst; memory O(limit).
 *
 * @see Ukkonen, "Algorithms for approximate string matching", Information and Control 64, 1985.
 */
export const diagonalDistance = (a: Int32Array, b: Int32Array, limit: number): number => {
  const n = a.length;
  const m = b.length;
  const last = m - n;
  const most = Math.min(limit, Math.max(n, m));
  if (Math.abs(last) > most) return Number.POSITIVE_INFINITY;
  // Entry of diagonal d, column minus row: d + origin. Unreached diagonals hold a row far above the table.
  const origin = most + 1;
  reached = growInt32(reached, 2 * most + 3);
  reachedBefore = growInt32(reachedBefore, 2 * most + 3);
  reached.fill(-0x40000000, 0, 2 * most + 3);
  reachedBefore.fill(-0x40000000, 0, 2 * most + 3);
  for (let errors = 0; errors <= most; errors++) {
    const now = reached;
    const before = reachedBefore;
    const lowest = Math.max(-errors, last - (most - errors), -n);
    const highest = Math.min(errors, last + (most - errors), m);
    for (let d = lowest; d <= highest; d++) {
      const at = d + origin;
      let row = errors === 0 ? 0 : Math.max(before[at]! + 1, before[at - 1]!, before[at + 1]! + 1);
      row = Math.min(row, n, m - d);
      while (row >= 0 && row < n && row + d < m && a[row] === b[row + d]) row++;
      now[at] = row;
    }
    if (last >= lowest && last <= highest && now[last + origin] === n) return errors;
    reached = before;
    reachedBefore = now;
  }
  return Number.POSITIVE_INFINITY;
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
