export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

export interface TopRowsOptions {
  readonly count: number;
  /** Rows that may be answers; all where left out. */
  readonly allowed?: (row: number) => boolean;
  /** How far each row's approximate score may be from its exact one. */
  readonly error: (row: number) => number;
  readonly exact: (row: number) => number;
}

/**
 * The rows of the highest exact scores, ties by row, from approximate ones: every row that could still be among them
 * is scored again.
 *
 * Let t be the count-th largest of approximate − error. At least `count` rows have exact scores of t or more, so no row
 * with approximate + error below t can be among the best.
 *
 * O(rows + c log c) time, c the rows scored again.
 */
export const topRows = (
  approximate: ArrayLike<number>,
  { count, allowed, error, exact }: TopRowsOptions,
): ScoredRow[] => {
  const least = new LargestValues(count);
  for (let row = 0; row < approximate.length; row++) {
    const value = approximate[row]! - error(row);
    if (value > least.smallest && allowed?.(row) !== false) least.add(value);
  }
  const floor = least.smallest;
  const candidates: ScoredRow[] = [];
  for (let row = 0; row < approximate.length; row++) {
    if (approximate[row]! + error(row) < floor || allowed?.(row) === false) continue;
    candidates.push({ row, score: exact(row) });
  }
  return candidates.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, count);
};

/** A heap of the largest values, the smallest of them on top. */
class LargestValues {
  readonly #heap: number[] = [];

  constructor(readonly count: number) {}

  /** The count-th largest value, −Infinity while there are fewer. */
  get smallest(): number {
    return this.#heap.length < this.count ? Number.NEGATIVE_INFINITY : this.#heap[0]!;
  }

  add(value: number): void {
    const heap = this.#heap;
    if (heap.length < this.count) {
      let at = heap.push(value) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && heap[parent]! > value; parent = (at - 1) >> 1) {
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = value;
      return;
    }
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
}
