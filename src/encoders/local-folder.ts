import { basename, resolve } from 'node:path';
import { exists } from './read-files.js';

/**
 * The folder of a model; a name such as owner/name that is no folder is looked up in the hub's cache, or downloaded.
 *
 * @param onnxFile An ONNX file that is wanted in the place of weights as safetensors.
 */
export const localFolder = async (nameOrFolder: string, onnxFile?: string): Promise<string> => {
  if (!/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(nameOrFolder) || (await exists(nameOrFolder))) {
    return nameOrFolder;
  }
  const { openModelFolder } = await import('../hub/index.js');
  return openModelFolder(nameOrFolder, onnxFile === undefined ? {} : { onnxFile });
};

/** What a model is called: its folder, or, in the hub's cache, its repository without the owner. */
export const modelName = (folder: string): string => {
  const path = resolve(folder);
  const snapshot = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][0-9a-f]{40}$/.exec(path);
  return snapshot === null ? basename(path) : snapshot[1]!.split('--').at(-1)!;
};
