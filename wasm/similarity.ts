// Rows: the keyroot tables of one tree, one after another. Columns: the tables of all keyroots of the other tree side
// by side, each padded to blocks of 8, after the blocks of its distinct leaves. 16-bit scores, 8 columns at a time.
function r32(p: usize, i: i32): i32 {
  return load<i32>(p + ((<usize>i) << 2));
}
function scan(v: v128): v128 {
  const zero = i16x8.splat(0);
  v = i16x8.max_s(v, v128.shuffle<i16>(v, zero, 8, 0, 1, 2, 3, 4, 5, 6));
  v = i16x8.max_s(v, v128.shuffle<i16>(v, zero, 8, 8, 0, 1, 2, 3, 4, 5));
  return i16x8.max_s(v, v128.shuffle<i16>(v, zero, 8, 8, 8, 8, 0, 1, 2, 3));
}
function last(v: v128): v128 {
  return v128.shuffle<i16>(v, v, 7, 7, 7, 7, 7, 7, 7, 7);
}

/**
 * The header at P holds where everything lies, in order. Of the row tree a: first nodes, labels, classes, parents,
 * keyroots; of the column tree b: first nodes, labels, classes, keyroots; all shifted so that node numbers index
 * them. Then, with an entry per column: H, the current row; L, labels; M, −1 on a table's path to its first leaf;
 * D, twice the distance to the column before the subtree, in both bytes, or 200; Q, where the row settles an equal
 * subtree; K, 0 in a table's first block. Then X, the columns whose subtree is too large for D; where classes are
 * settled; F, scratch for X; S, a row of scores for every class of a; G, a stack of gathered rows; the bytes of a
 * row; and where a zero stands.
 *
 * Only the tables `from … to − 1` of the rows are filled, of which the last is that of all rows: a caller that wants
 * to stop in between asks for a few at a time.
 *
 * A gathered row is H as it stood before a node's first leaf, read at the column before each subtree.
 */
