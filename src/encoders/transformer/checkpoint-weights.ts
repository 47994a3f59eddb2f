import { join } from 'node:path';
import { exists, readJsonObject } from '../read-files.js';
import { openSafetensors, type SafetensorsReader } from '../safetensors.js';
import type { ParameterSpec } from './parameter-specs.js';

/** The tensors of a checkpoint, in one file or in shards. */
export interface CheckpointWeights {
  readonly names: ReadonlySet<string>;
  shape(name: string): readonly number[] | undefined;
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const shardFiles = async (directory: string): Promise<Map<string, string>> => {
  const path = join(directory, 'model.safetensors.index.json');
  const { weight_map: map } = await readJsonObject(path);
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

/**
 * Opens model.safetensors, or the shards that model.safetensors.index.json lists.
 *
 * @throws Error naming the file that is missing, lies about its size, or lacks a tensor that the index promises.
 */
export const openCheckpoint = async (directory: string): Promise<CheckpointWeights> => {
  const single = 'model.safetensors';
  const isSharded =
    !(await exists(join(directory, single))) &&
    (await exists(join(directory, 'model.safetensors.index.json')));
  const map = isSharded ? await shardFiles(directory) : null;
  const readers = new Map<string, SafetensorsReader>();
  const owners = new Map<string, SafetensorsReader>();
  const close = async () => {
    for (const reader of readers.values()) await reader.close();
  };
  try {
    for (const file of new Set(map === null ? [single] : map.values())) {
      const reader = await openSafetensors(join(directory, file));
      readers.set(file, reader);
      if (map === null) for (const name of reader.shapes.keys()) owners.set(name, reader);
    }
    for (const [name, file] of map ?? []) {
      const reader = readers.get(file)!;
      if (!reader.shapes.has(name)) throw new Error(`${join(directory, file)} has no tensor "${name}"`);
      owners.set(name, reader);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    names: new Set(owners.keys()),
    shape: (name) => owners.get(name)?.shapes.get(name),
    read: async (name) => (await owners.get(name)!.read(name)).data,
    close,
  };
};

/** What stands before a base model's names when the checkpoint is of a model with a head. */
const PREFIXES = ['', 'bert.', 'roberta.', 'model.', 'transformer.'];

/** Names in use before 2019. */
const olderName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

/** The tensor's name in this checkpoint. */
export const checkpointName = (names: ReadonlySet<string>, wanted: string): string | undefined =>
  PREFIXES.flatMap((prefix) => [`${prefix}${wanted}`, `${prefix}${olderName(wanted)}`]).find((name) =>
    names.has(name),
  );

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
 * @throws Error when a tensor is missing or has another shape than the config asks for.
 */
export const readParameter = async (
  weights: CheckpointWeights,
  { shape, parts, transposed }: ParameterSpec,
  directory: string,
): Promise<Float32Array> => {
  const width = shape[shape.length - 1]!;
  const rows = shape.length === 1 ? 1 : shape[0]!;
  const values = new Float32Array(rows * width);
  let start = 0;
  for (const { name, columns } of parts) {
    const expected = shape.length === 1 ? [columns] : transposed ? [columns, rows] : [rows, columns];
    const found = checkpointName(weights.names, name);
    const has = found === undefined ? undefined : weights.shape(found);
    if (found === undefined || has?.join() !== expected.join()) {
      throw new Error(
        `${directory}: the weights must hold ${name} of shape [${expected.join(', ')}], found ` +
          (has === undefined ? 'no such tensor' : `[${has.join(', ')}]`),
      );
    }
    place(values, width, start, await weights.read(found), rows, columns, transposed);
    start += columns;
  }
  return values;
};
