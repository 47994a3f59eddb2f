import { type FileHandle, open, readFile } from 'node:fs/promises';
import { streamFile } from '../numerics/index.js';
import { reasonOf } from './read-files.js';
import { decodeValues, headerLength, METADATA, parseHeader } from './safetensors-header.js';

/** A named float32 array of a safetensors file. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor whose values are read only when needed, so that a model is not held in memory twice. */
export interface LazyTensor {
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** A named array of bytes with a sign, to be written: a quarter of the room. Read back, its values are float32. */
export interface Int8Tensor {
  readonly shape: readonly number[];
  readonly data: Int8Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An open safetensors file: the header in memory, the data on disk. */
export interface SafetensorsReader {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
  /** @throws Error when the file has no tensor of this name. */
  read(name: string): Promise<NamedTensor>;
  close(): Promise<void>;
}

/**
 * Parses the bytes of a safetensors file. Other floats and whole numbers are widened or rounded to float32.
 *
 * @throws Error when the header is cut off, is not the JSON the format asks for, or when tensors overlap, leave
 * holes, or reach beyond the data.
 *
 * @example
 * ```ts
 * import { formatSafetensors, parseSafetensors } from 'oasis-embed/encoders';
 *
 * const weights = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
 * const bytes = formatSafetensors(new Map([['weights', weights]]), { format: 'pt' });
 * console.log(parseSafetensors(bytes).tensors.get('weights')?.shape); // [2, 2]
 * ```
 */
export const parseSafetensors = (bytes: Uint8Array): SafetensorsFile => {
  const dataStart = 8 + headerLength(bytes, bytes.byteLength);
  const { entries, metadata } = parseHeader(bytes.subarray(8, dataStart), bytes.byteLength - dataStart);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      { shape, data: decodeValues(bytes.subarray(dataStart + begin, dataStart + end), dtype) },
    ]),
  );
  return { tensors, metadata };
};

/** Reads tensors one at a time, from wherever their bytes lie. */
const readerOf = (
  { entries, metadata }: ReturnType<typeof parseHeader>,
  file: string,
  bytesOf: (begin: number, end: number) => Uint8Array | Promise<Uint8Array>,
  close: () => Promise<void>,
): SafetensorsReader => {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    shapes: new Map(entries.map(({ name, shape }) => [name, shape])),
    metadata,
    async read(name) {
      const entry = byName.get(name);
      if (entry === undefined) throw new Error(`${file} has no tensor "${name}"`);
      return { shape: entry.shape, data: decodeValues(await bytesOf(entry.begin, entry.end), entry.dtype) };
    },
    close,
  };
};

/** Opens the bytes of a safetensors file: tensors are decoded one at a time. @throws As {@link parseSafetensors}. */
export const openSafetensorsBytes = (bytes: Uint8Array): SafetensorsReader => {
  const dataStart = 8 + headerLength(bytes, bytes.byteLength);
  const header = parseHeader(bytes.subarray(8, dataStart), bytes.byteLength - dataStart);
  return readerOf(
    header,
    'the file',
    (begin, end) => bytes.subarray(dataStart + begin, dataStart + end),
    async () => {},
  );
};

/** The header with its length before it, and the number of bytes of data that it describes. */
const formatHeader = (
  tensors: ReadonlyMap<string, NamedTensor | LazyTensor | Int8Tensor>,
  metadata: Readonly<Record<string, string>>,
): { readonly header: Uint8Array; readonly dataSize: number } => {
  const entries: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) entries[METADATA] = metadata;
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const { shape } = tensor;
    const isBytes = 'data' in tensor && tensor.data instanceof Int8Array;
    const end = offset + shape.reduce((product, length) => product * length, isBytes ? 1 : 4);
    entries[name] = { dtype: isBytes ? 'I8' : 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(entries));
  const padded = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + padded);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.fill(0x20, 8);
  header.set(text, 8);
  return { header, dataSize: offset };
};

const checkSize = (name: string, shape: readonly number[], data: Float32Array | Int8Array) => {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    throw new RangeError(
      `tensor "${name}": shape [${shape.join(', ')}] holds ${size} values, received ${data.length}`,
    );
  }
};

const putValues = (target: Uint8Array, start: number, data: Float32Array) => {
  const view = new DataView(target.buffer, target.byteOffset + start, data.length * 4);
  for (let i = 0; i < data.length; i++) view.setFloat32(i * 4, data[i]!, true);
};

/** Lays tensors out as the bytes of a safetensors file, float32, in the order given. */
export const formatSafetensors = (
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  for (const [name, { shape, data }] of tensors) checkSize(name, shape, data);
  const { header, dataSize } = formatHeader(tensors, metadata);
  const bytes = new Uint8Array(header.length + dataSize);
  bytes.set(header);
  let position = header.length;
  for (const { data } of tensors.values()) {
    putValues(bytes, position, data);
    position += data.length * 4;
  }
  return bytes;
};

/**
 * Reads a safetensors file.
 *
 * @throws Error naming the file when it is missing or when its header lies; see {@link parseSafetensors}.
 * @see https://huggingface.co/docs/safetensors
 */
export const readSafetensors = async (path: string): Promise<SafetensorsFile> => {
  try {
    return parseSafetensors(await readFile(path));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
};

/** One read call takes less than 2 GiB. */
const CHUNK = 1 << 28;

const readBytes = async (file: FileHandle, start: number, size: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(CHUNK, size - done), start + done);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${start + done}`);
    done += bytesRead;
  }
  return bytes;
};

/**
 * Opens a safetensors file of any size: tensors are read one at a time.
 *
 * @throws Error naming the file when it is missing or when its header lies; see {@link parseSafetensors}.
 */
export const openSafetensors = async (path: string): Promise<SafetensorsReader> => {
  let file: FileHandle | undefined;
  try {
    const opened = await open(path, 'r');
    file = opened;
    const { size } = await opened.stat();
    const dataStart = 8 + headerLength(size < 8 ? new Uint8Array(8) : await readBytes(opened, 0, 8), size);
    const header = parseHeader(await readBytes(opened, 8, dataStart - 8), size - dataStart);
    return readerOf(
      header,
      path,
      (begin, end) => readBytes(opened, dataStart + begin, end - begin),
      () => opened.close(),
    );
  } catch (error) {
    await file?.close();
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
};

/** Writes a safetensors file atomically, float32 and int8: an interrupted write leaves the old file as it was. */
export const writeSafetensors = (
  path: string,
  tensors: ReadonlyMap<string, NamedTensor | LazyTensor | Int8Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> =>
  streamFile(path, async (file) => {
    await file.writeFile(formatHeader(tensors, metadata).header);
    for (const [name, tensor] of tensors) {
      const data = 'data' in tensor ? tensor.data : await tensor.read();
      checkSize(name, tensor.shape, data);
      if (data instanceof Int8Array) {
        await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.length));
        continue;
      }
      const bytes = new Uint8Array(data.length * 4);
      putValues(bytes, 0, data);
      await file.writeFile(bytes);
    }
  });
