import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions } from '../numerics/index.js';
import { isRepositoryName } from './cache-layout.js';
import { HubError } from './hub-error.js';
import { type OpenSnapshotOptions, openSnapshot } from './open-snapshot.js';

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isFile() ?? false;

/** What an encoder is loaded from: configuration, tokenizer, pooling, heads and weights as safetensors. */
const isModelFile = (path: string): boolean =>
  /(^|\/)[^/]+\.(json|txt|model)$/.test(path)
    ? !/^(onnx|openvino|coreml)\//.test(path)
    : /^(\d+_\w+\/)?(model|adapter_model)(-\d{5}-of-\d{5})?\.safetensors$/.test(path);

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
}

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
    const { folder } = await openSnapshot(nameOrFolder, {
      include: isModelFile,
      isComplete: hasWeights,
      ...options,
      type: 'model',
    });
    return folder;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new HubError(error.kind, `there is no folder ${nameOrFolder}, and ${error.message}`, {
      cause: error,
    });
  }
};
