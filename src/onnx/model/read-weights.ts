import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type WeightDescription, weightList } from '../../encoders/description/index.js';
import type { ModelFolder } from '../../encoders/transformer/index.js';
import {
  filePath,
  joinNames,
  type ModelFiles,
  openCheckpoint,
  storedName,
} from '../../encoders/transformer/index.js';
import { openOnnxWeights } from './open-onnx-weights.js';
import type { WeightsSource } from './weights-source.js';

/** The weights of a model, by name; training changes the values in place. */
export type ModelWeights = Map<string, Float32Array>;

const nameIn = (
  { names, allowsPrefix }: WeightsSource,
  prefixes: readonly string[],
  name: string,
): string | undefined => {
  const known = storedName(names, prefixes, name);
  if (known !== undefined || !allowsPrefix) return known;
  const longer = [...names].filter((candidate) => candidate.endsWith(`.${name}`));
  return longer.length === 1 ? longer[0] : undefined;
};

const readAll = async (
  source: WeightsSource,
  list: readonly WeightDescription[],
  prefixes: readonly string[],
  rename: (name: string) => string = (name) => name,
): Promise<ModelWeights> => {
  try {
    const weights: ModelWeights = new Map();
    for (const { name, shape } of list) {
      const found = nameIn(source, prefixes, rename(name));
      const stored = found === undefined ? undefined : source.shape(found);
      if (found === undefined || stored?.join() !== shape.join()) {
        throw new Error(
          `${source.path}: the weights must hold ${rename(name)} of shape [${shape.join(', ')}], found ` +
            (stored === undefined ? 'no such tensor' : `[${stored.join(', ')}]`),
        );
      }
      weights.set(name, await source.read(found));
    }
    return weights;
  } finally {
    await source.close();
  }
};

/** A folder inside another one, on a disk or elsewhere. */
const inside = (from: string | ModelFiles, folder: string): string | ModelFiles => {
  if (typeof from === 'string') return join(from, folder);
  if (folder === '') return from;
  const { root, read } = from;
  return { root: joinNames(root, folder), read: (name) => read.call(from, joinNames(folder, name)) };
};

const isThere = async (from: string | ModelFiles, name: string): Promise<boolean> =>
  typeof from === 'string'
    ? access(join(from, name)).then(
        () => true,
        () => false,
      )
    : (await from.read(name)) !== null;

const openSafetensorsWeights = async (from: string | ModelFiles): Promise<WeightsSource> => ({
  ...(await openCheckpoint(from)),
  allowsPrefix: false,
});

/** Safetensors where there are some; else an export to ONNX. */
const openWeights = async (from: string | ModelFiles): Promise<WeightsSource> => {
  const stored = ['model.safetensors', 'model.safetensors.index.json'];
  for (const name of stored) if (await isThere(from, name)) return openSafetensorsWeights(from);
  for (const name of ['onnx/model.onnx', 'model.onnx']) {
    if (!(await isThere(from, name))) continue;
    return typeof from === 'string'
      ? openOnnxWeights(join(from, name))
      : openOnnxWeights(filePath(from, name), (await from.read(name))!);
  }
  return openSafetensorsWeights(from);
};

/**
 * The weights of the linear maps behind the pooling, each in its module's folder.
 *
 * @throws Error naming folder and tensor that is missing or has another shape than the folder's config says.
 */
export const readDenseWeights = async ({
  from,
  dense,
  settings,
}: Pick<ModelFolder, 'from' | 'dense' | 'settings'>): Promise<ModelWeights> => {
  const weights: ModelWeights = new Map();
  for (const [index, { map }] of dense.entries()) {
    const source = await openSafetensorsWeights(inside(from, settings.dense[index]!.path));
    const list = [{ name: map.weight, shape: [map.outputs, map.inputs], layer: 0 }];
    if (map.bias !== null) list.push({ name: map.bias, shape: [map.outputs], layer: 0 });
    const rename = (name: string) => name.replace(`dense.${index}.`, '');
    for (const [name, values] of await readAll(source, list, [''], rename)) weights.set(name, values);
  }
  return weights;
};

/**
 * Reads every weight that a description names from a folder's model.safetensors or its shards, or, where there are none,
 * from onnx/model.onnx in float32; those of linear maps behind the pooling from their own folders.
 *
 * @throws Error naming folder or file, and the tensor that is missing or has another shape than the config asks for.
 */
export const readWeights = async (folder: ModelFolder): Promise<ModelWeights> => {
  const { from, settings, model } = folder;
  const ofHead = await readDenseWeights(folder);
  const list = weightList(model).filter(({ name }) => !ofHead.has(name));
  const weights = await readAll(
    await openWeights(inside(from, settings.modelPath)),
    list,
    model.transformer.prefixes,
  );
  for (const [name, values] of ofHead) weights.set(name, values);
  return weights;
};
