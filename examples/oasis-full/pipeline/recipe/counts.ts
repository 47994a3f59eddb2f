export type Counts = Readonly<Record<string, number>>;

/** Adds up counts by name. */
export const addCounts = (all: readonly Counts[]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
};

/** The same counts, largest first. */
export const byCount = (counts: Counts): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
