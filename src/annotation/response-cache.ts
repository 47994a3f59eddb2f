import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, HEADER, readEntry, type SegmentEntry, scanSegment } from './cache-segment.js';

/** Keeps answers under the hash of their question. */
export interface ResponseCache {
  /** The stored bytes, or null. */
  get(key: string): Uint8Array | null | Promise<Uint8Array | null>;
  set(key: string, value: Uint8Array): void | Promise<void>;
}

/** A cache on disk; see {@link openResponseCache}. */
export interface DiskCache extends ResponseCache {
  get(key: string): Uint8Array | null;
  set(key: string, value: Uint8Array): void;
  /** Entries seen so far, other processes' included. */
  readonly size: number;
  close(): void;
}

const MAX_OPEN = 64;

/** An entry and the segment it stands in. */
interface Entry extends SegmentEntry {
  readonly name: string;
}

/** Hashes a question to a key: sha256 of its canonical JSON (sorted keys, undefined left out). */
export const cacheKey = (question: unknown): string =>
  createHash('sha256').update(canonicalJson(question)).digest('hex');

/**
 * Opens a content-addressed cache in a folder, made if it does not exist.
 *
 * Every process appends to a segment file of its own, and reads all: any number of processes may share a folder
 * and see each other's entries. An entry is one append with a checksum, held against every answer that is read: a
 * torn or damaged entry counts as none, and those behind it are found again. The first sound entry of a key wins.
 *
 * @param directory Where the segments are kept.
 *
 * Time O(1) per hit, with one read; opening reads the headers of all entries. Memory: about 150 bytes per entry.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { cacheKey, openResponseCache } from 'oasis-embed/annotation';
 * const cache = openResponseCache(mkdtempSync(join(tmpdir(), 'cache-')));
 * cache.set(cacheKey({ question: 1 }), new TextEncoder().encode('answer'));
 * console.log(cache.size, cache.get(cacheKey({ question: 2 }))); // 1 null
 * cache.close();
 * ```
 */
export const openResponseCache = (directory: string): DiskCache => {
  mkdirSync(directory, { recursive: true });
  const index = new Map<string, Entry>();
  const spares = new Map<string, Entry[]>();
  const ends = new Map<string, number>();
  const sizes = new Map<string, number>();
  const readers = new Map<string, number>();
  const ownName = `${process.pid.toString(36)}-${randomBytes(6).toString('hex')}.segment`;
  let own: number | null = null;
  let closed = false;

  /** A folder may hold more segments than a process may open, so only the latest stay open. */
  const openForReading = (name: string): number => {
    const fd = readers.get(name) ?? openSync(join(directory, name), 'r');
    readers.delete(name);
    readers.set(name, fd);
    if (readers.size > MAX_OPEN) {
      const [oldest, oldestFd] = readers.entries().next().value!;
      readers.delete(oldest);
      closeSync(oldestFd);
    }
    return fd;
  };

  const scan = (name: string) => {
    const end = ends.get(name) ?? 0;
    // A torn entry at the end is looked at again only when the file has grown.
    const { size } = statSync(join(directory, name));
    if (size < end + HEADER || size === sizes.get(name)) return;
    sizes.set(name, size);
    const found = scanSegment(openForReading(name), end, size);
    for (const entry of found.entries) {
      const placed = { ...entry, name };
      if (!index.has(entry.key)) index.set(entry.key, placed);
      else spares.set(entry.key, [...(spares.get(entry.key) ?? []), placed]);
    }
    ends.set(name, found.end);
  };

  const refresh = () => {
    for (const name of readdirSync(directory).sort()) {
      if (name.endsWith('.segment') && name !== ownName) scan(name);
    }
  };

  const read = (key: string): Uint8Array | null => {
    for (;;) {
      const entry = index.get(key);
      if (entry === undefined) return null;
      const value = readEntry(openForReading(entry.name), entry);
      if (value !== null) return value;
      const spare = spares.get(key)?.pop();
      if (spare === undefined) index.delete(key);
      else index.set(key, spare);
    }
  };

  const assertOpen = () => {
    if (closed) throw new Error('the cache is closed');
  };

  refresh();
  return {
    get: (key) => {
      assertOpen();
      if (!index.has(key)) refresh();
      return read(key);
    },
    set: (key, value) => {
      assertOpen();
      if (!/^[0-9a-f]{64}$/.test(key)) throw new TypeError(`key must be 64 hex digits, received ${key}`);
      if (index.has(key)) return;
      own ??= openSync(join(directory, ownName), 'ax');
      // Asked for, not counted: a full disk may have cut an earlier entry.
      const offset = fstatSync(own).size;
      const record = encodeEntry(key, value);
      for (let written = 0; written < record.length; ) written += writeSync(own, record, written);
      index.set(key, { name: ownName, offset, key, length: value.length });
    },
    get size() {
      return index.size;
    },
    close: () => {
      if (closed) return;
      closed = true;
      for (const fd of readers.values()) closeSync(fd);
      if (own !== null) closeSync(own);
    },
  };
};

/** A segment of a cache in which entries can no longer be read. */
export interface DamagedSegment {
  readonly path: string;
  /** Stretches of bytes without a sound entry, each of one entry or more. */
  readonly entries: number;
}

/**
 * Reads a whole cache, and names the segments that hold anything but sound entries. A cache needs no such call: it
 * never gives a damaged answer, and asks again for what it lost.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { verifyResponseCache } from 'oasis-embed/annotation';
 * console.log(verifyResponseCache(mkdtempSync(join(tmpdir(), 'cache-')))); // []
 * ```
 */
export const verifyResponseCache = (directory: string): DamagedSegment[] => {
  const damaged: DamagedSegment[] = [];
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('.segment')) continue;
    const path = join(directory, name);
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const scan = scanSegment(fd, 0, size, true);
      const entries = scan.damaged.length + (scan.end < size ? 1 : 0);
      if (entries > 0) damaged.push({ path, entries });
    } finally {
      closeSync(fd);
    }
  }
  return damaged;
};

const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
};
