import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { DenseMatrix } from '../numerics/index.js';
import {
  checkOptions,
  checkPositiveInteger,
  float16Bits,
  fromFloat16Bits,
  type OptionNames,
} from '../numerics/index.js';
import type { Embedder, EmbedOptions } from './models.js';
import { toUnitRows } from './unit-rows.js';

/** Options of {@link embedToShards}. */
export interface EmbedToShardsOptions {
  readonly role?: EmbedOptions['role'];
  /** Texts in a shard, which are handed to the embedder together. @defaultValue 4096 */
  readonly shardRows?: number;
  /** Bytes of decoded shards that are held while rows are read; two shards are held at least. @defaultValue 2 ** 29 */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
  /** Called after each shard with the count of texts embedded, those of shards found on disk included. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Unit vectors of a list of texts, on disk. */
export interface VectorShards {
  readonly rows: number;
  readonly columns: number;
  /** The files, in the order of the texts. */
  readonly files: readonly string[];
  /** Shards that were there already. */
  readonly found: number;
  /** The vector of text `row`, of unit length to the precision of float16. */
  row(row: number): Float32Array;
}

const EMBED_TO_SHARDS_OPTIONS: OptionNames<EmbedToShardsOptions> = {
  role: true,
  shardRows: true,
  memoryBytes: true,
  signal: true,
  onProgress: true,
};

/**
 * Embeds texts into shards of float16 on disk, and reads them back.
 *
 * A shard is a safetensors file with one tensor `vectors` [n, D] of rows at unit length, named by the hash of the
 * embedder's name, the role and its texts. It is written whole or not at all, so that a call that was interrupted
 * continues with the first missing shard, and a list that only grew is not embedded again.
 *
 * @param embedder Its name must reflect its settings.
 * @param texts Distinct texts: a repeated one is embedded again.
 * @param directory Made if it does not exist.
 * @throws TypeError when the embedder gives another number of rows than texts, differing sizes or a value that is
 * not finite; Error when a shard is not what its name says.
 *
 * Memory: one shard while embedding, `memoryBytes` while reading. Disk: 2·D bytes per text.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { type Embedder, embedToShards } from 'oasis-embed/annotation';
 * const lengths: Embedder = {
 *   name: 'lengths',
 *   embed: async (texts) => ({
 *     data: Float32Array.from(texts.flatMap(({ length }) => [length, 1])),
 *     rows: texts.length,
 *     columns: 2,
 *   }),
 * };
 * const vectors = await embedToShards(lengths, ['a', 'bb'], mkdtempSync(join(tmpdir(), 'vectors-')));
 * console.log(vectors.rows, vectors.columns, vectors.files.length); // 2 2 1
 * ```
 */
export const embedToShards = async (
  embedder: Embedder,
  texts: readonly string[],
  directory: string,
  options: EmbedToShardsOptions = {},
): Promise<VectorShards> => {
  checkOptions('embedToShards', options, EMBED_TO_SHARDS_OPTIONS);
  const { role, shardRows = 4096, memoryBytes = 2 ** 29, signal, onProgress } = options;
  checkPositiveInteger('shardRows', shardRows);
  await mkdir(directory, { recursive: true });
  const files: string[] = [];
  let columns: number | null = null;
  let found = 0;
  for (let start = 0; start < texts.length; start += shardRows) {
    signal?.throwIfAborted();
    const batch = texts.slice(start, start + shardRows);
    const path = join(directory, shardName(embedder.name, role, batch));
    if (existsSync(path)) found++;
    else {
      const part = await embedder.embed(batch, {
        ...(role === undefined ? {} : { role }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (part.rows !== batch.length || part.data.length !== part.rows * part.columns) {
        throw new TypeError(
          `${embedder.name} must return ${batch.length} rows, received [${part.rows}, ${part.columns}]`,
        );
      }
      await writeFileAtomic(path, Buffer.from(formatShard(toUnitRows(part, embedder.name))));
    }
    const width = shardColumns(path, batch.length);
    columns ??= width;
    if (width !== columns) {
      throw new TypeError(
        `${embedder.name} must embed all texts alike, received ${columns} and ${width} dimensions`,
      );
    }
    files.push(path);
    onProgress?.(Math.min(start + shardRows, texts.length), texts.length);
  }
  const width = columns ?? 0;
  const decoded = new Map<number, Float32Array>();
  const heldAtMost = Math.max(2, Math.floor(memoryBytes / Math.max(1, shardRows * width * 4)));
  const shardAt = (index: number): Float32Array => {
    let shard = decoded.get(index);
    if (shard === undefined) {
      shard = readShard(files[index]!);
      if (decoded.size >= heldAtMost) decoded.delete(decoded.keys().next().value!);
    } else decoded.delete(index);
    decoded.set(index, shard);
    return shard;
  };
  return {
    rows: texts.length,
    columns: width,
    files,
    found,
    row: (row) => {
      if (!(Number.isInteger(row) && row >= 0 && row < texts.length)) {
        throw new RangeError(`row must be in [0, ${texts.length}), received ${row}`);
      }
      const place = row % shardRows;
      return shardAt(Math.floor(row / shardRows)).subarray(place * width, (place + 1) * width);
    },
  };
};

const shardName = (model: string, role: string | undefined, texts: readonly string[]): string => {
  const hash = createHash('sha256').update(JSON.stringify([model, role ?? null, texts.length]));
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return `${role ?? 'text'}-${hash.digest('hex').slice(0, 32)}.safetensors`;
};

const formatShard = ({ data, rows, columns }: DenseMatrix): Uint8Array => {
  const header = JSON.stringify({
    vectors: { dtype: 'F16', shape: [rows, columns], data_offsets: [0, data.length * 2] },
  });
  // The format asks for data at a multiple of 8 bytes.
  const headerBytes = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8, ' '));
  const bytes = Buffer.alloc(8 + headerBytes.length + data.length * 2);
  bytes.writeBigUInt64LE(BigInt(headerBytes.length), 0);
  headerBytes.copy(bytes, 8);
  let offset = 8 + headerBytes.length;
  for (const value of data) offset = bytes.writeUInt16LE(float16Bits(value), offset);
  return bytes;
};

const readHeader = (path: string, head: Buffer): { readonly start: number; readonly shape: number[] } => {
  try {
    const length = Number(head.readBigUInt64LE(0));
    const { vectors } = JSON.parse(head.toString('utf8', 8, 8 + length));
    if (vectors.dtype !== 'F16' || vectors.shape.length !== 2) throw new Error('no float16 matrix');
    return { start: 8 + length, shape: vectors.shape };
  } catch (error) {
    throw new Error(`${path} is not a shard of vectors (${(error as Error).message}): remove it`);
  }
};

const shardColumns = (path: string, rows: number): number => {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(512);
    readSync(fd, head, 0, head.length, 0);
    const { shape } = readHeader(path, head);
    if (shape[0] !== rows) {
      throw new Error(`${path} must hold ${rows} vectors, received ${shape[0]}: remove it`);
    }
    return shape[1]!;
  } finally {
    closeSync(fd);
  }
};

/** Every half has one float32, so a table decodes a shard at the speed of memory. */
let halves: Float32Array | null = null;

const readShard = (path: string): Float32Array => {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => fromFloat16Bits(bits));
  const bytes = readFileSync(path);
  const { start, shape } = readHeader(path, bytes);
  const count = shape[0]! * shape[1]!;
  if (bytes.length !== start + 2 * count) throw new Error(`${path} is cut off: remove it`);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = halves[bytes.readUInt16LE(start + 2 * i)]!;
  return values;
};
