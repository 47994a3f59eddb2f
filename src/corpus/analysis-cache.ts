import { createHash } from 'node:crypto';
import type { FileFacts } from './extract-file.js';

/** Options of {@link createAnalysisCache}. */
export interface AnalysisCacheOptions {
  /**
   * Most UTF-16 units of source that the cached files may have in all; the files unused for longest go first.
   *
   * @defaultValue 134217728
   */
  readonly maxUnits?: number;
}

/** What is known of files already read, for later calls of {@link analyzeRepository} in the same process. */
export interface AnalysisCache {
  /** Files held. */
  readonly files: number;
  /** Files that were found, and files that had to be parsed, since the cache was made. */
  readonly hits: number;
  readonly misses: number;
  /** The facts of a file with this path and content, by `extract` where they are not known yet. */
  readonly read: (path: string, text: string, extract: () => FileFacts) => FileFacts;
}

interface Entry {
  readonly facts: FileFacts;
  readonly units: number;
}

/**
 * Makes a cache that spares {@link analyzeRepository} parsing files whose content has not changed: for watchers,
 * servers, and runs over successive revisions.
 *
 * A file is known by a SHA-256 of its path in the repository and its text, so the result is that of an analysis
 * without the cache; calls are resolved anew each time, as a change in one file moves edges in others. One cache may serve many repositories. A file larger than `maxUnits` is not held.
 *
 * @returns An empty cache, to be given as `cache` to each analysis.
 * @throws If `maxUnits` is not positive.
 *
 * Memory about that of the functions found in the files held.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { analyzeRepository, createAnalysisCache } from 'oasis-embed/corpus';
 *
 * const root = await mkdtemp(join(tmpdir(), 'repository-'));
 * await writeFile(join(root, 'a.js'), 'export const one = () => 1;');
 * await writeFile(join(root, 'b.js'), 'export const two = () => 2;');
 * const cache = createAnalysisCache();
 * await analyzeRepository(root, { cache });
 * await writeFile(join(root, 'b.js'), 'export const three = () => 3;');
 * await analyzeRepository(root, { cache });
 * [cache.hits, cache.misses]; // [1, 3]: only b.js was parsed again
 * ```
 */
export const createAnalysisCache = (options: AnalysisCacheOptions = {}): AnalysisCache => {
  const { maxUnits = 1 << 27 } = options;
  if (!(maxUnits > 0)) throw new RangeError(`maxUnits must be positive, received ${maxUnits}`);
  // A map keeps the order of insertion: the first entry is the one unused for longest.
  const entries = new Map<string, Entry>();
  let units = 0;
  let hits = 0;
  let misses = 0;
  return {
    get files() {
      return entries.size;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    read(path, text, extract) {
      const key = createHash('sha256').update(`${path}\0${text}`).digest('base64');
      const known = entries.get(key);
      if (known !== undefined) {
        hits++;
        entries.delete(key);
        entries.set(key, known);
        return known.facts;
      }
      misses++;
      const facts = extract();
      if (text.length > maxUnits) return facts;
      entries.set(key, { facts, units: text.length });
      units += text.length;
      for (const [oldest, entry] of entries) {
        if (units <= maxUnits) break;
        entries.delete(oldest);
        units -= entry.units;
      }
      return facts;
    },
  };
};
