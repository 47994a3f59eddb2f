import { basename } from 'node:path';
import type { ModelOptions } from '../../options/model-options.js';
import { modelsInUse } from '../../options/models-in-use.js';

/** What the models of the labels are about to do; null where there is none. */
export const labelingForecast = (
  models: ModelOptions,
  { docstrings, functions }: { readonly docstrings: number; readonly functions: number },
): string | null => {
  const { localEmbedding, embedding, crossEncoding } = modelsInUse(models);
  const by = [
    ...(localEmbedding ? models.embedders.filter((name) => name !== 'lsa') : []),
    ...(embedding ? models.embeddingModels : []),
  ].map((name) => basename(name));
  const parts = [
    ...(by.length === 0
      ? []
      : [`${docstrings} docstrings and ${functions} functions to embed, each once, by ${by.join(', ')}`]),
    ...(crossEncoding
      ? [`every pair to score by ${models.crossEncoders.map((name) => basename(name)).join(', ')}`]
      : []),
  ];
  return parts.length === 0 ? null : `${parts.join('; ')}; what earlier runs kept is read`;
};
