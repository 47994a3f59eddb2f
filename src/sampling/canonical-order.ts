import { hashString } from '../numerics/index.js';

/** A hash of 32 bits and a position below this fit into the 53 bits of a number. */
const INDEX_LIMIT = 2 ** 21;

/**
 * Members in an order that depends only on their ids: by a hash of the id, then by the id itself.
 *
 * Sorting 53-bit numbers made of hash and position is several times faster than sorting strings.
 *
 * @throws RangeError when two members have the same id.
 */
export const canonicalOrder = (
  members: Uint32Array,
  idOf: (index: number) => string,
  indexLimit = INDEX_LIMIT,
): Uint32Array => {
  const size = members.length;
  const byId = (a: number, b: number) => {
    const first = idOf(a);
    const second = idOf(b);
    return first < second ? -1 : first > second ? 1 : 0;
  };
  const ordered = new Uint32Array(size);
  if (size > indexLimit) {
    const hashes = Float64Array.from(members, (index) => hashString(idOf(index)));
    const places = Uint32Array.from(members, (_, i) => i);
    places.sort((a, b) => hashes[a]! - hashes[b]! || byId(members[a]!, members[b]!));
    for (let i = 0; i < size; i++) ordered[i] = members[places[i]!]!;
    requireDistinct(ordered, idOf);
    return ordered;
  }
  const keys = new Float64Array(size);
  for (let i = 0; i < size; i++) keys[i] = hashString(idOf(members[i]!)) * INDEX_LIMIT + i;
  keys.sort();
  for (let i = 0; i < size; i++) ordered[i] = members[keys[i]! % INDEX_LIMIT]!;
  for (let i = 0, end = 1; i < size; i = end, end++) {
    const hash = Math.floor(keys[i]! / INDEX_LIMIT);
    while (end < size && Math.floor(keys[end]! / INDEX_LIMIT) === hash) end++;
    // Equal ids hash alike, so they can only stand in such a run.
    if (end - i > 1) requireDistinct(ordered.subarray(i, end).sort(byId), idOf);
  }
  return ordered;
};

const requireDistinct = (ordered: Uint32Array, idOf: (index: number) => string) => {
  for (let i = 1; i < ordered.length; i++) {
    if (idOf(ordered[i]!) !== idOf(ordered[i - 1]!)) continue;
    const [a, b] = [ordered[i - 1]!, ordered[i]!].sort((x, y) => x - y);
    const id = JSON.stringify(idOf(ordered[i]!));
    throw new RangeError(
      `functions must have distinct ids within a repository, functions[${a}] and functions[${b}] are both ${id}`,
    );
  }
};
