// The band of the bounded distance, eight columns at a time. A cell holds how much more than its insertions the edits
// before it cost: for r nodes of a and c of b at distance h, that is h − (c − r) ≥ 0. An insertion then costs nothing,
// so that a prefix minimum settles a row; a deletion costs 2. A pair of subtrees is kept the same way.
const FAR: i32 = 0x7fff;

/** Bytes of far cells before each row. */
const GUARD: usize = 16;
/** Nodes of a subtree that is read in a window of 16 columns. */
const WINDOW: i32 = 8;

function r32(p: usize, i: i32): i32 {
  return load<i32>(p + ((<usize>i) << 2));
}

function magnitude(v: i32): i32 {
  return v < 0 ? -v : v;
}

let af: usize, al: usize, ac: usize, ap: usize, ae: usize;
let bf: usize, bl: usize, bc: usize, bp: usize, be: usize;
let common: usize,
  starts: usize,
  near: usize,
  large: usize,
  gathered: usize,
  S: usize,
  H: usize,
  tails: usize;
let aLo: i32, aHi: i32, bLo: i32, bHi: i32;
let limit: i32, shift: i32, least: i32, most: i32, width: i32;
let count: i32, upper: i32, next: i32;

/**
 * Reads the header at P. It holds where everything lies, in order. Of a and of b, shifted so that node numbers index them:
 * first nodes, labels, classes, parents, and room for the last node of each first one. Then, for each class of b, the
 * equal class of a or −1. Then room: for the starts of b; per node of b, twice the size of its subtree in both bytes
 * or 200, the next node with a larger subtree, and what such a node reads of an earlier row; the scores of pairs of
 * subtrees; the forest table; the masks of what lies right of a row.
 */
export function open(P: usize, aFrom: i32, aTo: i32, bFrom: i32, bTo: i32, within: i32): void {
  af = load<u32>(P);
  al = load<u32>(P, 4);
  ac = load<u32>(P, 8);
  ap = load<u32>(P, 12);
  ae = load<u32>(P, 16);
  bf = load<u32>(P, 20);
  bl = load<u32>(P, 24);
  bc = load<u32>(P, 28);
  bp = load<u32>(P, 32);
  be = load<u32>(P, 36);
  common = load<u32>(P, 40);
  starts = load<u32>(P, 44);
  near = load<u32>(P, 48);
  large = load<u32>(P, 52);
  gathered = load<u32>(P, 56);
  S = load<u32>(P, 60);
  H = load<u32>(P, 64) + GUARD;
  tails = load<u32>(P, 68);
  aLo = aFrom;
  aHi = aTo;
  bLo = bFrom;
  bHi = bTo;
  limit = within;
  shift = bHi - bLo - (aHi - aLo);
  // Both numerators are at least 0, as the sizes differ by no more than the limit.
  least = -((limit - shift) >> 1);
  most = (limit + shift) >> 1;
  width = most - least + 1;

  for (let i = aLo; i <= aHi; i++) store<i32>(ae + ((<usize>r32(af, i)) << 2), i);
  for (let j = bLo; j <= bHi; j++) store<i32>(be + ((<usize>r32(bf, j)) << 2), j);
  // A forest is one table, whichever of its trees it starts with.
  store<i32>(ae + ((<usize>aLo) << 2), aHi);
  store<i32>(be + ((<usize>bLo) << 2), bHi);
  count = 0;
  for (let j = bLo; j <= bHi; j++) {
    const size = j - r32(bf, j) + 1;
    if (size === 1) {
      store<i32>(starts + ((<usize>count) << 2), j);
      count++;
    }
    store<u16>(near + ((<usize>j) << 1), size > WINDOW ? 0xc8c8 : <u16>(size * 0x202));
  }
  let following = bHi + 1;
  store<i32>(large + ((<usize>following) << 2), following);
  for (let j = bHi; j >= bLo; j--) {
    if (j - r32(bf, j) + 1 > WINDOW) following = j;
    store<i32>(large + ((<usize>j) << 2), following);
  }
  memory.fill(gathered + ((<usize>bLo) << 1), 0, (<usize>(bHi - bLo + 9)) << 1);
  const rows = <usize>(aHi - aLo + 1);
  fillFar(S, rows * <usize>width + 16);
  fillFar(H - GUARD, (rows + 1) * <usize>(width + 8) + 24);
  for (let k = 0; k < 16; k++) store<i16>(tails + ((<usize>k) << 1), k < 8 ? 0 : <i16>FAR);
  upper = count;
  next = aHi;
}

function fillFar(at: usize, cells: usize): void {
  for (let o: usize = 0; o < cells << 1; o += 16) v128.store(at + o, i16x8.splat(<i16>FAR));
}

