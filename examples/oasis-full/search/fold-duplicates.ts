import { findNearDuplicates } from 'oasis-embed/corpus';
import type { SearchEntry } from './entries/search-entry.js';
import type { WrittenEntry } from './index-writer.js';

/**
 * Folds entries of one qualified name whose code is nearly the same under the first of them: copies of a file, the same
 * function in two packages. What has another name stays an answer of its own.
 */
export const foldDuplicates = (entries: readonly SearchEntry[]): WrittenEntry[] => {
  const byName = new Map<string, number[]>();
  entries.forEach(({ role, qualifiedName }, row) => {
    if (role === 'text') return;
    const known = byName.get(qualifiedName);
    if (known === undefined) byName.set(qualifiedName, [row]);
    else known.push(row);
  });
  const places = new Map<number, SearchEntry[]>();
  const folded = new Set<number>();
  for (const rows of byName.values()) {
    const { repository, path } = entries[rows[0]!]!;
    // Overloads and redefinitions stand beside each other on purpose.
    if (rows.every((row) => entries[row]!.path === path && entries[row]!.repository === repository)) continue;
    for (const { row, duplicateOf } of findNearDuplicates(rows.map((i) => entries[i]!.code))) {
      const [copy, first] = [rows[row]!, rows[duplicateOf]!];
      if (
        entries[copy]!.path === entries[first]!.path &&
        entries[copy]!.repository === entries[first]!.repository
      )
        continue;
      folded.add(copy);
      places.set(first, [...(places.get(first) ?? []), entries[copy]!]);
    }
  }
  return entries.flatMap((entry, row) =>
    folded.has(row)
      ? []
      : [
          {
            entry,
            duplicates: (places.get(row) ?? []).map(({ repository, path, startLine }) => ({
              repository,
              path,
              startLine,
            })),
          },
        ],
  );
};
