import { availableParallelism } from 'node:os';
import { loadTextModel, mayNeedTensors, type TextModel } from '../models/text-model.js';
import type { ModelEngine } from '../options/model-engine.js';
import { startModelThread } from './model-thread-client.js';

/**
 * The model that gives an index its vectors. A bag of subtokens embeds in a thread of its own, while this one counts words;
 * what runs a transformer has threads of its own.
 */
export const loadIndexModel = async (folder: string, engine: ModelEngine | undefined): Promise<TextModel> => {
  if (!mayNeedTensors(folder))
    return availableParallelism() === 1 ? loadTextModel(folder) : startModelThread(folder);
  await (await import('oasis-embed/training')).selectBackend('auto');
  return loadTextModel(folder, { engine });
};
