import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { streamFile } from './stream-file.js';
import type { TextList } from './text-list.js';

/** The last bytes of a file of texts: the magic, the number of texts, and the SHA-256 of what they are. */
const MAGIC = 'texts-01';
/** The bytes of MAGIC, a number of 8 bytes and a digest; no expression, so that bundles of other parts drop it. */
const FOOTER = 48;
const BLOCK = 1_048_576;

/**
 * Writes texts to a file that {@link TextFile} opens, atomically.
 *
 * The file holds the texts in UTF-8 one after another, then a float64 offset for each and one for the end, then a footer.
 *
 * @returns How many texts there were.
 */
export const writeTextFile = async (
  path: string,
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<number> => {
  const offsets = createOffsets();
  await streamFile(path, async (file) => {
    const hash = createHash('sha256');
    let block: Buffer[] = [];
    let held = 0;
    let bytes = 0;
    const flush = async () => {
      const whole = Buffer.concat(block);
      hash.update(whole);
      await file.writeFile(whole);
      block = [];
      held = 0;
    };
    for await (const text of texts) {
      const encoded = Buffer.from(text);
      offsets.push(bytes);
      block.push(encoded);
      bytes += encoded.length;
      held += encoded.length;
      if (held >= BLOCK) await flush();
    }
    await flush();
    offsets.push(bytes);
    const table = offsets.bytes();
    const footer = Buffer.alloc(FOOTER);
    footer.write(MAGIC);
    footer.writeDoubleLE(offsets.length - 1, MAGIC.length);
    hash
      .update(table)
      .digest()
      .copy(footer, MAGIC.length + 8);
    await file.writeFile(table);
    await file.writeFile(footer);
  });
  return offsets.length - 1;
};

/** Numbers in an array that grows. */
const createOffsets = () => {
  let values = new Float64Array(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value: number) {
      if (length === values.length) {
        const larger = new Float64Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    bytes: () => new Uint8Array(values.buffer, 0, length * 8),
  };
};

/**
 * Texts on disk, for sets that do not fit in memory: 8 bytes per text stay in memory.
 *
 * A text costs one read of its bytes; all of them in order are read in blocks of a megabyte.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TextFile, writeTextFile } from 'oasis-embed/encoders';
 *
 * const path = join(tmpdir(), 'documents.texts');
 * await writeTextFile(path, ['const a = 1;', 'const b = 2;']);
 * const documents = TextFile.open(path);
 * console.log(documents.length, documents.at(1)); // 2 'const b = 2;'
 * documents.close();
 * ```
 */
export class TextFile implements TextList {
  readonly length: number;
  readonly fingerprint: string;
  readonly #path: string;
  readonly #file: number;
  readonly #offsets: Float64Array;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
    const { size } = fstatSync(file);
    if (size < FOOTER) throw new Error('the file is too short to be one of texts');
    const footer = this.#read(size - FOOTER, FOOTER);
    if (footer.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('not a file of texts');
    this.length = footer.readDoubleLE(MAGIC.length);
    const start = size - FOOTER - (this.length + 1) * 8;
    if (!(Number.isSafeInteger(this.length) && start >= 0))
      throw new Error('its footer does not fit the file');
    // Read into memory of its own, which is aligned.
    this.#offsets = new Float64Array(this.length + 1);
    this.#readInto(new Uint8Array(this.#offsets.buffer), start);
    if (this.#offsets[this.length] !== start) throw new Error('its offsets do not fit the file');
    this.fingerprint = footer.toString('hex', MAGIC.length + 8);
  }

  /** @throws Error naming the file when it is missing or not one that {@link writeTextFile} wrote. */
  static open(path: string): TextFile {
    let file: number | null = null;
    try {
      file = openSync(path, 'r');
      return new TextFile(path, file);
    } catch (error) {
      if (file !== null) closeSync(file);
      throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  at(row: number): string | undefined {
    const place = row < 0 ? this.length + row : row;
    const start = this.#offsets[place];
    const end = this.#offsets[place + 1];
    return start === undefined || end === undefined ? undefined : this.#read(start, end - start).toString();
  }

  *[Symbol.iterator](): Generator<string> {
    const offsets = this.#offsets;
    for (let from = 0, to: number; from < this.length; from = to) {
      to = from + 1;
      while (to < this.length && offsets[to + 1]! - offsets[from]! <= BLOCK) to++;
      const start = offsets[from]!;
      const block = this.#read(start, offsets[to]! - start);
      for (let row = from; row < to; row++)
        yield block.toString('utf8', offsets[row]! - start, offsets[row + 1]! - start);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(start: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.#readInto(bytes, start);
    return bytes;
  }

  #readInto(bytes: Uint8Array, start: number): void {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#file, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw new Error(`${this.#path} ends at byte ${start + done}`);
      done += count;
    }
  }
}
