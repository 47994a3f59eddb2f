import { createRandom, type Random } from '../numerics/index.js';
import { canonicalOrder } from './canonical-order.js';

/** What the sampler needs to know about a function. */
export interface SampledFunction {
  /** Distinct within its repository, and the same in every run. */
  readonly id: string;
  readonly repository: string;
  /** What makes two functions duplicates; without it no two are. */
  readonly content?: string;
}

/** A preferred source of negatives, such as neighbours in the call graph or lexically near functions. */
export interface NegativeStratum {
  readonly name: string;
  /** At most this many of the k negatives of a function come from this stratum. */
  readonly count: number;
  /** The candidates of function `index`, as indices into the functions; drawn from uniformly. */
  readonly candidates: (index: number) => ArrayLike<number>;
}

export interface SampleInRepoNegativesOptions {
  /** Negatives per function. */
  readonly k: number;
  /** Any safe integer. */
  readonly seed: number;
  /**
   * Served in their order; what they leave open is drawn from the whole repository.
   * @defaultValue none
   */
  readonly strata?: readonly NegativeStratum[];
}

/** What small repositories could not supply. */
export interface NegativeShortfall {
  /** Functions with fewer than k negatives. */
  readonly functions: number;
  /** Repositories in which some function has fewer than k negatives. */
  readonly repositories: number;
  /** Missing pairs: k times the number of functions, less the pairs given. */
  readonly pairs: number;
}

/** Pairs [P] of a function whose docstring is the query with a function that does not answer it. */
export interface NegativePairs {
  /** Index of the function that asks, ascending, [P]. */
  readonly query: Uint32Array;
  /** Index of the function that is the negative, [P]. */
  readonly document: Uint32Array;
  /** 0 where the pair was drawn at random, s + 1 where it came from `strata[s]`, [P]. */
  readonly stratum: Uint8Array;
  readonly shortfall: NegativeShortfall;
}

interface Repository {
  /** Function indices in canonical order. */
  readonly members: Uint32Array;
  /** The content class of each member. */
  readonly classes: Uint32Array;
  readonly classCount: number;
}

