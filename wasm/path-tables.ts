// What inner-paths.ts and weighted-paths.ts share. Rows are forests of a tree by the preorder of their first root,
// columns by the postorder of their last.
//
// C: the nodes of that tree in preorder: how many columns lie before a node's own, how many rows its subtree takes, at
// what distance its score stands, and its label; 16 bytes a node.
export function aloneOf(C: usize, p: i32): i32 {
  return load<i32>(C + ((<usize>p) << 4));
}
export function rowsOf(C: usize, p: i32): usize {
  return <usize>load<i32>(C + ((<usize>p) << 4), 4);
}
export function scoreAt(C: usize, p: i32): usize {
  return <usize>load<i32>(C + ((<usize>p) << 4), 8);
}

/** Moves a few columns of a table: `bytes` of each of its `size + 1` rows. */
export function copyColumns(
  from: usize,
  fromStride: usize,
  to: usize,
  toStride: usize,
  size: i32,
  bytes: usize,
): void {
  for (let p: usize = 0; p <= <usize>size; p++) memory.copy(to + p * toStride, from + p * fromStride, bytes);
}

/** A part of the table as the mirror image has it: the cell (p, e) goes to (size − e, size − p). */
export function turnCells<T>(
  from: usize,
  to: usize,
  stride: usize,
  size: i32,
  rowFrom: i32,
  rowTo: i32,
  columnFrom: i32,
  columnTo: i32,
): void {
  for (let r = rowFrom; r < rowTo; r++) {
    const row = to + <usize>r * stride;
    const column = from + <usize>(size - r) * sizeof<T>();
    for (let c = columnFrom; c < columnTo; c++) {
      store<T>(row + <usize>c * sizeof<T>(), load<T>(column + <usize>(size - c) * stride));
    }
  }
}
