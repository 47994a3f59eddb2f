/** How often each value comes. */
export const countBy = <K extends string>(values: Iterable<K>): Partial<Record<K, number>> => {
  const counts = new Map<K, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const record: Partial<Record<K, number>> = {};
  for (const [value, count] of counts) record[value] = count;
  return record;
};
