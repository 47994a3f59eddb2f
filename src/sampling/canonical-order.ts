import { hashString } from '../numerics/index.js';

/** Members by the hashes of their ids, [n] each. */
export interface CanonicalOrder {
  readonly members: Uint32Array;
  readonly hashes: Uint32Array;
}

/** Hashes are spread evenly, so a bucket seldom holds more than a few; one of so many is no place for insertions. */
const LARGEST_BUCKET = 32;
/** 2²⁰ buckets still lie in the caches. */
const MOST_BUCKET_BITS = 20;

/**
 * Members in an order that depends only on their ids: by a hash of the id, then by the id itself.
 *
 * A bucket for each member or so, by the first bits of the hash, and insertions within: O(n).
 *
 * @throws RangeError when two members have the same id.
 */
export const canonicalOrder = (
  members: Uint32Array,
  idOf: (index: number) => string,
  largestBucket = LARGEST_BUCKET,
): CanonicalOrder => {
  const size = members.length;
  const comesBefore = (hash: number, member: number, otherHash: number, other: number) =>
    hash < otherHash || (hash === otherHash && idOf(member) < idOf(other));

  const hashOf = new Uint32Array(size);
  const shift = 32 - Math.min(Math.max(1, Math.ceil(Math.log2(size))), MOST_BUCKET_BITS);
  const ends = new Uint32Array((0xffffffff >>> shift) + 1);
  for (let i = 0; i < size; i++) {
    const hash = hashString(idOf(members[i]!));
    hashOf[i] = hash;
    ends[hash >>> shift]! += 1;
  }
  let largest = 0;
  for (let bucket = 0, end = 0; bucket < ends.length; bucket++) {
    largest = Math.max(largest, ends[bucket]!);
    end += ends[bucket]!;
    ends[bucket] = end;
  }
  const ordered = new Uint32Array(size);
  const hashes = new Uint32Array(size);
  if (largest > largestBucket) {
    const places = Uint32Array.from(members, (_, i) => i).sort((a, b) =>
      comesBefore(hashOf[a]!, members[a]!, hashOf[b]!, members[b]!) ? -1 : 1,
    );
    for (let i = 0; i < size; i++) {
      ordered[i] = members[places[i]!]!;
      hashes[i] = hashOf[places[i]!]!;
    }
  } else {
    for (let i = size - 1; i >= 0; i--) {
      const hash = hashOf[i]!;
      const place = --ends[hash >>> shift]!;
      ordered[place] = members[i]!;
      hashes[place] = hash;
    }
    for (let i = 1; i < size; i++) {
      const hash = hashes[i]!;
      if (hash > hashes[i - 1]!) continue;
      const member = ordered[i]!;
      let place = i;
      for (; place > 0 && comesBefore(hash, member, hashes[place - 1]!, ordered[place - 1]!); place--) {
        hashes[place] = hashes[place - 1]!;
        ordered[place] = ordered[place - 1]!;
      }
      hashes[place] = hash;
      ordered[place] = member;
    }
  }
  requireDistinct(ordered, hashes, idOf);
  return { members: ordered, hashes };
};

const requireDistinct = (ordered: Uint32Array, hashes: Uint32Array, idOf: (index: number) => string) => {
  for (let i = 1; i < ordered.length; i++) {
    if (hashes[i] !== hashes[i - 1] || idOf(ordered[i]!) !== idOf(ordered[i - 1]!)) continue;
    const [a, b] = [ordered[i - 1]!, ordered[i]!].sort((x, y) => x - y);
    const id = JSON.stringify(idOf(ordered[i]!));
    throw new RangeError(
      `functions must have distinct ids within a repository, functions[${a}] and functions[${b}] are both ${id}`,
    );
  }
};
