/**
 * Everything about the labels that the CoSENT loss needs, worked out on the host: an ordered pair (j, k) has
 * y_j < y_k − margin within one group, and in the sorted order its partners are a range.
 */
export interface LabelOrder {
  /** [P], item at each sorted position: by group, then by label. */
  readonly order: Int32Array;
  /** [P], end (exclusive) of the range of items ordered below the item at each sorted position. */
  readonly below: Int32Array;
  /** [P], begin of the range of items ordered above it. */
  readonly above: Int32Array;
  /** [P], begin and end (exclusive) of the group of each sorted position. */
  readonly groupStart: Int32Array;
  readonly groupEnd: Int32Array;
  readonly groups: number;
  /** Σ over positions of the range below: how many ordered pairs there are. */
  readonly orderedPairs: number;
}

/**
 * @param labels [P], finite.
 * @param groups [P], ids; without them all items form one group.
 */
export const orderLabels = (
  labels: ArrayLike<number>,
  margin: number,
  groups?: ArrayLike<number | string>,
): LabelOrder => {
  const byLabel = sortByLabel(labels);
  const ids = groups === undefined ? null : denseIds(groups);
  const order = ids === null ? byLabel : stableByGroup(byLabel, ids.ids, ids.count);
  const length = order.length;
  const below = new Int32Array(length);
  const above = new Int32Array(length);
  const groupStart = new Int32Array(length);
  const groupEnd = new Int32Array(length);
  let orderedPairs = 0;
  for (let start = 0, end = 0; start < length; start = end) {
    const id = ids?.ids[order[start]!];
    end = ids === null ? length : start + 1;
    while (end < length && ids?.ids[order[end]!] === id) end++;
    groupStart.fill(start, start, end);
    groupEnd.fill(end, start, end);
    // One rounded expression, y_k − margin, decides both ranges, so value and gradient see the same pairs.
    for (let k = start, low = start; k < end; k++) {
      const bound = labels[order[k]!]! - margin;
      while (low < end && labels[order[low]!]! < bound) low++;
      below[k] = low;
      orderedPairs += low - start;
    }
    for (let k = start, high = start; k < end; k++) {
      const label = labels[order[k]!]!;
      while (high < end && !(label < labels[order[high]!]! - margin)) high++;
      above[k] = high;
    }
  }
  return { order, below, above, groupStart, groupEnd, groups: ids?.count ?? 1, orderedPairs };
};

/** Σ over ordered pairs of w_j · w_k. */
export const pairMass = (order: LabelOrder, weights: ArrayLike<number> | undefined): number => {
  if (weights === undefined) return order.orderedPairs;
  const prefix = new Float64Array(order.order.length + 1);
  order.order.forEach((item, k) => {
    prefix[k + 1] = prefix[k]! + weights[item]!;
  });
  let mass = 0;
  order.order.forEach((item, k) => {
    mass += weights[item]! * (prefix[order.below[k]!]! - prefix[order.groupStart[k]!]!);
  });
  return mass;
};

const denseIds = (groups: ArrayLike<number | string>): { ids: Int32Array; count: number } => {
  const seen = new Map<number | string, number>();
  const ids = new Int32Array(groups.length);
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    const id = seen.get(group) ?? seen.size;
    if (id === seen.size) seen.set(group, id);
    ids[i] = id;
  }
  return { ids, count: seen.size };
};

const stableByGroup = (order: Int32Array, ids: Int32Array, count: number): Int32Array => {
  const next = new Int32Array(count + 1);
  for (const id of ids) next[id + 1]!++;
  for (let g = 0; g < count; g++) next[g + 1]! += next[g]!;
  const grouped = new Int32Array(order.length);
  for (const item of order) grouped[next[ids[item]!]!++] = item;
  return grouped;
};

/** 32 bits of label and 21 of index fit the 53 bits of a float64 exactly. */
const INDEX_RANGE = 2 ** 21;

const sortByLabel = (labels: ArrayLike<number>): Int32Array => {
  const length = labels.length;
  const single = Float32Array.from(labels as ArrayLike<number>);
  let exact = length <= INDEX_RANGE;
  for (let i = 0; exact && i < length; i++) exact = single[i] === labels[i];
  if (!exact) {
    return Int32Array.from({ length }, (_, i) => i).sort((a, b) => labels[a]! - labels[b]! || a - b);
  }
  // Sorting numbers without a comparator is many times faster: labels that are float32 values become the high
  // bits of a key, in an order-preserving form, and the index its low bits.
  const bits = new Uint32Array(single.buffer);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const pattern = bits[i]!;
    const ordered = pattern >>> 31 === 1 ? ~pattern >>> 0 : (pattern | 0x80000000) >>> 0;
    keys[i] = ordered * INDEX_RANGE + i;
  }
  keys.sort();
  return Int32Array.from(keys, (key) => key % INDEX_RANGE);
};
