import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../../encoders/transformer/index.js';
import { openOnnxWeights } from './open-onnx-weights.js';
import type { OnnxModelFolder } from './read-model-folder.js';
import { type WeightDescription, weightList } from './weight-list.js';
import type { WeightsSource } from './weights-source.js';

/** The weights of a model, by name; training changes the values in place. */
export type ModelWeights = Map<string, Float32Array>;

/** Names in use before 2019. */
const olderName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

const storedName = (
  { names, allowsPrefix }: WeightsSource,
  prefixes: readonly string[],
  name: string,
): string | undefined => {
  const known = prefixes
    .flatMap((prefix) => [prefix + name, prefix + olderName(name)])
    .find((candidate) => names.has(candidate));
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
      const found = storedName(source, prefixes, rename(name));
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

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const openSafetensorsWeights = async (directory: string): Promise<WeightsSource> => ({
  ...(await openCheckpoint(directory)),
  path: directory,
  allowsPrefix: false,
});

/** Safetensors where there are some; else an export to ONNX. */
const openWeights = async (directory: string): Promise<WeightsSource> => {
  const stored = ['model.safetensors', 'model.safetensors.index.json'];
  for (const name of stored)
    if (await isThere(join(directory, name))) return openSafetensorsWeights(directory);
  for (const name of ['onnx/model.onnx', 'model.onnx']) {
    const path = join(directory, name);
    if (await isThere(path)) return openOnnxWeights(path);
  }
  return openSafetensorsWeights(directory);
};

/**
 * The weights of the linear maps behind the pooling, each in its module's folder.
 *
 * @throws Error naming folder and tensor that is missing or has another shape than the folder's config says.
 */
export const readDenseWeights = async ({
  root,
  dense,
  settings,
}: Pick<OnnxModelFolder, 'root' | 'dense' | 'settings'>): Promise<ModelWeights> => {
  const weights: ModelWeights = new Map();
  for (const [index, { map }] of dense.entries()) {
    const source = await openSafetensorsWeights(join(root, settings.dense[index]!.path));
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
export const readWeights = async (folder: OnnxModelFolder): Promise<ModelWeights> => {
  const { directory, model } = folder;
  const ofHead = await readDenseWeights(folder);
  const list = weightList(model).filter(({ name }) => !ofHead.has(name));
  const weights = await readAll(await openWeights(directory), list, model.transformer.prefixes);
  for (const [name, values] of ofHead) weights.set(name, values);
  return weights;
};
