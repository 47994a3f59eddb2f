import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cacheKey,
  type DiskCache,
  openResponseCache,
  verifyResponseCache,
} from '../../src/annotation/index.js';

let folder = '';
let open: DiskCache[] = [];
const openCache = () => {
  const cache = openResponseCache(join(folder, 'cache'));
  open.push(cache);
  return cache;
};
const segments = () => readdirSync(join(folder, 'cache')).map((name) => join(folder, 'cache', name));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'response-cache-'));
});
afterEach(() => {
  for (const cache of open) cache.close();
  open = [];
  rmSync(folder, { recursive: true, force: true });
});

const key = (n: number) => cacheKey({ n });
const value = (n: number) => Buffer.from(`value ${n} ${'x'.repeat(n % 50)}`);
const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

describe('openResponseCache', () => {
  it('gives back what was stored, now and after opening again', () => {
    const cache = openCache();
    for (let n = 0; n < 100; n++) cache.set(key(n), value(n));
    cache.set(key(100), new Uint8Array(0));
    for (const reader of [cache, openCache()]) {
      for (let n = 0; n < 100; n++) expect(text(reader.get(key(n)))).toBe(value(n).toString());
      expect(text(reader.get(key(100)))).toBe('');
      expect(reader.get(key(101))).toBeNull();
      expect(reader.size).toBe(101);
    }
  });

  it('shows entries of another process as soon as they are written', () => {
    const [a, b] = [openCache(), openCache()];
    a.set(key(1), value(1));
    expect(text(b.get(key(1)))).toBe(value(1).toString());
    b.set(key(2), value(2));
    expect(text(a.get(key(2)))).toBe(value(2).toString());
  });

  it('keeps the first entry of a key', () => {
    const cache = openCache();
    cache.set(key(1), value(1));
    cache.set(key(1), value(2));
    expect(text(openCache().get(key(1)))).toBe(value(1).toString());
  });

  it('loses one entry to a flipped bit, whichever it is, and gives every other', () => {
    const cache = openCache();
    const count = 50;
    for (let n = 0; n < count; n++) cache.set(key(n), value(n));
    cache.close();
    const [segment = ''] = segments();
    const whole = readFileSync(segment);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= 1 << bit;
        writeFileSync(segment, damaged);
        const reopened = openCache();
        const wrong = Array.from({ length: count }, (_, n) => text(reopened.get(key(n)))).filter(
          (found, n) => found !== value(n).toString(),
        );
        reopened.close();
        expect(wrong).toEqual([null]);
        expect(verifyResponseCache(join(folder, 'cache'))).toEqual([{ path: segment, entries: 1 }]);
      }),
    );
    writeFileSync(segment, whole);
    expect(verifyResponseCache(join(folder, 'cache'))).toEqual([]);
  });

  it('is not led astray by values that look like entries', () => {
    const cache = openCache();
    cache.set(key(0), value(0));
    cache.close();
    const [segment = ''] = segments();
    const entry = readFileSync(segment);
    const hostile = Buffer.concat([Buffer.from('PSAC'), Buffer.alloc(40, 255), entry.subarray(0, 44)]);
    const second = openCache();
    second.set(key(1), hostile);
    second.set(key(2), value(2));
    second.close();
    const other = segments().find((path) => path !== segment)!;
    const damaged = readFileSync(other);
    damaged[36]! ^= 1; // The length of the hostile value.
    writeFileSync(other, damaged);
    const reopened = openCache();
    expect(reopened.get(key(1))).toBeNull();
    expect(text(reopened.get(key(2)))).toBe(value(2).toString());
    expect(text(reopened.get(key(0)))).toBe(value(0).toString());
  });

  it('reads what earlier versions wrote', () => {
    const record = Buffer.alloc(44 + value(7).length);
    record.writeUInt32LE(0x4341534f, 0);
    record.write(key(7), 4, 'hex');
    record.writeUInt32LE(value(7).length, 36);
    record.writeUInt32LE(crc32(value(7)), 40);
    record.set(value(7), 44);
    openCache().close();
    writeFileSync(join(folder, 'cache', 'old.segment'), Buffer.concat([record, record]));
    expect(text(openCache().get(key(7)))).toBe(value(7).toString());
  });

  it('loses only the torn entry when a process dies at any byte of an append', () => {
    const cache = openCache();
    cache.set(key(1), value(1));
    cache.set(key(2), value(2));
    cache.close();
    const [segment = ''] = segments();
    const whole = readFileSync(segment);
    const second = 44 + value(1).length;
    for (let length = second; length < whole.length; length++) {
      writeFileSync(segment, whole);
      truncateSync(segment, length);
      const reopened = openCache();
      expect(text(reopened.get(key(1)))).toBe(value(1).toString());
      expect(reopened.get(key(2))).toBeNull();
      reopened.close();
    }
  });

  it('goes on reading where another process finishes an entry later', () => {
    const writer = openCache();
    writer.set(key(1), value(1));
    writer.close();
    const [segment = ''] = segments();
    const whole = readFileSync(segment);
    truncateSync(segment, 50);
    const reader = openCache();
    expect(reader.get(key(1))).toBeNull();
    appendFileSync(segment, whole.subarray(50));
    expect(text(reader.get(key(1)))).toBe(value(1).toString());
  });

  it('never returns a damaged value, and finds a sound copy in another segment', () => {
    const [a, b] = [openCache(), openCache()];
    // Both miss before either writes, as two processes that pay for the same call at once.
    expect([a.get(key(1)), b.get(key(1))]).toEqual([null, null]);
    a.set(key(1), value(1));
    b.set(key(1), value(1));
    a.close();
    b.close();
    expect(segments()).toHaveLength(2);
    const damage = (segment: string) => {
      const bytes = readFileSync(segment);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(segment, bytes);
    };
    for (const segment of segments()) {
      damage(segment);
      expect(text(openCache().get(key(1)))).toBe(value(1).toString());
      damage(segment);
    }
    segments().forEach(damage);
    expect(openCache().get(key(1))).toBeNull();
  });

  it('reads more segments than it keeps open', () => {
    for (let n = 0; n < 150; n++) {
      const cache = openResponseCache(join(folder, 'cache'));
      cache.set(key(n), value(n));
      cache.close();
    }
    const cache = openCache();
    for (let n = 0; n < 150; n++) expect(text(cache.get(key(n)))).toBe(value(n).toString());
  });

  it('refuses a key that is no hash, and work after it was closed', () => {
    const cache = openCache();
    expect(() => cache.set('../x', value(1))).toThrow(/key must be 64 hex digits/);
    cache.close();
    expect(() => cache.get(key(1))).toThrow(/closed/);
  });
});

describe('cacheKey', () => {
  it('does not depend on the order of fields nor on undefined ones', () => {
    expect(cacheKey({ a: 1, b: [{ c: 2, d: 'x' }] })).toBe(
      cacheKey({ b: [{ d: 'x', c: 2 }], a: 1, e: undefined }),
    );
    expect(cacheKey({ a: 1 })).not.toBe(cacheKey({ a: '1' }));
    expect(cacheKey(['ab', 'c'])).not.toBe(cacheKey(['a', 'bc']));
  });
});
