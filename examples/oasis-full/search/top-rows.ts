export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

export interface TopRowsOptions {
  readonly count: number;
  /** Rows that may be answers; all where left out. */
  readonly allowed?: (row: number) => boolean;
  /** How far an approximate score may be from the exact one. */
  readonly error: number;
  readonly exact: (row: number) => number;
}

/**
 * The rows of the highest exact scores, ties by row, from approximate ones: every row that could still be among them
 * is scored again.
 *
 * Let t be the count-th best approximate score. At least `count` rows have exact scores of t − error or more, so no row
 * below t − 2 · error in the approximation can be among the best.
 *
 * O(rows + c log c) time, c the rows scored again.
 */
export const topRows = (
  approximate: ArrayLike<number>,
  { count, allowed, error, exact }: TopRowsOptions,
): ScoredRow[] => {
  const floor = nthBest(approximate, count, allowed) - 2 * error;
  const candidates: ScoredRow[] = [];
  for (let row = 0; row < approximate.length; row++) {
    if (approximate[row]! < floor || allowed?.(row) === false) continue;
    candidates.push({ row, score: exact(row) });
  }
  return candidates.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, count);
};

/** The count-th largest value, −Infinity where there are fewer: a heap of the best, the least on top. */
const nthBest = (
  values: ArrayLike<number>,
  count: number,
  allowed: ((row: number) => boolean) | undefined,
): number => {
  const heap = new Float64Array(Math.min(count, values.length)).fill(Number.NEGATIVE_INFINITY);
  if (heap.length < count) return Number.NEGATIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (!(value > heap[0]!) || allowed?.(row) === false) continue;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
  return heap[0]!;
};
