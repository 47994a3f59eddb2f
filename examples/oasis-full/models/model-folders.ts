import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { openModelFolder } from 'oasis-embed/hub';
import type { RunOptions } from '../options/run-options.js';
import { createProgress } from '../terminal/progress.js';
import { checkLocalEmbedder } from './local-embedder.js';

/**
 * A model's folder, or an ONNX file in one; `owner/name` and `owner/name/onnx/model.onnx` come from the hub's cache, or are
 * downloaded with a bar.
 */
export const localModelFolder = async (nameOrFolder: string): Promise<string> => {
  const [, repository, file] = /^([^/]+\/[^/]+)\/(.+\.onnx)$/.exec(nameOrFolder) ?? [];
  const progress = createProgress([nameOrFolder]);
  let total = 0;
  const folder = await openModelFolder(repository ?? nameOrFolder, {
    ...(file === undefined ? {} : { onnxFile: file }),
    onProgress: (state) => {
      if (total === 0) progress.startStage(nameOrFolder);
      total = state.total;
      progress.update(state.done, state.total, state.file);
    },
  });
  if (total > 0) progress.finishStage(`${(total / 1e6).toFixed(1)} MB downloaded`);
  return file === undefined ? folder : join(folder, file);
};

/**
 * Every teacher that is a path is there: it is asked for only after the corpus was read, which takes minutes.
 *
 * @throws Error naming the flag.
 */
const checkModelPaths = ({ models: { embedders, crossEncoders } }: RunOptions): void => {
  const named = [
    ...embedders.filter((name) => name !== 'lsa').map((name) => ['--embedder', name] as const),
    ...crossEncoders.map((name) => ['--teacher-cross-encoder', name] as const),
  ];
  for (const [flag, name] of named) {
    if (isAbsolute(name) && !existsSync(name))
      throw new Error(
        `${flag}: expected a model's folder, an ONNX file or owner/name, found nothing at ${name}`,
      );
  }
  for (const name of embedders) if (name !== 'lsa' && isAbsolute(name)) checkLocalEmbedder(name);
};

/** The options with a folder for every model that is named by `owner/name`. */
export const withModelFolders = async (options: RunOptions): Promise<RunOptions> => {
  checkModelPaths(options);
  const { encoder } = options.training;
  const embedders: string[] = [];
  for (const name of options.models.embedders) {
    embedders.push(name === 'lsa' || isAbsolute(name) ? name : await localModelFolder(name));
  }
  const crossEncoders: string[] = [];
  for (const name of options.models.crossEncoders)
    crossEncoders.push(isAbsolute(name) ? name : await localModelFolder(name));
  return {
    ...options,
    models: { ...options.models, embedders, crossEncoders },
    training: {
      ...options.training,
      encoder: encoder === null || isAbsolute(encoder) ? encoder : await localModelFolder(encoder),
    },
  };
};
