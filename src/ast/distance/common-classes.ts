import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import { growInt32 } from './table-memory.js';

let common: Int32Array = new Int32Array(0);
let slots: Int32Array = new Int32Array(0);
let firstOfClass: Int32Array = new Int32Array(0);

/**
 * Which subtrees of `b` stand in `a` too: for each subtree class of `b` the equal class of `a`, or −1. Hashes only
 * find candidates; labels and the classes of children are compared, so a collision costs time and never correctness.
 * The result holds until the next call.
 *
 * Time and memory O(|a| + |b|) expected.
 */
export const commonClasses = (a: PreparedTree, b: PreparedTree): Int32Array => {
  const { left: treeA, hashes: hashesA } = a;
  const { left: treeB, hashes: hashesB } = b;
  let capacity = 4;
  while (capacity < treeA.classCount * 2) capacity *= 2;
  slots = growInt32(slots, capacity);
  slots.fill(-1, 0, capacity);
  firstOfClass = growInt32(firstOfClass, treeA.classCount);
  // Classes are numbered in the order in which they are met first.
  let known = 0;
  for (let i = 0; i < treeA.size && known < treeA.classCount; i++) {
    if (treeA.classes[i] !== known) continue;
    firstOfClass[known] = i;
    let slot = hashesA[i]! & (capacity - 1);
    while (slots[slot] !== -1) slot = (slot + 1) & (capacity - 1);
    slots[slot] = known++;
  }
  common = growInt32(common, treeB.classCount);
  let next = 0;
  for (let j = 0; j < treeB.size && next < treeB.classCount; j++) {
    if (treeB.classes[j] !== next) continue;
    let slot = hashesB[j]! & (capacity - 1);
    while (slots[slot] !== -1 && !isSame(treeA, firstOfClass[slots[slot]!]!, treeB, j)) {
      slot = (slot + 1) & (capacity - 1);
    }
    common[next++] = slots[slot]!;
  }
  return common;
};

/** Whether the subtree at `j`, whose children have their entries in `common`, equals the one at `i`. */
const isSame = (treeA: OrientedTree, i: number, treeB: OrientedTree, j: number): boolean => {
  if (treeA.labels[i] !== treeB.labels[j] || i - treeA.first[i]! !== j - treeB.first[j]!) return false;
  const shift = j - i;
  const start = treeA.first[i]!;
  for (let child = i - 1; child >= start; child = treeA.first[child]! - 1) {
    if (common[treeB.classes[child + shift]!] !== treeA.classes[child]) return false;
  }
  return true;
};
