import { offlineModels } from '../options/model-options.js';
import { defaults, type RunOptions } from '../options/run-options.js';
import { trainingDefaults } from '../options/training-options.js';
import type { RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';

/** The options that a finished run was made with; those that came after it have their defaults. */
export const recordedOptions = (folder: Pick<RunFolder, 'path'>): RunOptions => {
  const { options } = readSealedJson<{ options: RunOptions }>(folder.path('run'));
  return {
    ...defaults,
    ...options,
    models: { ...offlineModels, ...options.models },
    training: { ...trainingDefaults, ...options.training },
  };
};
