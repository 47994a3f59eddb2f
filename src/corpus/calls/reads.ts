/**
 * What resolving the calls of a file looked at in the rest of the repository: while none of it changes, the calls go
 * where they went.
 */
export class Reads {
  /** Names of functions and classes, and of members behind their class: `Stack.push`. */
  readonly names = new Set<string>();
  /** Paths of files whose imports and exports were followed. */
  readonly links = new Set<string>();
  /** Paths, folders and base names by which modules were looked for. */
  readonly places = new Set<string>();
  /** Those of look-ups whose results are shared. */
  readonly shared = new Set<Reads>();
}

/** What differs between two states of a repository, in the terms of {@link Reads}. */
export interface Changes {
  readonly names: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
}

const meet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean => {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  for (const value of few) if (many.has(value)) return true;
  return false;
};

/** Tells which reads meet the changes; shared ones are looked through once. */
export const staleness = (changes: Changes): ((reads: Reads) => boolean) => {
  const known = new Map<Reads, boolean>();
  const isStale = (reads: Reads): boolean => {
    let stale = known.get(reads);
    if (stale !== undefined) return stale;
    stale =
      meet(reads.names, changes.names) ||
      meet(reads.links, changes.links) ||
      meet(reads.places, changes.places) ||
      [...reads.shared].some(isStale);
    known.set(reads, stale);
    return stale;
  };
  return isStale;
};
