import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as zlib from 'node:zlib';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

const firstBytes = async (path: string): Promise<Uint8Array> => {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(4);
    const { bytesRead } = await file.read(bytes, 0, 4, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const startsWith = (bytes: Uint8Array, wanted: readonly number[]): boolean =>
  wanted.every((byte, i) => bytes[i] === byte);

/** Node.js has Zstandard from 22.15 on; Node.js 22 ends at the first frame and drops the others without a word. */
const readsAllFrames = (): boolean => {
  const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: (data: Uint8Array) => Uint8Array };
  // "a", and "a" again: as pzstd writes a file, one frame after the other.
  const frame = [...ZSTD, 0x20, 1, 9, 0, 0, 0x61];
  return zstdDecompressSync?.(Uint8Array.from([...frame, ...frame])).length === 2;
};

const zstdUnpacker = async (): Promise<Transform> => {
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => Transform };
  if (createZstdDecompress !== undefined && readsAllFrames()) return createZstdDecompress();
  const { Decompress } = await import('fzstd');
  const unpack = (chunk: Uint8Array, final: boolean, done: (error?: Error) => void) => {
    try {
      decoder.push(chunk, final);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
  const stream = new Transform({
    transform: (chunk: Uint8Array, _, done) => unpack(chunk, false, done),
    flush: (done) => unpack(new Uint8Array(0), true, done),
  });
  const decoder = new Decompress((data) => stream.push(Buffer.from(data)));
  return stream;
};

/** What unpacks the file, by its first bytes; null for plain text. */
const unpacker = async (path: string): Promise<Transform | null> => {
  const bytes = await firstBytes(path);
  if (startsWith(bytes, GZIP)) return zlib.createGunzip();
  return startsWith(bytes, ZSTD) ? zstdUnpacker() : null;
};

/** Lines end at a line feed alone: `readline` also ends them at U+2028, which JSON strings may hold. */
async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split(
      '\n',
    );
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

/**
 * The lines of a text file, numbered from 1, unpacked where it is gzip or Zstandard, whatever its name. Constant memory.
 */
export async function* readLines(path: string): AsyncGenerator<readonly [number, string]> {
  const transform = await unpacker(path);
  const file = createReadStream(path);
  const input: Readable = transform === null ? file : file.pipe(transform);
  file.on('error', (error) => input.destroy(error));
  let number = 0;
  try {
    for await (const line of splitLines(input)) {
      number += 1;
      yield [number, number === 1 ? line.replace(/^\uFEFF/, '') : line];
    }
  } finally {
    file.destroy();
  }
}
