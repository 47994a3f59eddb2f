import {
  checkOptions,
  checkPositiveInteger,
  checkWholeNumber,
  createRandomStreams,
  type OptionNames,
} from '../numerics/index.js';
import { type CanonicalOrder, canonicalOrder } from './canonical-order.js';
import type { NegativeStratum, SampledFunction, SampleInRepoNegativesOptions } from './sampled-function.js';

/** The functions of one repository, ready to be drawn from. */
interface SampledRepository extends CanonicalOrder {
  /** The content class of each member; undefined where every member has a class of its own, numbered as it stands. */
  readonly classes: Uint32Array | undefined;
  /** Places of the members by class: those of class c from `starts[c]` to before `starts[c + 1]`. */
  readonly byClass: Uint32Array | undefined;
  readonly starts: Uint32Array | undefined;
  readonly classCount: number;
  /** Negatives that each member gets: K, or as many other contents as there are. */
  readonly wanted: number;
}

/** Where the pairs go. */
interface PairColumns {
  readonly query: Uint32Array;
  readonly document: Uint32Array;
  readonly stratum: Uint8Array;
}

const SAMPLE_IN_REPO_NEGATIVES_OPTIONS: OptionNames<SampleInRepoNegativesOptions> = {
  k: true,
  seed: true,
  strata: true,
};

const checkArguments = (options: SampleInRepoNegativesOptions): void => {
  checkOptions('sampleInRepoNegatives', options, SAMPLE_IN_REPO_NEGATIVES_OPTIONS);
  const { k, strata = [] } = options;
  checkPositiveInteger('k', k);
  if (strata.length > 254) {
    throw new RangeError(`strata must have at most 254 entries, received ${strata.length}`);
  }
  for (const [s, { count }] of strata.entries()) checkWholeNumber(`strata[${s}].count`, count, 0);
};

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const checkFunctions = (functions: readonly SampledFunction[]): void => {
  for (let i = 0; i < functions.length; i++) {
    const fn = functions[i] as Partial<Record<keyof SampledFunction, unknown>> | null | undefined;
    if (!isName(fn?.id)) refuseName(i, 'id', fn?.id);
    if (!isName(fn?.repository)) refuseName(i, 'repository', fn?.repository);
    if (fn!.content !== undefined && typeof fn!.content !== 'string') {
      throw new RangeError(`functions[${i}].content must be a string, received ${String(fn!.content)}`);
    }
  }
};

const refuseName = (i: number, name: 'id' | 'repository', value: unknown): never => {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new RangeError(`functions[${i}].${name} must be a string that is not empty, received ${shown}`);
};

/** Places listed by class, in the order of the classes (a counting sort). */
const listByClass = (classes: Uint32Array, classCount: number) => {
  const starts = new Uint32Array(classCount + 1);
  for (const c of classes) starts[c + 1]! += 1;
  for (let c = 0; c < classCount; c++) starts[c + 1]! += starts[c]!;
  const byClass = new Uint32Array(classes.length);
  const filled = starts.slice();
  classes.forEach((c, place) => {
    byClass[filled[c]!++] = place;
  });
  return { byClass, starts };
};

/**
 * Draws negatives repository by repository.
 *
 * A draw picks a content class, by a Fisher–Yates shuffle of the classes that stops early and undoes its swaps, and
 * then one of its members: O(1), however many copies a class has.
 */
