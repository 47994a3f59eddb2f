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

/** Repositories whose side is chosen by hand. */
export interface NamedSides {
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

const share = { test: 0.15, validation: 0.1 } as const;

/**
 * Divides functions into train, validation and test so that no owner's code is in two of them: neighbors in one
 * repository share names and phrases, and a random split would reward memorizing them.
 *
 * Functions are counted one after another and not kept. Owners are taken in a seeded order; an owner too large for the
 * held-out share that is still open goes to training. With fewer than three owners there is nothing to hold out, so
 * the split is by file. Repositories that are named go to their side with all of their owner's; what is not named is divided
 * among the sides that are left.
 */
export class OwnerSplit {
  readonly #ownerOf: (repository: string) => string;
  readonly #seed: number;
  readonly #owners = new Map<string, number>();
  readonly #named = new Map<string, Split>();
  /** By file, as long as there are too few owners to divide. */
  #files: Map<string, number> | null = new Map();
  #total = 0;

  /** @throws RangeError where an owner is to be on two sides. */
  constructor(
    ownerOf: (repository: string) => string,
    seed: number,
    named: NamedSides = { validation: [], test: [] },
  ) {
    this.#ownerOf = ownerOf;
    this.#seed = seed;
    for (const split of ['validation', 'test'] as const) {
      for (const repository of named[split]) {
        const owner = ownerOf(repository);
        if ((this.#named.get(owner) ?? split) !== split)
          throw new RangeError(
            `--validation-repos and --test-repos must name different owners, received ${owner} twice`,
          );
        this.#named.set(owner, split);
      }
    }
  }

  /** Owners that are needed to divide what is not named by owner. */
  get #needed(): number {
    return 1 + this.#open.length;
  }

  /** The sides for which nothing is named. */
  get #open(): ('test' | 'validation')[] {
    const taken = new Set(this.#named.values());
    return (['test', 'validation'] as const).filter((split) => !taken.has(split));
  }

  add(item: SplitItem): void {
    const owner = this.#ownerOf(item.repository);
    if (this.#named.has(owner)) return;
    this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
    if (this.#owners.size >= this.#needed) this.#files = null;
    this.#files?.set(fileOf(item), (this.#files.get(fileOf(item)) ?? 0) + 1);
    this.#total++;
  }

  settle(): SplitRule {
    const counts = this.#files ?? this.#owners;
    const [unit, keyOf] =
      this.#files === null
        ? (['owner', (item: SplitItem) => this.#ownerOf(item.repository)] as const)
        : (['file', fileOf] as const);
    const assigned = assignSides(counts, this.#total, this.#seed, this.#open);
    const splitOf = (item: SplitItem): Split =>
      this.#named.get(this.#ownerOf(item.repository)) ?? assigned.get(keyOf(item)) ?? 'train';
    return { unit, splitOf };
  }
}

const fileOf = ({ repository, path }: SplitItem): string => `${repository}\0${path}`;

/** What is held out; all else is for training. */
const assignSides = (
  counts: ReadonlyMap<string, number>,
  total: number,
  seed: number,
  open: readonly ('test' | 'validation')[],
): ReadonlyMap<string, Split> => {
  const rank = new Map([...counts.keys()].map((key) => [key, seededOrder(seed, key)]));
  const keys = [...counts.keys()].sort((a, b) => rank.get(a)! - rank.get(b)! || (a < b ? -1 : 1));
  const assigned = new Map<string, Split>();
  for (const [i, split] of open.entries()) {
    const target = share[split] * total;
    // Something must be left for the remaining splits.
    const reserved = open.length - i;
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
