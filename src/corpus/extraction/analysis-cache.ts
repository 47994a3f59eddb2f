import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { KnownRepositories } from '../calls/known-repositories.js';
import type { LeftOutReason } from '../sources/left-out.js';
import type { FileReading } from './analyze-file.js';
import { codeFingerprint } from './code-fingerprint.js';

/** Options of {@link createAnalysisCache}. */
export interface AnalysisCacheOptions {
  /**
   * Most bytes of source that the files held in memory may have in all; those unused for longest go first.
   *
   * @defaultValue 134217728
   */
  readonly maxBytes?: number;
  /**
   * A folder that keeps results for later processes as well. It is created if missing; any file in
   * it may be deleted at any time.
   *
   * @defaultValue none: results last as long as the process
   */
  readonly folder?: string;
}

/** What is known about files already read, for later calls of {@link analyzeRepository}. */
export interface AnalysisCache {
  /** Files held in memory. */
  readonly files: number;
  /** Files that were found, and files that had to be parsed, since the cache was made. */
  readonly hits: number;
  readonly misses: number;
  /** Files whose calls had to be resolved, since the cache was made. */
  readonly resolved: number;
  /** What is known of a file: its key commits to its path, its content and the grammar that read it. */
  readonly get: (key: string, bytes: number) => CachedReading | undefined;
  readonly set: (key: string, bytes: number, reading: CachedReading) => Promise<void>;
}

/** What caches know of the calls of repositories. */
const repositories = new WeakMap<AnalysisCache, KnownRepositories>();

/** Where the calls of repositories went that were analyzed with a cache, for as long as the process lives. */
export const repositoriesKnownTo = (cache: AnalysisCache): KnownRepositories | undefined =>
  repositories.get(cache);

/** What was found in a file, or why it was left out. */
export type CachedReading = FileReading | LeftOutReason;

interface Entry {
  readonly reading: CachedReading;
  readonly bytes: number;
}

const digest = (data: Uint8Array | string): Buffer => createHash('sha256').update(data).digest();

/** A file of the cache: the digest of the rest, and the rest. */
const DIGEST_BYTES = 32;

const readEntry = (file: string): CachedReading | undefined => {
  try {
    const bytes = readFileSync(file);
    const payload = bytes.subarray(DIGEST_BYTES);
    // A file torn by a power cut, or changed by whatever, is no better than none.
    return digest(payload).equals(bytes.subarray(0, DIGEST_BYTES)) ? deserialize(payload) : undefined;
  } catch {
    return undefined;
  }
};

const ANALYSIS_CACHE_OPTIONS: OptionNames<AnalysisCacheOptions> = { maxBytes: true, folder: true };

/**
 * Makes a cache that spares {@link analyzeRepository} work on what has not changed: for watchers, servers, and runs
 * over successive revisions. A file whose content is known is not parsed. Calls are resolved anew only in changed files
 * and in those that looked up a name, a module or an export that a change touches. With `folder`, what was parsed
 * outlives the process; where calls went is known within the process alone.
 *
 * A file is known by a SHA-256 of its path in the repository, its bytes, the version of the grammar and this
 * package's own code, so the result is that of an analysis without the cache. One cache may serve many repositories, and many processes may
 * share a folder: entries are written whole or not at all, and a damaged one is read as none. A file larger than
 * `maxBytes` is not held in memory.
 *
 * @returns An empty cache, to be given as `cache` to each analysis.
 * @throws If `maxBytes` is not positive.
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
 * const folder = await mkdtemp(join(tmpdir(), 'cache-'));
 * await analyzeRepository(root, { cache: createAnalysisCache({ folder }) });
 * await writeFile(join(root, 'b.js'), 'export const three = () => 3;');
 * const cache = createAnalysisCache({ folder });
 * await analyzeRepository(root, { cache });
 * [cache.hits, cache.misses]; // [1, 1]: only b.js was parsed again
 * ```
 */
export const createAnalysisCache = (options: AnalysisCacheOptions = {}): AnalysisCache => {
  checkOptions('createAnalysisCache', options, ANALYSIS_CACHE_OPTIONS);
  const { maxBytes = 1 << 27 } = options;
  if (!(maxBytes > 0)) throw new RangeError(`maxBytes must be positive, received ${maxBytes}`);
  const folder = options.folder === undefined ? null : resolve(options.folder);
  // A map keeps the order of insertion: the first entry is the one unused for longest.
  const entries = new Map<string, Entry>();
  const made = new Set<string>();
  let held = 0;
  let hits = 0;
  let misses = 0;
  const hold = (key: string, entry: Entry): void => {
    const known = entries.get(key);
    if (known !== undefined) {
      entries.delete(key);
      held -= known.bytes;
    }
    if (entry.bytes > maxBytes) return;
    entries.set(key, entry);
    held += entry.bytes;
    for (const [oldest, { bytes }] of entries) {
      if (held <= maxBytes) break;
      entries.delete(oldest);
      held -= bytes;
    }
  };
  /** Keys of the same code and the same file; another version of this package finds nothing of this one's. */
  const nameOf = (key: string) => digest(`${codeFingerprint()}\0${key}`).toString('hex');
  const placeOf = (name: string) => join(folder!, name.slice(0, 2), name.slice(2));
  const known = new KnownRepositories(maxBytes);
  const cache: AnalysisCache = {
    get files() {
      return entries.size;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    get resolved() {
      return known.resolved;
    },
    get(key, bytes) {
      let reading = entries.get(key)?.reading;
      if (reading === undefined && folder !== null) reading = readEntry(placeOf(nameOf(key)));
      if (reading === undefined) misses++;
      else {
        hits++;
        hold(key, { reading, bytes });
      }
      return reading;
    },
    async set(key, bytes, reading) {
      hold(key, { reading, bytes });
      if (folder === null) return;
      const name = nameOf(key);
      const parent = name.slice(0, 2);
      if (!made.has(parent)) await mkdir(join(folder, parent), { recursive: true });
      made.add(parent);
      const payload = serialize(reading);
      // The digest tells whether all of it reached the disk: waiting for that would take longer than parsing.
      const place = placeOf(name);
      const pending = `${place}.${randomUUID()}`;
      try {
        await writeFile(pending, Buffer.concat([digest(payload), payload]));
        await rename(pending, place);
      } catch (error) {
        await rm(pending, { force: true });
        throw error;
      }
    },
  };
  repositories.set(cache, known);
  return cache;
};
