import type { CodeFunction } from 'oasis-embed/corpus';

/** Functions by the file they stand in, in their order. */
export const byPath = (functions: readonly CodeFunction[]): ReadonlyMap<string, readonly CodeFunction[]> => {
  const grouped = new Map<string, CodeFunction[]>();
  for (const fn of functions) {
    const known = grouped.get(fn.path);
    if (known === undefined) grouped.set(fn.path, [fn]);
    else known.push(fn);
  }
  return grouped;
};
