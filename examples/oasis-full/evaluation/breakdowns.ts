import { hardQueries } from 'oasis-embed/benchmarks';
import { perQueryMeasure } from 'oasis-embed/metrics';
import type { HeldOutFunction, RetrievalSet } from './retrieval-set.js';
import { MAIN_MEASURE, MEASURES, type RankedSystem } from './systems.js';

/** The main measure over a part of the queries, one value a system, in their order. */
export interface PartResult {
  readonly name: string;
  readonly queries: number;
  readonly values: readonly number[];
}

export interface Breakdowns {
  readonly perLanguage: readonly PartResult[];
  /** The queries that all others rank below `rank`. */
  readonly hard: PartResult & { readonly rank: number; readonly others: readonly string[] };
}

/** Below this, an answer is not on the first page. */
const HARD_RANK = 10;

const mainValues = (systems: readonly RankedSystem[]): Float64Array[] =>
  systems.map((system) => perQueryMeasure(system.ranks, MEASURES[MAIN_MEASURE]!));

const partResult = (
  name: string,
  rows: ArrayLike<number>,
  perQuery: readonly Float64Array[],
): PartResult => ({
  name,
  queries: rows.length,
  values: perQuery.map((values) =>
    rows.length === 0
      ? Number.NaN
      : Array.from(rows).reduce((sum, row) => sum + values[row]!, 0) / rows.length,
  ),
});

/** The main measure by a property of the function asked for, of the first where a docstring has several. */
export const resultsBy = (
  set: RetrievalSet,
  systems: readonly RankedSystem[],
  partOf: (fn: HeldOutFunction) => string,
): PartResult[] => {
  const parts: string[] = [];
  set.relevant.query.forEach((query, i) => {
    parts[query] ??= partOf(set.functions[i]!);
  });
  const rowsOf = new Map<string, number[]>();
  parts.forEach((part, query) => {
    const rows = rowsOf.get(part);
    if (rows === undefined) rowsOf.set(part, [query]);
    else rows.push(query);
  });
  const perQuery = mainValues(systems);
  return [...rowsOf.keys()].sort().map((name) => partResult(name, rowsOf.get(name)!, perQuery));
};

/** Where the trained system works and where it does not. */
export const breakdownsOf = (set: RetrievalSet, systems: readonly RankedSystem[]): Breakdowns => {
  const others = systems.filter(({ role }) => role !== 'trained');
  const rows = hardQueries(
    others.map(({ ranks }) => ranks),
    HARD_RANK,
  );
  return {
    perLanguage: resultsBy(set, systems, ({ language }) => language),
    hard: {
      ...partResult(`below rank ${HARD_RANK}`, rows, mainValues(systems)),
      rank: HARD_RANK,
      others: others.map(({ name }) => name),
    },
  };
};
