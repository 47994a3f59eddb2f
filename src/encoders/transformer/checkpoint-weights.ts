import { join } from 'node:path';
import { finiteWeights } from '../finite-weights.js';
import { filePath, folderFiles, type ModelFiles, readBytesOf, readObjectOf } from '../model-files.js';
import { exists, reasonOf } from '../read-files.js';
import { openSafetensors, openSafetensorsBytes, type SafetensorsReader } from '../safetensors.js';
import type { ParameterSpec } from './parameter-specs.js';

/** The tensors of a checkpoint, in one file or in shards. */
export interface CheckpointWeights {
  /** The file, or the index of the shards. */
  readonly path: string;
  readonly names: ReadonlySet<string>;
  shape(name: string): readonly number[] | undefined;
  /** @throws Error naming file and tensor when a value is NaN or infinite. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

const shardFiles = async (source: ModelFiles): Promise<Map<string, string>> => {
  const path = filePath(source, INDEX);
  const { weight_map: map } = await readObjectOf(source, INDEX);
  if (typeof map !== 'object' || map === null) throw new Error(`${path}: weight_map must be an object`);
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string' || file.includes('/') || file.includes('\\')) {
      throw new Error(`${path}: the file of ${name} must be a name in the same folder, found ${file}`);
    }
    files.set(name, file);
  }
  return files;
};

/** A file on a disk is read tensor by tensor; one from elsewhere is there as a whole. */
const openFile = async (from: string | ModelFiles, name: string): Promise<SafetensorsReader> => {
  if (typeof from === 'string') return openSafetensors(join(from, name));
  const bytes = await readBytesOf(from, name);
  try {
    return openSafetensorsBytes(bytes);
  } catch (error) {
    throw new Error(`cannot read ${filePath(from, name)}: ${reasonOf(error)}`, { cause: error });
  }
};

/** What a folder may hold in the place of safetensors, and what to do with it. */
const OTHER_FILES: readonly (readonly [name: string, advice: string])[] = [
  [
    'pytorch_model.bin',
    'it can run code and is not read: AutoModel.from_pretrained(…).save_pretrained(…) of transformers writes safetensors',
  ],
  ['onnx/model.onnx', 'OnnxEncoder of oasis-embed/onnx reads it'],
];

/** @throws Error naming the file that is missing, and what lies there instead. */
const refuseMissing = async (from: string | ModelFiles, path: string): Promise<void> => {
  for (const [name, advice] of OTHER_FILES) {
    if (await has(from, name)) throw new Error(`cannot read ${path}: no such file; of ${name}: ${advice}`);
  }
  throw new Error(`cannot read ${path}: no such file`);
};

const has = async (from: string | ModelFiles, name: string): Promise<boolean> =>
  typeof from === 'string' ? exists(join(from, name)) : (await from.read(name)) !== null;

/**
 * Opens model.safetensors, or the shards that model.safetensors.index.json lists.
 *
 * @throws Error naming the file that is missing, lies about its size, or lacks a tensor that the index promises.
 */
export const openCheckpoint = async (from: string | ModelFiles): Promise<CheckpointWeights> => {
  const files = typeof from === 'string' ? folderFiles(from) : from;
  const isSingle = await has(from, SINGLE);
  const isSharded = !isSingle && (await has(from, INDEX));
  if (!isSingle && !isSharded) await refuseMissing(from, filePath(files, SINGLE));
  const map = isSharded ? await shardFiles(files) : null;
  const readers = new Map<string, SafetensorsReader>();
  const owners = new Map<string, SafetensorsReader>();
  const close = async () => {
    for (const reader of readers.values()) await reader.close();
  };
  try {
    for (const file of new Set(map === null ? [SINGLE] : map.values())) {
      const reader = await openFile(from, file);
      readers.set(file, reader);
      if (map === null) for (const name of reader.shapes.keys()) owners.set(name, reader);
    }
    for (const [name, file] of map ?? []) {
      const reader = readers.get(file)!;
      if (!reader.shapes.has(name)) throw new Error(`${filePath(files, file)} has no tensor "${name}"`);
      owners.set(name, reader);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    path: filePath(files, isSharded ? INDEX : SINGLE),
    names: new Set(owners.keys()),
    shape: (name) => owners.get(name)?.shapes.get(name),
    read: async (name) => {
      const file = filePath(files, map?.get(name) ?? SINGLE);
      return finiteWeights(file, name, (await owners.get(name)!.read(name)).data);
    },
    close,
  };
};

/** Names in use before 2019. */
const olderName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

/**
 * The name that a checkpoint gives a tensor.
 *
 * @param prefixes What may stand before it.
 */
export const storedName = (
  names: ReadonlySet<string>,
  prefixes: readonly string[],
  wanted: string,
): string | undefined =>
  prefixes.flatMap((prefix) => [prefix + wanted, prefix + olderName(wanted)]).find((name) => names.has(name));

/** Copies [columns, rows] (transposed) or [rows, columns] into columns `start` and on of a matrix `width` wide. */
const place = (
  target: Float32Array,
  width: number,
  start: number,
  source: Float32Array,
  rows: number,
  columns: number,
  transposed: boolean,
) => {
  if (!transposed && columns === width) {
    target.set(source);
    return;
  }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      target[i * width + start + j] = source[transposed ? j * rows + i : i * columns + j]!;
    }
  }
};

/**
 * The values of one parameter, put together from the checkpoint's tensors.
 *
 * @param prefixes What may stand before their names.
 * @throws Error when a tensor is missing or has another shape than the config asks for.
 */
export const readParameter = async (
  weights: CheckpointWeights,
  { shape, parts, transposed, dense }: ParameterSpec,
  prefixes: readonly string[],
): Promise<Float32Array> => {
  const width = shape[shape.length - 1]!;
  const rows = shape.length === 1 ? 1 : shape[0]!;
  const values = new Float32Array(rows * width);
  let start = 0;
  for (const { name: described, columns } of parts) {
    const name = dense === null ? described : described.replace(`dense.${dense}.`, '');
    const expected = shape.length === 1 ? [columns] : transposed ? [columns, rows] : [rows, columns];
    const found = storedName(weights.names, prefixes, name);
    const has = found === undefined ? undefined : weights.shape(found);
    if (found === undefined || has?.join() !== expected.join()) {
      throw new Error(
        `${weights.path}: the weights must hold ${name} of shape [${expected.join(', ')}], found ` +
          (has === undefined ? 'no such tensor' : `[${has.join(', ')}]`),
      );
    }
    place(values, width, start, await weights.read(found), rows, columns, transposed);
    start += columns;
  }
  return values;
};
