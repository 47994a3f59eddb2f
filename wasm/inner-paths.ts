import { aloneOf, copyColumns, rowsOf, scoreAt, turnCells } from './path-tables';

// 16-bit scores, 8 columns at a time: rows wait for each other, columns do not.
function labelOf(C: usize, p: i32): i32 {
  return load<i32>(C + ((<usize>p) << 4), 12);
}
/** −1 in the lanes from `first` on. */
function lanesFrom(first: i32): v128 {
  return i16x8.gt_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>(first - 1)));
}

/**
 * Adds a node to the end at which rows begin, to the columns `from` and the `width` after it: `out` may be `previous`
 * unless `base` is. `scores` is where the scores of the node stand.
 */
function addNode(
  previous: usize,
  base: usize,
  out: usize,
  stride: usize,
  size: i32,
  C: usize,
  scores: usize,
  from: i32,
  width: i32,
): void {
  memory.fill(out + <usize>size * stride, 0, (<usize>width) << 1);
  for (let p = size - 1; p >= 0; p--) {
    const row = out + <usize>p * stride;
    const below = row + stride;
    const old = previous + <usize>p * stride;
    const skipped = base + (<usize>p + rowsOf(C, p)) * stride;
    const score = i16x8.splat(load<i16>(scores + scoreAt(C, p)));
    const alone = min(max(aloneOf(C, p) - from, 0), width);
    const whole = alone & ~7;
    if (whole > 0) memory.copy(row, below, (<usize>whole) << 1);
    let o: usize = (<usize>whole) << 1;
    const end: usize = (<usize>width) << 1;
    if (o < end && (alone & 7) !== 0) {
      const up = v128.load(below + o);
      const value = i16x8.max_s(
        i16x8.max_s(up, v128.load(old + o)),
        i16x8.add(v128.load(skipped + o), score),
      );
      v128.store(row + o, v128.bitselect(value, up, lanesFrom(alone & 7)));
      o += 16;
    }
    for (; o < end; o += 16) {
      v128.store(
        row + o,
        i16x8.max_s(
          i16x8.max_s(v128.load(below + o), v128.load(old + o)),
          i16x8.add(v128.load(skipped + o), score),
        ),
      );
    }
  }
}

/**
 * Makes a tree of the forest so far: the node with this label is its root. Settles its score against every subtree.
 */
export function addRoot(table: usize, stride: usize, size: i32, C: usize, scores: usize, label: i32): void {
  let inside = 0;
  for (let p = size - 1; p >= 0; p--) {
    const row = table + <usize>p * stride;
    const below = row + stride;
    const alone = aloneOf(C, p);
    const at = (<usize>alone) << 1;
    const paired = inside + 1 + i32(labelOf(C, p) === label);
    // Without its root a subtree is the rest of its columns, in the row after: read before that row changes.
    if (p > 0) inside = load<i16>(row + ((<usize>aloneOf(C, p - 1)) << 1) - 2);
    const best = max(max(<i32>load<i16>(row + at), <i32>load<i16>(below + at)), paired);
    store<i32>(scores + scoreAt(C, p), best);
    const score = i16x8.splat(<i16>best);
    let o = (<usize>alone & ~7) << 1;
    memory.copy(row, below, o);
    if ((alone & 7) !== 0) {
      const up = v128.load(below + o);
      const value = i16x8.max_s(i16x8.max_s(up, v128.load(row + o)), score);
      v128.store(row + o, v128.bitselect(value, up, lanesFrom(alone & 7)));
      o += 16;
    }
    for (; o < stride; o += 16) {
      v128.store(row + o, i16x8.max_s(i16x8.max_s(v128.load(below + o), v128.load(row + o)), score));
    }
  }
}

/** Adds a single leaf, from one table to the other. */
export function addLeaf(table: usize, out: usize, stride: usize, size: i32, C: usize, scores: usize): void {
  addNode(table, table, out, stride, size, C, scores, 0, <i32>(stride >> 1));
}

/**
 * Adds `count` nodes, a few columns at a time, so that the tables in waiting stay close together. A step of the
 * program: the slots of the table before, of the table before the node's subtree, and of the result, and where the
 * node's scores stand. Slot 0 is where the columns come in.
 */
