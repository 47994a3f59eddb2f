import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';

/** A named float32 array of a safetensors file. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const HEADER_LIMIT = 100_000_000;
const METADATA = '__metadata__';

const widthOf: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const decode = (bytes: Uint8Array, dtype: string): Float32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength / widthOf[dtype]!;
  const values = new Float32Array(length);
  if (dtype === 'F32') for (let i = 0; i < length; i++) values[i] = view.getFloat32(i * 4, true);
  else if (dtype === 'F64') for (let i = 0; i < length; i++) values[i] = view.getFloat64(i * 8, true);
  else if (dtype === 'F16')
    for (let i = 0; i < length; i++) values[i] = halfToFloat(view.getUint16(i * 2, true));
  else {
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < length; i++) bits[i] = view.getUint16(i * 2, true) << 16;
  }
  return values;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const checkedEntry = (name: string, value: unknown, available: number): Entry => {
  if (!isRecord(value)) throw new Error(`tensor "${name}": the header entry must be an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === 'string' ? widthOf[dtype] : undefined;
  if (typeof dtype !== 'string' || width === undefined) {
    throw new Error(
      `tensor "${name}": dtype must be one of ${Object.keys(widthOf).join(', ')}, received ${dtype}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new Error(
      `tensor "${name}": shape must be a list of whole numbers, received ${JSON.stringify(shape)}`,
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw new Error(
      `tensor "${name}": data_offsets must be [begin, end], received ${JSON.stringify(offsets)}`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product: number, size: number) => product * size, width);
  if (end - begin !== bytes || end > available) {
    throw new Error(
      `tensor "${name}": ${dtype} [${shape.join(', ')}] needs ${bytes} bytes, data_offsets are [${begin}, ${end}] ` +
        `in ${available} bytes of data`,
    );
  }
  return { name, dtype, shape, begin, end };
};

/**
 * Parses the bytes of a safetensors file. Float16, bfloat16 and float64 tensors are widened or rounded to float32.
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
  if (bytes.byteLength < 8)
    throw new Error(`a safetensors file has at least 8 bytes, received ${bytes.byteLength}`);
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (headerLength > BigInt(HEADER_LIMIT) || Number(headerLength) + 8 > bytes.byteLength) {
    throw new Error(`the header claims ${headerLength} bytes, the file has ${bytes.byteLength}`);
  }
  const dataStart = 8 + Number(headerLength);
  const headerText = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart));
  const header: unknown = JSON.parse(headerText);
  if (!isRecord(header)) throw new Error('the header must be a JSON object');
  const available = bytes.byteLength - dataStart;
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => checkedEntry(name, value, available))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      throw new Error(
        `tensor "${entry.name}" begins at byte ${entry.begin}, the one before it ends at ${end}`,
      );
    }
    end = entry.end;
  }
  if (end !== available) throw new Error(`the tensors end at byte ${end}, the data at ${available}`);
  const metadata = header[METADATA] ?? {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new Error(`${METADATA} must map strings to strings`);
  }
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end: stop }) => [
      name,
      { shape, data: decode(bytes.subarray(dataStart + begin, dataStart + stop), dtype) },
    ]),
  );
  return { tensors, metadata: metadata as Record<string, string> };
};

/** Lays tensors out as the bytes of a safetensors file, float32, in the order given. */
export const formatSafetensors = (
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== data.length) {
      throw new RangeError(
        `tensor "${name}": shape [${shape.join(', ')}] holds ${size} values, received ${data.length}`,
      );
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.length * 4] };
    offset += data.length * 4;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded);
  bytes.set(text, 8);
  let position = 8 + padded;
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i++) view.setFloat32(position + i * 4, data[i]!, true);
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
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
};

/** Writes a safetensors file whole or not at all: an interrupted write leaves the old file as it was. */
export const writeSafetensors = async (
  path: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => {
  await writeFileAtomic(path, Buffer.from(formatSafetensors(tensors, metadata).buffer));
};
