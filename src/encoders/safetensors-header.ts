import { repeatedKey } from './repeated-key.js';

/** A tensor's place in a safetensors file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const HEADER_LIMIT = 100_000_000;
export const METADATA = '__metadata__';

/** Bytes a value. */
export const widthOf: Readonly<Record<string, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const checkedEntry = (name: string, value: unknown, available: number): SafetensorsEntry => {
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

/** What Git leaves of a large file where Git LFS is not installed, begins so. */
const isPointer = (start: Uint8Array): boolean =>
  new TextDecoder().decode(start.subarray(0, 8)) === 'version ';

const POINTER = 'it is a pointer of Git LFS in the place of the file: fetch that with git lfs pull';

/**
 * The length of the header, from the first 8 bytes of a file.
 *
 * @throws Error when it is more than the file or the format has room for.
 */
export const headerLength = (start: Uint8Array, fileSize: number): number => {
  if (fileSize < 8) throw new Error(`a safetensors file has at least 8 bytes, received ${fileSize}`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (isPointer(start)) throw new Error(POINTER);
  if (length > BigInt(HEADER_LIMIT) || Number(length) + 8 > fileSize) {
    throw new Error(`the header claims ${length} bytes, the file has ${fileSize}`);
  }
  return Number(length);
};

/**
 * Reads a header and holds it against the size of the data.
 *
 * @throws Error when it is not the JSON the format asks for, names a key twice, or when tensors overlap, leave holes, or reach beyond
 * the data.
 */
export const parseHeader = (bytes: Uint8Array, available: number): SafetensorsHeader => {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const header: unknown = JSON.parse(text);
  if (!isRecord(header)) throw new Error('the header must be a JSON object');
  const repeated = repeatedKey(text);
  if (repeated !== null) throw new Error(`the header has the key ${JSON.stringify(repeated)} twice`);
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
  return { entries, metadata: metadata as Record<string, string> };
};

const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

type Read = (view: DataView, at: number) => number;

const readers: Readonly<Record<string, Read>> = {
  F32: (view, at) => view.getFloat32(at, true),
  F64: (view, at) => view.getFloat64(at, true),
  F16: (view, at) => halfToFloat(view.getUint16(at, true)),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** A tensor's bytes as float32: narrower floats widened, wider floats and whole numbers rounded. */
export const decodeValues = (bytes: Uint8Array, dtype: string): Float32Array => {
  if (dtype === 'I8')
    return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = widthOf[dtype]!;
  const values = new Float32Array(bytes.byteLength / width);
  const read = readers[dtype];
  if (read === undefined) {
    // bfloat16 is the upper half of a float32.
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(i * 2, true) << 16;
    return values;
  }
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * width);
  return values;
};
