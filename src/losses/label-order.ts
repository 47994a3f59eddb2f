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
  const length = byLabel.length;
  const order = new Int32Array(length);
  const below = new Int32Array(length);
  const above = new Int32Array(length);
  const groupStart = new Int32Array(length);
  const groupEnd = new Int32Array(length);
  let orderedPairs = 0;
  let start = 0;
  for (const group of groups === undefined ? [byLabel] : splitByGroup(byLabel, groups)) {
    const end = start + group.length;
    order.set(group, start);
    groupStart.fill(start, start, end);
    groupEnd.fill(end, start, end);
    for (let k = start, low = start; k < end; k++) {
      const bound = labels[order[k]!]! - margin;
      while (low < end && labels[order[low]!]! < bound) low++;
      below[k] = low;
      orderedPairs += low - start;
    }
    // From the same comparisons, so that value and gradient see the same pairs.
    for (let k = start, high = start; k < end; k++) {
      while (high < end && below[high]! <= k) high++;
      above[k] = high;
    }
    start = end;
  }
  return { order, below, above, groupStart, groupEnd, orderedPairs };
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

const splitByGroup = (order: Int32Array, groups: ArrayLike<number | string>): Iterable<ArrayLike<number>> => {
  const split = new Map<number | string, number[]>();
  for (const item of order) {
    const group = split.get(groups[item]!);
    if (group === undefined) split.set(groups[item]!, [item]);
    else group.push(item);
  }
  return split.values();
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
