import { aloneOf, copyColumns, rowsOf, scoreAt, turnCells } from './path-tables';

// As inner-paths.ts, with costs in place of scores: 64-bit distances, two columns at a time. C holds no labels.
//
// I: what each node costs to insert.
function insertionOf(I: usize, p: i32): f64 {
  return load<f64>(I + ((<usize>p) << 3));
}

/** The table of the empty forest: what all nodes of a forest cost to insert. */
export function fillEmpty(table: usize, stride: usize, size: i32, C: usize, I: usize): void {
  memory.fill(table + <usize>size * stride, 0, stride);
  for (let p = size - 1; p >= 0; p--) {
    const row = table + <usize>p * stride;
    const below = row + stride;
    let o = (<usize>aloneOf(C, p)) << 3;
    memory.copy(row, below, o);
    const insertion = insertionOf(I, p);
    for (; o < stride; o += 8) store<f64>(row + o, load<f64>(below + o) + insertion);
  }
}

/**
 * Adds a node to the end at which rows begin, to the columns `from` and the `width` after it: `out` may be `previous`
 * unless `base` is.
 */
function addNode(
  previous: usize,
  base: usize,
  out: usize,
  stride: usize,
  size: i32,
  C: usize,
  I: usize,
  scores: usize,
  cost: f64,
  from: i32,
  width: i32,
): void {
  const deletion = f64x2.splat(cost);
  const end: usize = (<usize>width) << 3;
  const last = <usize>size * stride;
  for (let o: usize = 0; o < end; o += 16) {
    v128.store(out + last + o, f64x2.add(v128.load(previous + last + o), deletion));
  }
  for (let p = size - 1; p >= 0; p--) {
    const row = out + <usize>p * stride;
    const below = row + stride;
    const old = previous + <usize>p * stride;
    const skipped = base + (<usize>p + rowsOf(C, p)) * stride;
    const pairing = load<f64>(scores + scoreAt(C, p));
    const inserted = insertionOf(I, p);
    const alone = min(max(aloneOf(C, p) - from, 0), width);
    let o: usize = (<usize>alone) << 3;
    memory.copy(row, below, o);
    if ((alone & 1) !== 0) {
      store<f64>(
        row + o,
        min(
          min(load<f64>(below + o) + inserted, load<f64>(old + o) + cost),
          load<f64>(skipped + o) + pairing,
        ),
      );
      o += 8;
    }
    const insertion = f64x2.splat(inserted);
    const paired = f64x2.splat(pairing);
    for (; o < end; o += 16) {
      v128.store(
        row + o,
        f64x2.pmin(
          f64x2.pmin(f64x2.add(v128.load(below + o), insertion), f64x2.add(v128.load(old + o), deletion)),
          f64x2.add(v128.load(skipped + o), paired),
        ),
      );
    }
  }
}

/**
 * Makes a tree of the forest so far, whose root costs `cost` to delete. Settles its distance to every subtree. `pairs`
 * holds what it costs to turn the root into each node, `empty` the table of the empty forest.
 */
export function addRoot(
  table: usize,
  empty: usize,
  stride: usize,
  size: i32,
  C: usize,
  I: usize,
  scores: usize,
  pairs: usize,
  cost: f64,
): void {
  const deletion = f64x2.splat(cost);
  const last = <usize>size * stride;
  // Without its root a subtree is the rest of its columns, in the row after: read before that row changes.
  let inside = load<f64>(table + last + ((<usize>aloneOf(C, size - 1)) << 3) - 8);
  for (let o: usize = 0; o < stride; o += 16) {
    v128.store(table + last + o, f64x2.add(v128.load(table + last + o), deletion));
  }
  for (let p = size - 1; p >= 0; p--) {
    const row = table + <usize>p * stride;
    const below = row + stride;
    const skipped = empty + (<usize>p + rowsOf(C, p)) * stride;
    const at = (<usize>aloneOf(C, p)) << 3;
    const inserted = insertionOf(I, p);
    const both = inside + load<f64>(pairs + ((<usize>p) << 3));
    if (p > 0) inside = load<f64>(row + ((<usize>aloneOf(C, p - 1)) << 3) - 8);
    const best = min(min(load<f64>(row + at) + cost, load<f64>(below + at) + inserted), both);
    store<f64>(scores + scoreAt(C, p), best);
    let o = at;
    memory.copy(row, below, o);
    if ((o & 8) !== 0) {
      store<f64>(
        row + o,
        min(min(load<f64>(below + o) + inserted, load<f64>(row + o) + cost), load<f64>(skipped + o) + best),
      );
      o += 8;
    }
    const insertion = f64x2.splat(inserted);
    const score = f64x2.splat(best);
    for (; o < stride; o += 16) {
      v128.store(
        row + o,
        f64x2.pmin(
          f64x2.pmin(f64x2.add(v128.load(below + o), insertion), f64x2.add(v128.load(row + o), deletion)),
          f64x2.add(v128.load(skipped + o), score),
        ),
      );
    }
  }
}

/** Adds a single leaf, from one table to the other. */
export function addLeaf(
  table: usize,
  out: usize,
  stride: usize,
  size: i32,
  C: usize,
  I: usize,
  scores: usize,
  cost: f64,
): void {
  addNode(table, table, out, stride, size, C, I, scores, cost, 0, <i32>(stride >> 3));
}

/** Adds `count` nodes as inner-paths.ts does; a step of the program ends with what the node costs to delete. */
export function addNodes(
  table: usize,
  stride: usize,
  size: i32,
  C: usize,
  I: usize,
  slots: usize,
  width: i32,
  program: usize,
  count: i32,
): void {
  const columns = <i32>(stride >> 3);
  for (let from = 0; from < columns; from += width) {
    const own = min(width, columns - from);
    const bytes = (<usize>own) << 3;
    const slot = bytes * <usize>(size + 1);
    const start = table + ((<usize>from) << 3);
    copyColumns(start, stride, slots, bytes, size, bytes);
    let last: usize = slots;
    for (let t = 0; t < count; t++) {
      const step = program + <usize>t * 24;
      last = slots + <usize>load<u32>(step, 8) * slot;
      addNode(
        slots + <usize>load<u32>(step) * slot,
        slots + <usize>load<u32>(step, 4) * slot,
        last,
        bytes,
        size,
        C,
        I,
        load<u32>(step, 12),
        load<f64>(step, 16),
        from,
        own,
      );
    }
    copyColumns(last, bytes, start, stride, size, bytes);
  }
}

/** The table as the mirror image has it: the cell (p, e) goes to (size − e, size − p). */
export function turnOver(from: usize, to: usize, stride: usize, size: i32): void {
  for (let r0 = 0; r0 <= size; r0 += 8) {
    const rEnd = min(r0 + 8, size + 1);
    for (let c0 = 0; c0 <= size; c0 += 8) {
      turnCells<f64>(from, to, stride, size, r0, rEnd, c0, min(c0 + 8, size + 1));
    }
  }
}
