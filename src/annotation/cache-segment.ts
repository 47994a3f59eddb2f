import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** Bytes before an entry's value: magic, key (32), length of the value (4), checksum (4). */
export const HEADER = 44;

/** The checksum covers key, length and value. */
const MAGIC = 0x43415350;
/** What was written before covered the value alone. */
const EARLIER_MAGIC = 0x4341534f;

const SCAN_BYTES = 1 << 20;

/** Where an entry of a segment file begins, its key in hex, and how long its value is. */
export interface SegmentEntry {
  readonly offset: number;
  readonly key: string;
  readonly length: number;
}

/** Bytes in which no entry could be read. */
export interface DamagedPart {
  readonly offset: number;
  readonly length: number;
}

export const encodeEntry = (key: string, value: Uint8Array): Buffer => {
  const record = Buffer.alloc(HEADER + value.length);
  record.writeUInt32LE(MAGIC, 0);
  record.write(key, 4, 'hex');
  record.writeUInt32LE(value.length, 36);
  record.set(value, HEADER);
  record.writeUInt32LE(crc32(value, crc32(record.subarray(4, 40))), 40);
  return record;
};

const isMagic = (word: number): boolean => word === MAGIC || word === EARLIER_MAGIC;

/** The value of an entry, or null where key or checksum do not fit. */
export const decodeEntry = (record: Uint8Array, key: string): Uint8Array | null => {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  if (bytes.length < HEADER || bytes.toString('hex', 4, 36) !== key) return null;
  const value = bytes.subarray(HEADER);
  if (value.length !== bytes.readUInt32LE(36)) return null;
  const magic = bytes.readUInt32LE(0);
  if (!isMagic(magic)) return null;
  const sum = magic === MAGIC ? crc32(value, crc32(bytes.subarray(4, 40))) : crc32(value);
  return sum === bytes.readUInt32LE(40) ? value : null;
};

export const readEntry = (fd: number, { offset, key, length }: SegmentEntry): Uint8Array | null => {
  const bytes = Buffer.alloc(HEADER + length);
  const read = readSync(fd, bytes, 0, bytes.length, offset);
  return decodeEntry(bytes.subarray(0, read), key);
};

/** Bytes of a file through a block that moves along. */
const createWindow = (fd: number, size: number) => {
  const block = Buffer.alloc(Math.min(SCAN_BYTES, size));
  let start = 0;
  let end = 0;
  return (offset: number, length: number): Buffer => {
    if (offset < start || offset + length > end) {
      start = offset;
      end = offset + readSync(fd, block, 0, Math.min(block.length, size - offset), offset);
    }
    return block.subarray(offset - start, Math.min(offset - start + length, end - start));
  };
};

export interface SegmentScan {
  readonly entries: readonly SegmentEntry[];
  /** Parts between sound entries that hold none; a torn entry at the end is no damage, it may still be written. */
  readonly damaged: readonly DamagedPart[];
  /** Where the next scan begins. */
  readonly end: number;
}

/**
 * Finds the entries of a segment from `from` to its size. Only headers are read where each leads to the next one; after
 * one that does not, the entries behind it are searched for, and count if their checksums hold.
 *
 * @param thorough Reads and checks every value.
 */
export const scanSegment = (fd: number, from: number, size: number, thorough = false): SegmentScan => {
  const entries: SegmentEntry[] = [];
  const damaged: DamagedPart[] = [];
  const windowAt = createWindow(fd, size);

  const headerAt = (offset: number): SegmentEntry | null => {
    if (offset + HEADER > size) return null;
    const header = windowAt(offset, HEADER);
    const length = header.readUInt32LE(36);
    if (!isMagic(header.readUInt32LE(0)) || offset + HEADER + length > size) return null;
    return { offset, key: header.toString('hex', 4, 36), length };
  };
  const leadsOn = ({ offset, length }: SegmentEntry): boolean => {
    const next = offset + HEADER + length;
    return next === size || (next + 4 <= size && isMagic(windowAt(next, 4).readUInt32LE(0)));
  };
  const isSound = (entry: SegmentEntry): boolean => readEntry(fd, entry) !== null;
  const nextSound = (after: number): SegmentEntry | null => {
    for (let at = after; at + HEADER <= size; at++) {
      // The byte that both magics share, found quickly.
      const part = windowAt(at, SCAN_BYTES);
      const found = part.indexOf('SAC', 1, 'latin1') - 1;
      if (found < 0) {
        at += Math.max(0, part.length - 4);
        continue;
      }
      at += found;
      const entry = headerAt(at);
      if (entry !== null && isSound(entry)) return entry;
    }
    return null;
  };

  let end = from;
  while (end + HEADER <= size) {
    let entry = headerAt(end);
    if (entry !== null && (thorough || !leadsOn(entry)) && !isSound(entry)) entry = null;
    if (entry === null) {
      entry = nextSound(end + 1);
      if (entry === null) break;
      damaged.push({ offset: end, length: entry.offset - end });
    }
    entries.push(entry);
    end = entry.offset + HEADER + entry.length;
  }
  return { entries, damaged, end };
};
