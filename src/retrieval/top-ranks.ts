/**
 * The places of the highest scores, from 1; ties by row.
 *
 * O(rows + count log count) time where most rows are below the best.
 *
 * @param allowed Which rows take places; all where left out.
 * @returns Places by row, of the `count` best rows with a score above 0.
 */
export const topRanks = (
  scores: ArrayLike<number>,
  count: number,
  allowed?: (row: number) => boolean,
): ReadonlyMap<number, number> => {
  /** A heap with the worst of the best on top. */
  const heap: number[] = [];
  const isWorse = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);
  const sink = (row: number) => {
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!isWorse(heap[child]!, row)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = row;
  };
  const rise = (row: number) => {
    let at = heap.push(row) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isWorse(row, heap[parent]!); parent = (at - 1) >> 1) {
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = row;
  };
  for (let row = 0; row < scores.length; row++) {
    if (!(scores[row]! > 0)) continue;
    const isFull = heap.length === count;
    if (isFull && !isWorse(heap[0]!, row)) continue;
    if (allowed?.(row) === false) continue;
    if (isFull) sink(row);
    else rise(row);
  }
  heap.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return new Map(heap.map((row, i) => [row, i + 1]));
};
