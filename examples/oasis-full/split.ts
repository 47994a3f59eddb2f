import { createHash } from 'node:crypto';

export type Split = 'train' | 'validation' | 'test';

export interface SplitItem {
  readonly repository: string;
  readonly path: string;
}

export interface SplitResult {
  readonly splits: Split[];
  readonly unit: 'owner' | 'file';
  /** The side of a function that was not counted, such as one without a doc: that of its neighbours, else train. */
  readonly splitOf: (item: SplitItem) => Split;
}

/** A number in [0, 1) that depends on seed and name alone. */
const order = (seed: number, name: string): number =>
  createHash('sha256').update(`${seed}\0${name}`).digest().readUInt32BE(0) / 2 ** 32;

const share = { test: 0.15, validation: 0.1 } as const;

/**
 * Divides functions into train, validation and test so that no owner's code stands on two sides: neighbours in
 * one repository share names and phrases, and a random split would reward remembering them.
 *
 * Owners are taken in a seeded order; an owner too large for the held-out share that is still open goes to
 * training. With fewer than three owners there is nothing to hold out, and files take their place.
 */
export const splitByOwner = (
  items: readonly SplitItem[],
  ownerOf: (repository: string) => string,
  seed: number,
): SplitResult => {
  const owners = new Set(items.map((item) => ownerOf(item.repository)));
  const unit = owners.size >= 3 ? 'owner' : 'file';
  const keyOf = (item: SplitItem) =>
    unit === 'owner' ? ownerOf(item.repository) : `${item.repository}\0${item.path}`;

  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  const keys = [...counts.keys()].sort((a, b) => order(seed, a) - order(seed, b) || (a < b ? -1 : 1));

  const assigned = new Map<string, Split>();
  for (const split of ['test', 'validation'] as const) {
    const target = share[split] * items.length;
    // Something must be left for the sides that come after this one.
    const reserved = split === 'test' ? 2 : 1;
    let taken = 0;
    for (const key of keys) {
      const count = counts.get(key)!;
      if (keys.length - assigned.size <= reserved) break;
      if (assigned.has(key) || taken >= target * 0.8 || taken + count > target * 1.6) continue;
      assigned.set(key, split);
      taken += count;
    }
    // Every owner is larger than the share: the smallest one must do.
    if (taken === 0) {
      const free = keys.filter((key) => !assigned.has(key));
      const smallest = free.sort((a, b) => counts.get(a)! - counts.get(b)!)[0];
      if (smallest !== undefined && free.length > reserved) assigned.set(smallest, split);
    }
  }
  const splitOf = (item: SplitItem): Split => assigned.get(keyOf(item)) ?? 'train';
  return { splits: items.map(splitOf), unit, splitOf };
};