/** Fills tables from the last node on until about so many cells are filled; returns how many, below 0 at the end. */
export function fill(work: f64): f64 {
  // From the last start to the first: what stands inside a subtree beside its path starts later.
  let spent: f64 = 0;
  for (let lx = next; lx >= aLo; lx--) {
    if (r32(af, lx) !== lx) continue;
    const x = r32(ae, lx);
    const farthest = lx - aLo + most + bLo;
    while (upper > 0 && r32(starts, upper - 1) > farthest) upper--;
    const nearest = lx - aLo + least + bLo;
    const equal = lx > aLo ? r32(ac, x) : -2;
    let cells = 0;
    for (let k = upper - 1; k >= 0; k--) {
      const ly = r32(starts, k);
      if (ly < nearest) break;
      const y = r32(be, ly);
      if (lx === x && ly === y) fillLeaves(lx, ly);
      else if (ly > bLo && r32(common, r32(bc, y)) === equal) fillEqual(x, y);
      else cells += fillBand(lx, x, ly, y);
    }
    spent += <f64>cells;
    if (spent >= work) {
      next = lx - 1;
      return lx === aLo ? -1 - spent : spent;
    }
  }
  return -1 - spent;
}

/** The distance of the two forests once their own table, the last one, is filled; more than the limit if far. */
export function distance(): i32 {
  if (aLo === aHi && bLo === bHi) return load<i16>(S + ((<usize>-least) << 1));
  const lowest = least;
  const stride = most - lowest + 9;
  const rows = aHi - aLo + 1;
  const value = load<i16>(H + ((<usize>(rows * stride + shift - lowest)) << 1));
  return value === <i16>FAR ? FAR : value + shift;
}

function fillLeaves(i: i32, j: i32): void {
  const u = j - bLo - (i - aLo);
  const d = i32(r32(al, i) !== r32(bl, j));
  if (d <= limit - magnitude(u) - magnitude(shift - u))
    store<i16>(S + ((<usize>((i - aLo) * width + u - least)) << 1), <i16>d);
}

/** Along the paths of two equal subtrees one is the other with something cut out: the distance is what is missing. */
function fillEqual(x: i32, y: i32): void {
  const start = r32(bf, y) - bLo - (r32(af, x) - aLo);
  const rest = limit - magnitude(start);
  let from = r32(bf, y);
  for (let i = r32(af, x); i <= x; i = r32(ap, i)) {
    const origin = i - aLo + bLo;
    while (from <= y && from - origin < least) from = r32(bp, from);
    const row = S + ((<usize>((i - aLo) * width - least)) << 1);
    for (let j = from; j <= y; j = r32(bp, j)) {
      const u = j - origin;
      const missing = magnitude(u - start);
      // What is missing is what is inserted, or twice what is deleted.
      if (missing <= rest - magnitude(shift - u))
        store<i16>(row + ((<usize>u) << 1), <i16>(missing - (u - start)));
      else if (u > start && u > shift) break;
    }
  }
}

function scan(v: v128): v128 {
  const far = i16x8.splat(<i16>FAR);
  v = i16x8.min_s(v, v128.shuffle<i16>(far, v, 0, 8, 9, 10, 11, 12, 13, 14));
  v = i16x8.min_s(v, v128.shuffle<i16>(far, v, 0, 0, 8, 9, 10, 11, 12, 13));
  return i16x8.min_s(v, v128.shuffle<i16>(far, v, 0, 0, 0, 0, 8, 9, 10, 11));
}

function both(p: usize, value: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.eq(v128.load(p), value), i32x4.eq(v128.load(p, 16), value));
}

/**
 * Fills the forest table of the nodes lx … x and ly … y; returns how many cells that took.
 *
 * What an earlier row held before a subtree of b is read from the 16 columns up to the subtree's last node, or by itself
 * where the subtree is larger. Left of the band of that row the guard is met. Right of it some other cell may be met,
 * which is no less than 0: a's subtree is then so much larger than b's that the sum is out of reach all the same.
 */
