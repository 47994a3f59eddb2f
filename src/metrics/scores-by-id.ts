/**
 * Numbers by query id and document id. JavaScript moves keys such as `10` to the front of a plain object: where the order
 * of queries or documents matters, use maps.
 */
export type ScoresById =
  | ReadonlyMap<string, ReadonlyMap<string, number>>
  | Readonly<Record<string, Readonly<Record<string, number>>>>;

export type ScoresRow = ReadonlyMap<string, number> | Readonly<Record<string, number>>;

/** The rows by query id. */
export const outerTable = (table: ScoresById): ReadonlyMap<string, ScoresRow> =>
  table instanceof Map ? table : new Map(Object.entries(table));

/** The numbers of a query by document id. */
export const rowOf = (row: ScoresRow): ReadonlyMap<string, number> =>
  row instanceof Map ? row : new Map(Object.entries(row));
