import type { RelevantRanks } from '../metrics/index.js';

/**
 * The queries that all of several systems rank below r: those that leave room for a new system to improve.
 *
 * @param systems The ranks of the same queries under each system.
 * @param rank r; a query is hard when its first relevant document stands below this rank everywhere.
 * @returns Indices of the hard queries, ascending; queries without a relevant document are never hard.
 * @throws RangeError when there is no system or they differ in their number of queries.
 *
 * @example
 * ```ts
 * import { hardQueries } from 'oasis-embed/benchmarks';
 * import { relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 2]);
 * console.log(Array.from(hardQueries([ranks], 1))); // [1]
 * ```
 */
export const hardQueries = (systems: readonly RelevantRanks[], rank: number): Uint32Array => {
  const [first] = systems;
  if (first === undefined) throw new RangeError('systems must hold at least one system, received 0');
  systems.forEach(({ queries }, i) => {
    if (queries !== first.queries) {
      throw new RangeError(`systems[${i}] must rank ${first.queries} queries, received ${queries}`);
    }
  });
  const hard: number[] = [];
  for (let q = 0; q < first.queries; q++) {
    const every = systems.every(({ offsets, ranks }) => {
      const from = offsets[q]!;
      return from < offsets[q + 1]! && ranks[from]! > rank;
    });
    if (every) hard.push(q);
  }
  return Uint32Array.from(hard);
};
