import { findNearDuplicates } from 'oasis-embed/corpus';
import { pathRole } from 'oasis-embed/retrieval';
import type { SearchEntry } from './entries/search-entry.js';
import type { WrittenEntry } from './index-writer.js';

/** Which of several copies stands for them: source before tests and generated files, documented before bare. */
const standing = ({ path, doc }: SearchEntry): number =>
  (pathRole(path) === 'source' ? 0 : 2) + (doc === null || doc === undefined ? 1 : 0);

/**
 * Folds entries of one qualified name whose code is nearly the same under one of them: copies of a file, the same function
 * in two packages. It is the one that people would want to read, of equals the first. What has another name stays an answer
 * of its own.
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
    const ordered = rows.toSorted((a, b) => standing(entries[a]!) - standing(entries[b]!) || a - b);
    for (const { row, duplicateOf } of findNearDuplicates(ordered.map((i) => entries[i]!.code))) {
      const [copy, first] = [ordered[row]!, ordered[duplicateOf]!];
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