function fillBand(lx: i32, x: i32, ly: i32, y: i32): i32 {
  const start = ly - bLo - (lx - aLo);
  const rest = limit - magnitude(start);
  const turn = shift - start;
  const lowest = -((rest - turn) >> 1);
  const highest = (rest + turn) >> 1;
  const stride = highest - lowest + 9;
  const columns = y - ly + 1;
  const rows = min(x - lx + 1, columns - lowest);
  const far = i16x8.splat(<i16>FAR);
  const two = i16x8.splat(2);
  const one = i16x8.splat(1);
  const here = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const before = i8x16(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
  const slope = i16x8(0, 2, 4, 6, 8, 10, 12, 14);
  const flat = i16x8.splat(<i16>(rest - turn));
  const starting = i32x4.splat(ly);
  // What is known of column c is that of node ly + c − 1.
  const firsts = bf + ((<usize>(ly - 1)) << 2);
  const labels = bl + ((<usize>(ly - 1)) << 2);
  const sizes = near + ((<usize>(ly - 1)) << 1);
  const others = gathered + ((<usize>(ly - 1)) << 1);
  const diagonal = (<usize>(stride - 1)) << 1;
  // Cell c of a row stands at `at + 2c`.
  let at = H - ((<usize>lowest) << 1);
  v128.store(H - GUARD, far);
  const end = min(columns, highest);
  for (let c = 0; c <= end; c += 8) v128.store(at + ((<usize>c) << 1), i16x8.splat(0));
  let pairs = S + ((<usize>((lx - aLo) * width + start - 1 - least)) << 1);
  const pairStep = (<usize>(width - 1)) << 1;
  let cells = 0;
  for (let r = 1; r <= rows; r++) {
    const previous = at;
    at += diagonal;
    v128.store(H + ((<usize>(r * stride)) << 1) - GUARD, far);
    const from = max(1, r + lowest);
    const to = min(columns, r + highest);
    const i = lx + r - 1;
    const p = r32(af, i) - lx;
    let carry = far;
    let alive = far;
    if (r + lowest <= 0) {
      carry = i16x8.splat(<i16>(2 * r));
      alive = carry;
      store<i16>(at, <i16>(2 * r));
    }
    let steep = i16x8.sub(i16x8.splat(<i16>(rest + turn - 2 * (from - r))), slope);
    if (p === 0) {
      const label = i32x4.splat(r32(al, i));
      for (let c = from; c <= to; c += 8) {
        const o = (<usize>c) << 1;
        const settles = both(firsts + (o << 1), starting);
        const same = both(labels + (o << 1), label);
        const t = v128.load(pairs + o);
        const paired = i16x8.add_sat_s(v128.load(previous + o - 2), i16x8.add(one, same));
        let v = i16x8.min_s(
          v128.bitselect(paired, t, settles),
          i16x8.add_sat_s(v128.load(previous + o), two),
        );
        v = i16x8.min_s(scan(v), carry);
        carry = v128.shuffle<i16>(v, v, 7, 7, 7, 7, 7, 7, 7, 7);
        v = v128.or(v, v128.and(i16x8.gt_s(v, i16x8.min_s(flat, steep)), far));
        steep = i16x8.sub(steep, i16x8.splat(16));
        let keeps = settles;
        if (c + 7 > to) {
          const tail = v128.load(tails + ((<usize>(c + 7 - to)) << 1));
          v = v128.or(v, tail);
          keeps = v128.andnot(settles, i16x8.eq(tail, far));
        }
        v128.store(at + o, v);
        v128.store(pairs + o, v128.bitselect(v, t, keeps));
        alive = i16x8.min_s(alive, v);
      }
    } else {
      const row = H + ((<usize>(p * (stride - 1) - lowest)) << 1);
      const last = ly + to - 1;
      for (let j = r32(large, ly + from - 1); j <= last; j = r32(large, j + 1)) {
        const q = r32(bf, j) - ly;
        store<i16>(
          gathered + ((<usize>j) << 1),
          q - p >= lowest ? load<i16>(row + ((<usize>q) << 1)) : <i16>FAR,
        );
      }
      for (let c = from; c <= to; c += 8) {
        const o = (<usize>c) << 1;
        const d = v128.load(sizes + o);
        const found = v128.or(
          v128.or(
            i8x16.swizzle(v128.load(row + o), i8x16.sub(here, d)),
            i8x16.swizzle(v128.load(row + o - 16), i8x16.sub(before, d)),
          ),
          v128.load(others + o),
        );
        let v = i16x8.min_s(
          i16x8.add_sat_s(found, v128.load(pairs + o)),
          i16x8.add_sat_s(v128.load(previous + o), two),
        );
        v = i16x8.min_s(scan(v), carry);
        carry = v128.shuffle<i16>(v, v, 7, 7, 7, 7, 7, 7, 7, 7);
        v = v128.or(v, v128.and(i16x8.gt_s(v, i16x8.min_s(flat, steep)), far));
        steep = i16x8.sub(steep, i16x8.splat(16));
        if (c + 7 > to) v = v128.or(v, v128.load(tails + ((<usize>(c + 7 - to)) << 1)));
        v128.store(at + o, v);
        alive = i16x8.min_s(alive, v);
      }
    }
    cells += max(0, to - from + 1);
    pairs += pairStep;
    if (!v128.any_true(i16x8.lt_s(alive, far))) {
      // Nothing after a dead row is in reach, the last cell of the table included, which is read all the same.
      if (x === aHi && lx === aLo)
        store<i16>(H + ((<usize>((x - lx + 1) * stride + columns - (x - lx + 1) - lowest)) << 1), <i16>FAR);
      return cells;
    }
  }
  return cells;
}
