import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions } from '../numerics/index.js';
import { isRepositoryName } from './cache-layout.js';
import { HubError } from './hub-error.js';
import { findSnapshot, type OpenSnapshotOptions, openSnapshot } from './open-snapshot.js';

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isFile() ?? false;

/** Configuration, tokenizer, pooling. */
const isSetting = (path: string): boolean =>
  /\.(json|txt|model)$/.test(path) && !/^(onnx|openvino|coreml)\//.test(path);

/** What an encoder is loaded from: settings, heads and weights as safetensors. */
const isModelFile = (path: string): boolean =>
  isSetting(path) || /^(\d+_\w+\/)?(model|adapter_model)(-\d{5}-of-\d{5})?\.safetensors$/.test(path);

/** Where exporters put the file that holds a whole model in float32. */
const EXPORT = 'onnx/model.onnx';

/** An ONNX file in the place of the weights, with what it keeps beside itself, and linear maps behind the pooling. */
const withOnnxFile = (file: string) => ({
  include: (path: string) =>
    [file, `${file}_data`, `${file}.data`].includes(path) ||
    isSetting(path) ||
    /^\d+_\w+\/model\.safetensors$/.test(path),
  isComplete: async (folder: string) => {
    for (const name of ['config.json', 'tokenizer.json', file])
      if (!(await isFile(join(folder, name)))) return false;
    return true;
  },
});

/** Models of this project name their kind, and have no tokenizer of Hugging Face's. */
const isOwnKind = async (folder: string): Promise<boolean> => {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '{}');
  return /"kind"\s*:/.test(text);
};

const hasWeights = async (folder: string): Promise<boolean> => {
  if (!(await isFile(join(folder, 'config.json')))) return false;
  if (!(await isFile(join(folder, 'tokenizer.json'))) && !(await isOwnKind(folder))) return false;
  const index = await readFile(join(folder, 'model.safetensors.index.json'), 'utf8').catch(() => null);
  if (index === null) return isFile(join(folder, 'model.safetensors'));
  const shards = new Set(index.match(/[\w.-]+\.safetensors/g));
  for (const shard of shards) if (!(await isFile(join(folder, shard)))) return false;
  return shards.size > 0;
};

/** Where {@link openModelFolder} looks for a model, and whether it may download. */
export interface OpenModelFolderOptions
  extends Pick<
    OpenSnapshotOptions,
    'endpoint' | 'token' | 'offline' | 'cacheFolder' | 'revision' | 'include' | 'onProgress' | 'signal'
  > {
  /**
   * Whether a folder of the cache has all that is wanted.
   * @defaultValue it has config.json, tokenizer.json (or is of a kind of this project) and weights as safetensors
   */
  readonly isComplete?: (folder: string) => boolean | Promise<boolean>;
  /**
   * An ONNX file of the repository that is wanted in the place of its weights as safetensors, such as
   * `onnx/model_quantized.onnx`.
   * @defaultValue `onnx/model.onnx` where the repository has no safetensors
   */
  readonly onnxFile?: string;
}

/** Safetensors where the repository has them, else its export to ONNX. */
const openWeights = async (name: string, options: OpenModelFolderOptions): Promise<string> => {
  const { onnxFile, ...rest } = options;
  const open = async (wanted: ReturnType<typeof withOnnxFile>) =>
    (await openSnapshot(name, { ...wanted, ...rest, type: 'model' })).folder;
  if (onnxFile !== undefined) return open(withOnnxFile(onnxFile));
  const isChosen = rest.include !== undefined || rest.isComplete !== undefined;
  try {
    const folder = await open({ include: isModelFile, isComplete: hasWeights });
    return isChosen || (await hasWeights(folder)) ? folder : await open(withOnnxFile(EXPORT));
  } catch (error) {
    const isAway = error instanceof HubError && ['offline', 'unreachable'].includes(error.kind);
    if (!isAway || isChosen) throw error;
    const { revision, cacheFolder } = rest;
    const cached = await findSnapshot(name, {
      ...(revision === undefined ? {} : { revision }),
      ...(cacheFolder === undefined ? {} : { cacheFolder }),
    });
    if (cached !== null && (await withOnnxFile(EXPORT).isComplete(cached.folder))) return cached.folder;
    throw error;
  }
};

/**
 * The folder of a model: the one named, or, where there is none of that name, the repository `owner/name` of the Hugging
 * Face hub, from its cache or downloaded.
 *
 * @throws HubError when it is neither a folder nor in the cache and cannot be downloaded.
 * @throws RangeError when it is no folder and cannot be the name of a repository.
 *
 * @example
 * ```ts
 * import { openModelFolder } from 'oasis-embed/hub';
 * try {
 *   console.log(await openModelFolder('owner/name', { offline: true }));
 * } catch (error) {
 *   console.log((error as Error).message); // there is no folder …, and … is not in …/hub, and HF_HUB_OFFLINE forbids to download it: …
 * }
 * ```
 */
export const openModelFolder = async (
  nameOrFolder: string,
  options: OpenModelFolderOptions = {},
): Promise<string> => {
  checkOptions('openModelFolder', options, {
    endpoint: true,
    token: true,
    offline: true,
    cacheFolder: true,
    revision: true,
    include: true,
    isComplete: true,
    onnxFile: true,
    onProgress: true,
    signal: true,
  });
  const found = await stat(nameOrFolder).catch(() => null);
  if (found?.isDirectory()) return nameOrFolder;
  if (!nameOrFolder.includes('/') || !isRepositoryName(nameOrFolder)) {
    throw new RangeError(
      `model must be a folder that is there, or a name such as owner/name, received ${nameOrFolder}`,
    );
  }
  try {
    return await openWeights(nameOrFolder, options);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new HubError(error.kind, `there is no folder ${nameOrFolder}, and ${error.message}`, {
      cause: error,
    });
  }
};
