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
  let start = 0;
  for (const group of groups === undefined ? [byLabel] : splitByGroup(byLabel, groups)) {
    const end = start + group.length;
    order.set(group, start);
    groupStart.fill(start, start, end);
    groupEnd.fill(end, start, end);
    above.fill(end, start, end);
    for (let k = start, low = start; k < end; k++) {
      const bound = labels[order[k]!]! - margin;
      // Of the items above `low` this is the first: one comparison decides for both, so value and gradient see the same pairs.
      while (low < end && labels[order[low]!]! < bound) above[low++] = k;
      below[k] = low;
    }
    start = end;
  }
  return { order, below, above, groupStart, groupEnd };
};

/** Σ over ordered pairs of w_j · w_k; without weights, how many ordered pairs there are. */
export const pairMass = ({ order, below, groupStart }: LabelOrder, weights?: ArrayLike<number>): number => {
  const sumBefore = new Float64Array(order.length + 1);
  let mass = 0;
  order.forEach((item, k) => {
    const weight = weights?.[item] ?? 1;
    sumBefore[k + 1] = sumBefore[k]! + weight;
    mass += weight * (sumBefore[below[k]!]! - sumBefore[groupStart[k]!]!);
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
const INDEX_RANGE = 1 << 21;

const sortByLabel = (labels: ArrayLike<number>): Int32Array => {
  const length = labels.length;
  const single = Float32Array.from(labels as ArrayLike<number>);
  const exact = length <= INDEX_RANGE && single.every((label, i) => label === labels[i]);
  if (!exact) {
    return Int32Array.from(single, (_, i) => i).sort((a, b) => labels[a]! - labels[b]! || a - b);
  }
  // Sorting numbers without a comparator is many times faster: labels that are float32 values become the high
  // bits of a key, in an order-preserving form, and the index its low bits.
  const bits = new Int32Array(single.buffer);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const pattern = bits[i]!;
    keys[i] = ((pattern < 0 ? ~pattern : pattern ^ (1 << 31)) >>> 0) * INDEX_RANGE + i;
  }
  keys.sort();
  return Int32Array.from(keys, (key) => key % INDEX_RANGE);
};
