import { isAbsolute } from 'node:path';
import { openModelFolder } from 'oasis-embed/hub';
import type { RunOptions } from '../options/run-options.js';
import { createProgress } from '../terminal/progress.js';

/** A model's folder; `owner/name` comes from the hub's cache, or is downloaded with a bar. */
export const localModelFolder = async (nameOrFolder: string): Promise<string> => {
  const progress = createProgress([nameOrFolder]);
  let total = 0;
  const folder = await openModelFolder(nameOrFolder, {
    onProgress: (state) => {
      if (total === 0) progress.startStage(nameOrFolder);
      total = state.total;
      progress.update(state.done, state.total, state.file);
    },
  });
  if (total > 0) progress.finishStage(`${(total / 1e6).toFixed(1)} MB downloaded`);
  return folder;
};

/** The options with a folder for every model that is named by `owner/name`. */
export const withModelFolders = async (options: RunOptions): Promise<RunOptions> => {
  const { encoder } = options.training;
  const embedders: string[] = [];
  for (const name of options.models.embedders) {
    embedders.push(name === 'lsa' || isAbsolute(name) ? name : await localModelFolder(name));
  }
  return {
    ...options,
    models: { ...options.models, embedders },
    training: {
      ...options.training,
      encoder: encoder === null || isAbsolute(encoder) ? encoder : await localModelFolder(encoder),
    },
  };
};
