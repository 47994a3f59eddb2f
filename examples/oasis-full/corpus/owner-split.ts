import { createHash } from 'node:crypto';

export type Split = 'train' | 'validation' | 'test';

export interface SplitItem {
  readonly repository: string;
  readonly path: string;
}

/** How functions are divided, once all of them were counted. */
export interface SplitRule {
  readonly unit: 'owner' | 'file';
  /** The side of a function; one that was not counted, such as one without a doc, has that of its neighbors, else train. */
  readonly splitOf: (item: SplitItem) => Split;
}

/** A number in [0, 1) that depends on seed and name alone. */
export const seededOrder = (seed: number, name: string): number =>
  createHash('sha256').update(`${seed}\0${name}`).digest().readUInt32BE(0) / 2 ** 32;

const share = { test: 0.15, validation: 0.1 } as const;

/**
 * Divides functions into train, validation and test so that no owner's code is in two of them: neighbors in one
 * repository share names and phrases, and a random split would reward memorizing them.
 *
 * Functions are counted one after another and not kept. Owners are taken in a seeded order; an owner too large for the
 * held-out share that is still open goes to training. With fewer than three owners there is nothing to hold out, so
 * the split is by file.
 */
export class OwnerSplit {
  readonly #ownerOf: (repository: string) => string;
  readonly #seed: number;
  readonly #owners = new Map<string, number>();
  /** By file, as long as there are fewer than three owners. */
  #files: Map<string, number> | null = new Map();
  #total = 0;

  constructor(ownerOf: (repository: string) => string, seed: number) {
    this.#ownerOf = ownerOf;
    this.#seed = seed;
  }

  add(item: SplitItem): void {
    const owner = this.#ownerOf(item.repository);
    this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
    if (this.#owners.size >= 3) this.#files = null;
    this.#files?.set(fileOf(item), (this.#files.get(fileOf(item)) ?? 0) + 1);
    this.#total++;
  }

  settle(): SplitRule {
    const counts = this.#files ?? this.#owners;
    const [unit, keyOf] =
      this.#files === null
        ? (['owner', (item: SplitItem) => this.#ownerOf(item.repository)] as const)
        : (['file', fileOf] as const);
    const assigned = assignSides(counts, this.#total, this.#seed);
    return { unit, splitOf: (item) => assigned.get(keyOf(item)) ?? 'train' };
  }
}

const fileOf = ({ repository, path }: SplitItem): string => `${repository}\0${path}`;

/** What is held out; all else is for training. */
const assignSides = (
  counts: ReadonlyMap<string, number>,
  total: number,
  seed: number,
): ReadonlyMap<string, Split> => {
  const rank = new Map([...counts.keys()].map((key) => [key, seededOrder(seed, key)]));
  const keys = [...counts.keys()].sort((a, b) => rank.get(a)! - rank.get(b)! || (a < b ? -1 : 1));
  const assigned = new Map<string, Split>();
  for (const split of ['test', 'validation'] as const) {
    const target = share[split] * total;
    // Something must be left for the remaining splits.
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
  return assigned;
};