export function similarity(
  P: usize,
  aLo: i32,
  aHi: i32,
  aPlan: i32,
  bLo: i32,
  bHi: i32,
  bPlan: i32,
  bClasses: i32,
  from: i32,
  to: i32,
): i32 {
  const af: usize = load<u32>(P),
    al: usize = load<u32>(P, 4),
    ac: usize = load<u32>(P, 8),
    ap: usize = load<u32>(P, 12),
    ak: usize = load<u32>(P, 16);
  const bf: usize = load<u32>(P, 20),
    bl: usize = load<u32>(P, 24),
    bc: usize = load<u32>(P, 28),
    bk: usize = load<u32>(P, 32);
  const H: usize = load<u32>(P, 36),
    L: usize = load<u32>(P, 40),
    M: usize = load<u32>(P, 44),
    D: usize = load<u32>(P, 48);
  const Q: usize = load<u32>(P, 52),
    K: usize = load<u32>(P, 56),
    X: usize = load<u32>(P, 60),
    settled: usize = load<u32>(P, 64),
    F: usize = load<u32>(P, 68);
  const S: usize = load<u32>(P, 72),
    G: usize = load<u32>(P, 76),
    stride: usize = load<u32>(P, 80),
    Z: usize = load<u32>(P, 84);

  memory.fill(settled, 0, (<usize>bClasses) << 2);
  let w: usize = 0;
  for (let j = bLo; j <= bHi; j++) {
    if (r32(bf, j) !== j) continue;
    const slot = settled + ((<usize>r32(bc, j)) << 2);
    if (load<u32>(slot) !== 0) continue;
    store<u32>(slot, H + w);
    store<i16>(L + w, <i16>r32(bl, j));
    w += 2;
  }
  const leafEnd = (w + 15) & ~15;
  w = leafEnd;
  let far: usize = X;
  let answer: usize = 0;
  for (let m = 0; m <= bPlan; m++) {
    const y = m === bPlan ? bHi : r32(bk, m);
    const ly = m === bPlan ? bLo : r32(bf, y);
    const start = w;
    for (let j = ly; j <= y; j++) {
      const f = r32(bf, j);
      store<i16>(L + w, <i16>r32(bl, j));
      if (f === ly) {
        store<i16>(M + w, -1);
        store<u16>(D + w, 0xc8c8);
        store<u32>(Q + (w << 1), Z);
      } else {
        store<i16>(M + w, 0);
        store<u32>(Q + (w << 1), load<u32>(settled + ((<usize>r32(bc, j)) << 2)));
        const d = j - f;
        if (d > 7) {
          store<u16>(D + w, 0xc8c8);
          store<u32>(far, <u32>w);
          store<u32>(far, <u32>(H + start + ((<usize>(f - ly - 1)) << 1)), 4);
          store<i32>(far, r32(bl, j), 8);
          far += 12;
        } else store<u16>(D + w, <u16>((d + 1) * 0x202));
      }
      w += 2;
    }
    answer = H + w - 2;
    for (let j = ly, o = start; j <= y; j++, o += 2)
      if (r32(bf, j) === ly) store<u32>(settled + ((<usize>r32(bc, j)) << 2), H + o);
    const padded = (w + 15) & ~15;
    for (; w < padded; w += 2) {
      store<i16>(L + w, -1);
      store<i16>(M + w, 0);
      store<u16>(D + w, 0xc8c8);
      store<u32>(Q + (w << 1), Z);
    }
    memory.fill(K + start, 0xff, padded - start);
    v128.store(K + start, i16x8.splat(0));
  }
  const width = w;

  const near = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const before = i8x16(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
  const one = i16x8.splat(1);
  const zero = i16x8.splat(0);
  for (let k = from; k < to; k++) {
    const x = k === aPlan ? aHi : r32(ak, k);
    const lx = k === aPlan ? aLo : r32(af, x);
    memory.fill(H, 0, width);
    let g = G;
    for (let i = lx; i <= x; i++) {
      const f = r32(af, i);
      const s = S + <usize>r32(ac, i) * stride;
      let carry = zero;
      if (f === lx) {
        const label = i16x8.splat(<i16>r32(al, i));
        for (let o: usize = 0; o < leafEnd; o += 16)
          v128.store(H + o, i16x8.max_s(v128.load(H + o), i16x8.sub(one, i16x8.eq(v128.load(L + o), label))));
        let previous = zero;
        for (let o = leafEnd; o < width; o += 16) {
          const up = v128.load(H + o);
          const keep = v128.load(K + o);
          const q = Q + (o << 1);
          let t = v128.load_lane<i16>(load<u32>(q), zero, 0);
          t = v128.load_lane<i16>(load<u32>(q, 4), t, 1);
          t = v128.load_lane<i16>(load<u32>(q, 8), t, 2);
          t = v128.load_lane<i16>(load<u32>(q, 12), t, 3);
          t = v128.load_lane<i16>(load<u32>(q, 16), t, 4);
          t = v128.load_lane<i16>(load<u32>(q, 20), t, 5);
          t = v128.load_lane<i16>(load<u32>(q, 24), t, 6);
          t = v128.load_lane<i16>(load<u32>(q, 28), t, 7);
          const mask = v128.load(M + o);
          const diagonal = v128.shuffle<i16>(v128.and(previous, keep), up, 7, 8, 9, 10, 11, 12, 13, 14);
          previous = up;
          const paired = i16x8.sub(i16x8.add(diagonal, one), i16x8.eq(v128.load(L + o), label));
          const v = i16x8.max_s(
            scan(i16x8.max_s(v128.bitselect(paired, t, mask), up)),
            v128.and(carry, keep),
          );
          v128.store(H + o, v);
          v128.store(s + o, v128.bitselect(v, t, mask));
          carry = last(v);
        }
        continue;
      }
      if (f === i) {
        const label = r32(al, i);
        let hit = 0;
        let fp = F;
        for (let e = X; e < far; e += 12) {
          store<i16>(fp, load<i16>(load<u32>(e, 4)));
          hit |= i32(load<i32>(e, 8) === label);
          fp += 2;
        }
        let previous = zero;
        if (hit === 0) {
          for (let o = leafEnd; o < width; o += 16) {
            const up = v128.load(H + o);
            const d = v128.load(D + o);
            const keep = v128.load(K + o);
            const gathered = v128.or(
              i8x16.swizzle(up, i8x16.sub(near, d)),
              i8x16.swizzle(v128.and(previous, keep), i8x16.sub(before, d)),
            );
            previous = up;
            v128.store(g + o, gathered);
            const v = i16x8.max_s(
              scan(i16x8.max_s(i16x8.add(gathered, v128.load(s + o)), up)),
              v128.and(carry, keep),
            );
            v128.store(H + o, v);
            carry = last(v);
          }
        } else {
          for (let o = leafEnd; o < width; o += 16) {
            const up = v128.load(H + o);
            const d = v128.load(D + o);
            v128.store(
              g + o,
              v128.or(
                i8x16.swizzle(up, i8x16.sub(near, d)),
                i8x16.swizzle(v128.and(previous, v128.load(K + o)), i8x16.sub(before, d)),
              ),
            );
            previous = up;
          }
        }
        fp = F;
        for (let e = X; e < far; e += 12) {
          store<i16>(g + load<u32>(e), load<i16>(fp));
          fp += 2;
        }
        g += stride;
        if (hit === 0) {
          const p = r32(ap, i);
          if (p > x || r32(af, p) !== f) g -= stride;
          continue;
        }
      }
      const top = g - stride;
      for (let o = leafEnd; o < width; o += 16) {
        const v = i16x8.max_s(
          scan(i16x8.max_s(i16x8.add(v128.load(top + o), v128.load(s + o)), v128.load(H + o))),
          v128.and(carry, v128.load(K + o)),
        );
        v128.store(H + o, v);
        carry = last(v);
      }
      const p = r32(ap, i);
      if (p > x || r32(af, p) !== f) g = top;
    }
  }
  return load<i16>(answer);
}
