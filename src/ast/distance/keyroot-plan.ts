import type { OrientedTree } from '../tree/prepared-tree.js';
import { growInt32 } from './table-memory.js';

/** The forest tables that a range of a tree needs, in the order in which to fill them. */
export interface KeyrootPlan {
  /** Keyroots; the table of the whole range comes after them and is not listed. */
  keyroots: Int32Array;
  count: number;
  /** Rows of all tables, the whole range's included: the product of two trees' rows is the number of cells. */
  rows: number;
}

export const createPlan = (): KeyrootPlan => ({ keyroots: new Int32Array(64), count: 0, rows: 0 });

let seen: Int32Array = new Int32Array(0);
let stamp = 0;

/**
 * Lists the keyroots of the nodes `lo … hi` whose subtree class no earlier table covers: a table settles every
 * class on its keyroot's path to the first leaf, so that an equal subtree further on needs none.
 *
 * Time O(nodes of the range).
 */
export const planKeyroots = (
  tree: OrientedTree,
  lo: number,
  hi: number,
  withLeaves: boolean,
  plan: KeyrootPlan,
): void => {
  const { first, classes, parents, keyroots } = tree;
  if (seen.length < tree.classCount || stamp >= 0x7ffffffe) {
    seen = new Int32Array(Math.max(tree.classCount, seen.length));
    stamp = 0;
  }
  stamp++;
  plan.keyroots = growInt32(plan.keyroots, keyroots.length);
  plan.count = 0;
  plan.rows = hi - lo + 1;
  for (let k = 0; k < keyroots.length; k++) {
    const root = keyroots[k]!;
    const start = first[root]!;
    if (start <= lo || root > hi || (start === root && !withLeaves)) continue;
    if (seen[classes[root]!] === stamp) continue;
    for (let i = start; i <= root; i = parents[i]!) seen[classes[i]!] = stamp;
    plan.keyroots[plan.count++] = root;
    plan.rows += root - start + 1;
  }
};