export function addNodes(
  table: usize,
  stride: usize,
  size: i32,
  C: usize,
  slots: usize,
  width: i32,
  program: usize,
  count: i32,
): void {
  const columns = <i32>(stride >> 1);
  for (let from = 0; from < columns; from += width) {
    const own = min(width, columns - from);
    const bytes = (<usize>own) << 1;
    const slot = bytes * <usize>(size + 1);
    const start = table + ((<usize>from) << 1);
    copyColumns(start, stride, slots, bytes, size, bytes);
    let last: usize = slots;
    for (let t = 0; t < count; t++) {
      const step = program + ((<usize>t) << 4);
      last = slots + <usize>load<u32>(step, 8) * slot;
      addNode(
        slots + <usize>load<u32>(step) * slot,
        slots + <usize>load<u32>(step, 4) * slot,
        last,
        bytes,
        size,
        C,
        load<u32>(step, 12),
        from,
        own,
      );
    }
    for (let p: usize = 0; p < <usize>size; p++) memory.copy(start + p * stride, last + p * bytes, bytes);
  }
}

/** The table as the mirror image has it: the cell (p, e) goes to (size − e, size − p). */
export function turnOver(from: usize, to: usize, stride: usize, size: i32): void {
  const whole = (size + 1) & ~7;
  for (let r0 = 0; r0 < whole; r0 += 8) {
    for (let c0 = 0; c0 < whole; c0 += 8) {
      // Row r of the result is column size − r, upwards.
      const s = from + <usize>(size - c0) * stride + ((<usize>(size - r0 - 7)) << 1);
      const x0 = v128.load(s);
      const x1 = v128.load(s - stride);
      const x2 = v128.load(s - stride * 2);
      const x3 = v128.load(s - stride * 3);
      const x4 = v128.load(s - stride * 4);
      const x5 = v128.load(s - stride * 5);
      const x6 = v128.load(s - stride * 6);
      const x7 = v128.load(s - stride * 7);
      const a0 = v128.shuffle<i16>(x0, x1, 0, 8, 1, 9, 2, 10, 3, 11);
      const a1 = v128.shuffle<i16>(x0, x1, 4, 12, 5, 13, 6, 14, 7, 15);
      const a2 = v128.shuffle<i16>(x2, x3, 0, 8, 1, 9, 2, 10, 3, 11);
      const a3 = v128.shuffle<i16>(x2, x3, 4, 12, 5, 13, 6, 14, 7, 15);
      const a4 = v128.shuffle<i16>(x4, x5, 0, 8, 1, 9, 2, 10, 3, 11);
      const a5 = v128.shuffle<i16>(x4, x5, 4, 12, 5, 13, 6, 14, 7, 15);
      const a6 = v128.shuffle<i16>(x6, x7, 0, 8, 1, 9, 2, 10, 3, 11);
      const a7 = v128.shuffle<i16>(x6, x7, 4, 12, 5, 13, 6, 14, 7, 15);
      const b0 = v128.shuffle<i32>(a0, a2, 0, 4, 1, 5);
      const b1 = v128.shuffle<i32>(a0, a2, 2, 6, 3, 7);
      const b2 = v128.shuffle<i32>(a1, a3, 0, 4, 1, 5);
      const b3 = v128.shuffle<i32>(a1, a3, 2, 6, 3, 7);
      const b4 = v128.shuffle<i32>(a4, a6, 0, 4, 1, 5);
      const b5 = v128.shuffle<i32>(a4, a6, 2, 6, 3, 7);
      const b6 = v128.shuffle<i32>(a5, a7, 0, 4, 1, 5);
      const b7 = v128.shuffle<i32>(a5, a7, 2, 6, 3, 7);
      const t = to + <usize>r0 * stride + ((<usize>c0) << 1);
      v128.store(t + stride * 7, v128.shuffle<i64>(b0, b4, 0, 2));
      v128.store(t + stride * 6, v128.shuffle<i64>(b0, b4, 1, 3));
      v128.store(t + stride * 5, v128.shuffle<i64>(b1, b5, 0, 2));
      v128.store(t + stride * 4, v128.shuffle<i64>(b1, b5, 1, 3));
      v128.store(t + stride * 3, v128.shuffle<i64>(b2, b6, 0, 2));
      v128.store(t + stride * 2, v128.shuffle<i64>(b2, b6, 1, 3));
      v128.store(t + stride, v128.shuffle<i64>(b3, b7, 0, 2));
      v128.store(t, v128.shuffle<i64>(b3, b7, 1, 3));
    }
  }
  turnCells<i16>(from, to, stride, size, 0, whole, whole, size + 1);
  turnCells<i16>(from, to, stride, size, whole, size + 1, 0, size + 1);
}
