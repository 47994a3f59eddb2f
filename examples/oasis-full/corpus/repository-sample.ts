import { seededOrder } from './owner-split.js';

/** What is drawn: something of a repository, with an id of its own. */
export interface SampleItem {
  readonly id: string;
  readonly repository: string;
}

interface Member<Item> {
  /** When it came, among all. */
  readonly place: number;
  readonly item: Item;
}

interface Taken<Item> {
  readonly name: string;
  readonly order: number;
  /** Items that came, of which `members` are kept. */
  count: number;
  members: Member<Item>[];
}

const isBefore = (a: { order: number; name: string }, b: { order: number; name: string }): boolean =>
  a.order < b.order || (a.order === b.order && a.name < b.name);

/**
 * Draws at most N of a stream of items: whole repositories, in an order that depends only on seed and name, up to the
 * first that would exceed N. If the very first repository exceeds N, its first N items are drawn, in the same kind of
 * order by id.
 *
 * Which items are drawn does not depend on the order of their arrival, in which they are returned. If all fit, all are
 * drawn. Memory: 1.25 N items.
 */
export class RepositorySample<Item extends SampleItem> {
  readonly #limit: number;
  readonly #seed: number;
  readonly #taken = new Map<string, Taken<Item>>();
  /** This repository and those after it can no longer be drawn. */
  #end: Taken<Item> | null = null;
  #kept = 0;
  #total = 0;
  #latest: Taken<Item> | null = null;

  constructor(limit: number, seed: number) {
    this.#limit = limit;
    this.#seed = seed;
  }

  /** Items that came, drawn or not. */
  get total(): number {
    return this.#total;
  }

  /** @param item Called for an item that may yet be drawn, so that others cost nothing. */
  add(repository: string, item: () => Item): void {
    const place = this.#total++;
    // Functions of a repository mostly follow one another: its hash is not computed for each.
    if (this.#latest?.name !== repository) this.#latest = this.#repository(repository);
    const own = this.#latest;
    if (this.#end !== null && !isBefore(own, this.#end)) return;
    if (own.count === 0) this.#taken.set(own.name, own);
    own.count++;
    own.members.push({ place, item: item() });
    this.#kept++;
    if (this.#kept > this.#limit + Math.max(64, this.#limit / 4)) this.#prune();
  }

  #repository(name: string): Taken<Item> {
    return this.#taken.get(name) ?? { name, order: seededOrder(this.#seed, name), count: 0, members: [] };
  }

  /** Lets go of what can no longer be drawn: counts only grow. */
  #prune(): void {
    const sorted = [...this.#taken.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
    let whole = 0;
    let repositories = 0;
    for (const { count } of sorted) {
      if (whole + count > this.#limit) break;
      whole += count;
      repositories++;
    }
    const first = sorted[0]!;
    const isCut = repositories === 0 && sorted.length > 0;
    if (isCut) {
      const order = new Map(first.members.map(({ item }) => [item.id, seededOrder(this.#seed, item.id)]));
      const key = ({ item }: Member<Item>) => ({ name: item.id, order: order.get(item.id)! });
      first.members = first.members.sort((a, b) => (isBefore(key(a), key(b)) ? -1 : 1)).slice(0, this.#limit);
      repositories = 1;
    }
    for (const one of sorted.slice(repositories)) {
      this.#taken.delete(one.name);
      one.members = [];
    }
    this.#end = sorted[repositories] ?? this.#end;
    this.#kept = isCut ? first.members.length : whole;
  }

  /** The items drawn, in the order in which they came. */
  settle(): Item[] {
    if (this.#kept > this.#limit) this.#prune();
    return [...this.#taken.values()]
      .flatMap(({ members }) => members)
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
