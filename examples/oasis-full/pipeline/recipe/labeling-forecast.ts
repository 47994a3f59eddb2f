import { basename } from 'node:path';
import type { ModelOptions } from '../../options/model-options.js';
import { modelsInUse } from '../../options/models-in-use.js';
import { studentOf, type TrainingOptions } from '../../options/training-options.js';

/** Who labels, by the names they were given; none where latent semantic analysis does so alone. */
export const labelingModels = (models: ModelOptions): string[] => [
  ...embeddersOf(models),
  ...(modelsInUse(models).crossEncoding ? models.crossEncoders : []).map((name) => basename(name)),
];

const embeddersOf = (models: ModelOptions): string[] => {
  const { localEmbedding, embedding } = modelsInUse(models);
  return [...(localEmbedding ? models.embedders : []), ...(embedding ? models.embeddingModels : [])].map(
    (name) => basename(name),
  );
};

/** What the models of the labels are about to do; null where there is none. */
export const labelingForecast = (
  models: ModelOptions,
  { docstrings, functions }: { readonly docstrings: number; readonly functions: number },
): string | null => {
  const by = embeddersOf(models).filter((name) => name !== 'lsa');
  const parts = [
    ...(by.length === 0
      ? []
      : [`${docstrings} docstrings and ${functions} functions to embed, each once, by ${by.join(', ')}`]),
    ...(modelsInUse(models).crossEncoding
      ? [`every pair to score by ${models.crossEncoders.map((name) => basename(name)).join(', ')}`]
      : []),
  ];
  return parts.length === 0 ? null : `${parts.join('; ')}; what earlier runs kept is read`;
};

/** What a head reads before it can be trained; null for other students. */
export const headForecast = (
  training: Pick<TrainingOptions, 'student' | 'encoder'>,
  { queries, documents }: Record<'queries' | 'documents', { readonly length: number }>,
): string | null =>
  studentOf(training) !== 'head' || training.encoder === null
    ? null
    : `the head reads vectors of ${basename(training.encoder)}: ${queries.length} docstrings and ${documents.length} functions to embed, ` +
      'each once, and those of validation; what earlier runs kept is read';
