/** Subtrees grouped by equality, by hash-consing. */
export interface SubtreeClasses {
  /** [size], dense class numbers: two subtrees of the tree are equal if and only if their numbers are. */
  readonly classes: Int32Array;
  readonly classCount: number;
  /** [size], 32-bit hashes of label and shape that do not depend on the tree around. */
  readonly hashes: Int32Array;
}

/**
 * Classes of equal subtrees of a postorder tree. Hashes only find candidates: equality is checked on the label
 * and the classes of the children, so a collision costs time and never correctness.
 *
 * Time O(nodes) expected, memory O(nodes).
 */
export const classifySubtrees = (labels: Int32Array, sizes: Int32Array): SubtreeClasses => {
  const size = labels.length;
  const classes = new Int32Array(size);
  const hashes = new Int32Array(size);
  let capacity = 4;
  while (capacity < size * 2) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  let classCount = 0;
  for (let i = 0; i < size; i++) {
    const start = i - sizes[i]! + 1;
    let hash = Math.imul(labels[i]! + 1, 0x9e3779b1) ^ sizes[i]!;
    for (let child = i - 1; child >= start; child -= sizes[child]!) {
      hash = Math.imul((hash << 13) | (hash >>> 19), 0x85ebca6b) + hashes[child]!;
      hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    }
    hash ^= hash >>> 16;
    hashes[i] = hash;
    let slot = hash & (capacity - 1);
    while (slots[slot] !== -1 && !sameSubtree(labels, sizes, classes, i, slots[slot]!)) {
      slot = (slot + 1) & (capacity - 1);
    }
    if (slots[slot] === -1) {
      slots[slot] = i;
      classes[i] = classCount++;
    } else {
      classes[i] = classes[slots[slot]!]!;
    }
  }
  return { classes, classCount, hashes };
};

const sameSubtree = (
  labels: Int32Array,
  sizes: Int32Array,
  classes: Int32Array,
  i: number,
  j: number,
): boolean => {
  if (labels[i] !== labels[j] || sizes[i] !== sizes[j]) return false;
  const start = i - sizes[i]! + 1;
  const shift = j - i;
  for (let child = i - 1; child >= start; child -= sizes[child]!) {
    if (classes[child] !== classes[child + shift]) return false;
  }
  return true;
};