const groupByRepository = (functions: readonly SampledFunction[]): Uint32Array[] => {
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  const groupOf = new Uint32Array(functions.length);
  functions.forEach((fn, i) => {
    let group = numbers.get(fn.repository);
    if (group === undefined) {
      group = sizes.length;
      numbers.set(fn.repository, group);
      sizes.push(0);
    }
    groupOf[i] = group;
    sizes[group]! += 1;
  });
  const groups = sizes.map((size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  groupOf.forEach((group, i) => {
    groups[group]![filled[group]!++] = i;
  });
  return groups;
};

const describe = (functions: readonly SampledFunction[], group: Uint32Array): Repository => {
  const members = canonicalOrder(group, (index) => functions[index]!.id);
  const classes = new Uint32Array(members.length);
  const known = new Map<string, number>();
  let classCount = 0;
  members.forEach((index, place) => {
    const { content } = functions[index]!;
    const found = content === undefined ? undefined : known.get(content);
    if (found !== undefined) {
      classes[place] = found;
      return;
    }
    if (content !== undefined) known.set(content, classCount);
    classes[place] = classCount++;
  });
  return { members, classes, classCount };
};

/**
 * Draws places from [0, bound) without replacement until `accept` has taken `wanted`: a Fisher–Yates shuffle that
 * stops early and undoes its swaps, so that the scratch is the identity again.
 */
const drawPlaces = (
  scratch: Uint32Array,
  swaps: Uint32Array,
  bound: number,
  wanted: number,
  random: Random,
  accept: (place: number) => boolean,
): void => {
  let taken = 0;
  let drawn = 0;
  while (taken < wanted && drawn < bound) {
    const pick = drawn + random.below(bound - drawn);
    const place = scratch[pick]!;
    scratch[pick] = scratch[drawn]!;
    scratch[drawn] = place;
    swaps[drawn++] = pick;
    if (accept(place)) taken += 1;
  }
  while (drawn > 0) {
    drawn -= 1;
    const pick = swaps[drawn]!;
    const held = scratch[pick]!;
    scratch[pick] = scratch[drawn]!;
    scratch[drawn] = held;
  }
};

/**
 * Pairs each function with K distinct others of its repository. None is a copy of it or of another.
 *
 * Uniform over the other functions, without replacement. The draws of a function depend on the seed, its id and
 * the ids and contents of its own repository: neither the order of the functions nor other repositories matter,
 * so repositories may be sampled on different machines. A function of a repository with fewer than K other
 * contents gets them all; the shortfall counts what is missing. No functions give no pairs.
 *
 * @param functions [N]; ids distinct within a repository.
 * @param options K, seed, and strata to draw from first.
 * @returns Parallel arrays of P ≤ N·K pairs, grouped by query in the order of the functions.
 * @throws RangeError when `k` is not a positive whole number, ids repeat within a repository, or a stratum names a
 * function of another repository.
 *
 * Time O(N·(K + log n)) with n the functions of a repository (more where most contents are duplicates), memory
 * O(N·K).
 *
 * @example
 * ```ts
 * import { sampleInRepoNegatives } from 'oasis-embed/sampling';
 * const functions = ['a', 'b', 'c', 'd'].map((id) => ({ id, repository: 'left-pad' }));
 * const { query, document, shortfall } = sampleInRepoNegatives(functions, { k: 2, seed: 1 });
 * console.log(query.length, document.length, shortfall.pairs); // 8 8 0
 * ```
 *
 * @see OASIS, arXiv 2503.08161, in-repository negatives.
 */
export const sampleInRepoNegatives = (
  functions: readonly SampledFunction[],
  options: SampleInRepoNegativesOptions,
): NegativePairs => {
  const { k, seed, strata = [] } = options;
  if (!(Number.isSafeInteger(k) && k > 0)) {
    throw new RangeError(`k must be a positive whole number, received ${k}`);
  }
  if (strata.length > 254)
    throw new RangeError(`strata must have at most 254 entries, received ${strata.length}`);
  for (const [s, { count }] of strata.entries()) {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new RangeError(`strata[${s}].count must be a whole number of at least 0, received ${count}`);
    }
  }
  const repositories = groupByRepository(functions).map((group) => describe(functions, group));

  const offsets = new Float64Array(functions.length + 1);
  for (const { members, classCount } of repositories) {
    for (const index of members) offsets[index + 1] = Math.min(k, classCount - 1);
  }
  for (let i = 0; i < functions.length; i++) offsets[i + 1]! += offsets[i]!;
  const total = offsets[functions.length]!;
  const query = new Uint32Array(total);
  const document = new Uint32Array(total);
  const stratum = new Uint8Array(total);

  const largest = repositories.reduce((size, { members }) => Math.max(size, members.length), 0);
  const scratch = Uint32Array.from({ length: largest }, (_, i) => i);
  const swaps = new Uint32Array(largest);
  const places = strata.length > 0 ? new Int32Array(functions.length).fill(-1) : undefined;
  const taken = new Uint32Array(k);
  for (const { members, classes, classCount } of repositories) {
    const wanted = Math.min(k, classCount - 1);
    if (wanted === 0) continue;
    if (places !== undefined) {
      members.forEach((index, place) => {
        places[index] = place;
      });
    }
    let index = 0;
    let own = 0;
    let start = 0;
    let found = 0;
    let source = 0;
    const accept = (place: number): boolean => {
      const candidate = classes[place]!;
      if (candidate === own) return false;
      for (let i = 0; i < found; i++) if (taken[i] === candidate) return false;
      taken[found] = candidate;
      query[start + found] = index;
      document[start + found] = members[place]!;
      stratum[start + found] = source;
      found += 1;
      return true;
    };
    for (let self = 0; self < members.length; self++) {
      index = members[self]!;
      own = classes[self]!;
      start = offsets[index]!;
      found = 0;
      const random = createRandom(seed, functions[index]!.id);
      if (places !== undefined) {
        for (const [s, { name, count, candidates }] of strata.entries()) {
          source = s + 1;
          const listed = Uint32Array.from(candidates(index), (candidate) => {
            const place = places[candidate];
            if (place === undefined || place < 0 || members[place] !== candidate) {
              throw new RangeError(
                `strata[${s}] (${name}) must name functions of the repository of functions[${index}], ` +
                  `received ${candidate}`,
              );
            }
            return place;
          }).sort();
          // Each stratum shuffles its own short list; the scratch of the repository stays untouched.
          const identity = Uint32Array.from(listed, (_, i) => i);
          const undo = new Uint32Array(listed.length);
          const share = Math.min(count, wanted - found);
          drawPlaces(identity, undo, listed.length, share, random, (i) => accept(listed[i]!));
        }
        source = 0;
      }
      drawPlaces(scratch, swaps, members.length, wanted - found, random, accept);
    }
    if (places !== undefined) for (const index of members) places[index] = -1;
  }

  let short = 0;
  let shortRepositories = 0;
  for (const { members, classCount } of repositories) {
    if (classCount - 1 >= k) continue;
    short += members.length;
    shortRepositories += 1;
  }
  const shortfall = {
    functions: short,
    repositories: shortRepositories,
    pairs: functions.length * k - total,
  };
  return { query, document, stratum, shortfall };
};
