import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

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

const MAGIC = 0x4341534f;
const HEADER = 4 + 32 + 4 + 4;
const MAX_OPEN = 64;
const SCAN_BYTES = 1 << 20;

/** Where an entry's header begins and how long its value is. */
interface Entry {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** Hashes a question to a key: sha256 of its canonical JSON (sorted keys, undefined left out). */
export const cacheKey = (question: unknown): string =>
  createHash('sha256').update(canonicalJson(question)).digest('hex');

/**
 * Opens a content-addressed cache in a folder, made if it does not exist.
 *
 * Every process appends to a segment file of its own, and reads all: any number of processes may share a folder
 * and see each other's entries. An entry is one append with a checksum; a process killed in the middle leaves a
 * torn entry that is skipped, never a wrong one. The first entry of a key wins.
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
  const readers = new Map<string, number>();
  const ownName = `${process.pid.toString(36)}-${randomBytes(6).toString('hex')}.segment`;
  let own: { fd: number; end: number } | null = null;
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
    let end = ends.get(name) ?? 0;
    if (statSync(join(directory, name)).size < end + HEADER) return;
    const fd = openForReading(name);
    const { size } = fstatSync(fd);
    const block = Buffer.alloc(Math.min(SCAN_BYTES, size - end));
    let blockStart = Number.NEGATIVE_INFINITY;
    let blockEnd = Number.NEGATIVE_INFINITY;
    while (end + HEADER <= size) {
      if (end + HEADER > blockEnd) {
        blockStart = end;
        blockEnd = end + readSync(fd, block, 0, block.length, end);
      }
      const at = end - blockStart;
      const entry = { name, offset: end, length: block.readUInt32LE(at + 36) };
      if (block.readUInt32LE(at) !== MAGIC || end + HEADER + entry.length > size) break;
      const key = block.toString('hex', at + 4, at + 36);
      if (!index.has(key)) index.set(key, entry);
      else spares.set(key, [...(spares.get(key) ?? []), entry]);
      end += HEADER + entry.length;
    }
    ends.set(name, end);
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
      const bytes = Buffer.alloc(HEADER + entry.length);
      readSync(openForReading(entry.name), bytes, 0, bytes.length, entry.offset);
      const value = bytes.subarray(HEADER);
      if (bytes.toString('hex', 4, 36) === key && crc32(value) === bytes.readUInt32LE(40)) return value;
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
      own ??= { fd: openSync(join(directory, ownName), 'ax'), end: 0 };
      const record = Buffer.alloc(HEADER + value.length);
      record.writeUInt32LE(MAGIC, 0);
      record.write(key, 4, 'hex');
      record.writeUInt32LE(value.length, 36);
      record.writeUInt32LE(crc32(value), 40);
      record.set(value, HEADER);
      for (let written = 0; written < record.length; ) written += writeSync(own.fd, record, written);
      index.set(key, { name: ownName, offset: own.end, length: value.length });
      own.end += record.length;
    },
    get size() {
      return index.size;
    },
    close: () => {
      if (closed) return;
      closed = true;
      for (const fd of readers.values()) closeSync(fd);
      if (own !== null) closeSync(own.fd);
    },
  };
};

const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
};