export const createRepositorySampler = (
  functions: readonly SampledFunction[],
  options: SampleInRepoNegativesOptions,
) => {
  checkArguments(options);
  checkFunctions(functions);
  const { k, seed, strata = [] } = options;
  const random = createRandomStreams(seed);
  // The identity between two functions: each undoes its swaps.
  let scratch = new Uint32Array(0);
  let swaps = new Uint32Array(0);
  // The last function, by number, that took or owns a class.
  let taker = new Uint32Array(0);
  let turn = 0;
  const places = strata.length > 0 ? new Int32Array(functions.length).fill(-1) : undefined;

  const describe = (group: Uint32Array): SampledRepository => {
    const { members, hashes } = canonicalOrder(group, (index) => functions[index]!.id);
    const classes = new Uint32Array(members.length);
    const known = new Map<string, number>();
    let classCount = 0;
    for (let place = 0; place < members.length; place++) {
      const { content } = functions[members[place]!]!;
      const found = content === undefined ? undefined : known.get(content);
      if (content !== undefined && found === undefined) known.set(content, classCount);
      classes[place] = found ?? classCount++;
    }
    const wanted = Math.min(k, classCount - 1);
    if (classCount === members.length) {
      return {
        members,
        hashes,
        classes: undefined,
        byClass: undefined,
        starts: undefined,
        classCount,
        wanted,
      };
    }
    return { members, hashes, classes, ...listByClass(classes, classCount), classCount, wanted };
  };

  const reserve = (size: number) => {
    if (scratch.length >= size) return;
    const room = Math.max(size, 2 * scratch.length);
    scratch = new Uint32Array(room);
    for (let i = 0; i < room; i++) scratch[i] = i;
    swaps = new Uint32Array(room);
    taker = new Uint32Array(room);
    turn = 0;
  };

  /** Places of what a stratum lists, ascending, so that the order in which they were listed does not matter. */
  const listed = (s: number, { name, candidates }: NegativeStratum, index: number, members: Uint32Array) =>
    Uint32Array.from(candidates(index), (candidate) => {
      const place = places![candidate];
      if (place === undefined || place < 0 || members[place] !== candidate) {
        throw new RangeError(
          `strata[${s}] (${name}) must name functions of the repository of functions[${index}], ` +
            `received ${candidate}`,
        );
      }
      return place;
    }).sort();

  /** Writes the pairs of each member from `offsets[member]` on. */
  const draw = (repository: SampledRepository, offsets: Float64Array, out: PairColumns): void => {
    const { members, hashes, classes, byClass, starts, classCount, wanted } = repository;
    if (wanted === 0) return;
    reserve(members.length);
    if (places !== undefined) {
      members.forEach((index, place) => {
        places[index] = place;
      });
    }
    const { query, document, stratum } = out;
    for (let self = 0; self < members.length; self++) {
      const index = members[self]!;
      const end = offsets[index]! + wanted;
      let next = offsets[index]!;
      if (turn === 0xffffffff) {
        taker.fill(0);
        turn = 0;
      }
      turn += 1;
      taker[classes === undefined ? self : classes[self]!] = turn;
      random.select(hashes[self]!);
      for (let s = 0; s < strata.length; s++) {
        const own = listed(s, strata[s]!, index, members);
        const limit = Math.min(end, next + strata[s]!.count);
        for (let drawn = 0; drawn < own.length && next < limit; drawn++) {
          const pick = drawn + random.below(own.length - drawn);
          const place = own[pick]!;
          own[pick] = own[drawn]!;
          const candidate = classes === undefined ? place : classes[place]!;
          if (taker[candidate] === turn) continue;
          taker[candidate] = turn;
          query[next] = index;
          document[next] = members[place]!;
          stratum[next++] = s + 1;
        }
      }
      let drawn = 0;
      while (next < end) {
        const pick = drawn + random.below(classCount - drawn);
        const candidate = scratch[pick]!;
        scratch[pick] = scratch[drawn]!;
        scratch[drawn] = candidate;
        swaps[drawn++] = pick;
        if (taker[candidate] === turn) continue;
        taker[candidate] = turn;
        let place = candidate;
        if (byClass !== undefined) {
          const start = starts![candidate]!;
          const copies = starts![candidate + 1]! - start;
          place = byClass[copies === 1 ? start : start + random.below(copies)]!;
        }
        query[next] = index;
        document[next++] = members[place]!;
      }
      while (drawn > 0) {
        drawn -= 1;
        const pick = swaps[drawn]!;
        const held = scratch[pick]!;
        scratch[pick] = scratch[drawn]!;
        scratch[drawn] = held;
      }
    }
    if (places !== undefined) for (const index of members) places[index] = -1;
  };

  return { describe, draw };
};
