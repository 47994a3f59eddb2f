import { basename } from 'node:path';
import { type CallEstimate, type Embedder, estimateEmbeddings } from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import { labelerSettings, type ModelOptions } from '../options/model-options.js';
import { type LocalEmbedder, loadLocalEmbedder, localEmbedderName, modelHash } from './local-embedder.js';
import { LOCAL_ESTIMATE, type ModelAccess } from './model-access.js';

export interface LabelerOptions {
  readonly models: ModelOptions;
  readonly access: ModelAccess | null;
  /** Dimensions of LSA, at most. */
  readonly dimensions: number;
  readonly seed: number;
  /** LSA that is fitted already; fitted on the texts where left out. */
  readonly lsa?: LsaEncoder | undefined;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** The labelers that need no service: LSA where the options name none at all. */
export const localEmbedders = ({ embedders, embeddingModels }: ModelOptions): readonly string[] =>
  embedders.length === 0 && embeddingModels.length === 0 ? ['lsa'] : embedders;

/** One of the models whose similarities become labels. */
export interface Teacher {
  readonly embedder: Embedder;
  /** Vectors that cost time or money are kept on disk; those of LSA are made faster than they are read. */
  readonly keepsVectors: boolean;
}

export interface Labeler {
  /** Of all teachers. */
  readonly name: string;
  /** At least one; their similarities are averaged. */
  readonly teachers: readonly Teacher[];
  /** Frees what local models hold. */
  close(): Promise<void>;
}

/** The models that label pairs: LSA fitted on the texts themselves, local encoders, models behind a service. */
export const openLabeler = async (
  texts: readonly string[],
  { models, access, dimensions, seed, lsa, onProgress = () => {} }: LabelerOptions,
): Promise<Labeler> => {
  const services = access?.embeddings() ?? [];
  const local = localEmbedders(models);
  const teachers: Teacher[] = [];
  const opened: LocalEmbedder[] = [];
  const close = async () => {
    for (const model of opened.splice(0)) await model.close();
  };
  try {
    for (const name of local) {
      if (name !== 'lsa') {
        const model = await loadLocalEmbedder(name, models.engine);
        opened.push(model);
        teachers.push({ embedder: access?.local(model.name, model) ?? model, keepsVectors: true });
        continue;
      }
      const fitted =
        lsa ??
        LsaEncoder.fit(texts, {
          dimensions,
          seed,
          onProgress: (done, total) => onProgress(done, total, 'passes of LSA over the training texts'),
        });
      teachers.push({ embedder: fitted, keepsVectors: false });
    }
  } catch (error) {
    await close();
    throw error;
  }
  for (const { model } of services) teachers.push({ embedder: model, keepsVectors: true });
  const names = teachers.map(({ embedder }) => embedder.name);
  return { name: names.length === 1 ? names[0]! : `mean(${names.join(', ')})`, teachers, close };
};

/** Embeds texts beforehand, through the Batch API where the run asks for it; else does nothing. */
export const prepareVectors = async (
  access: ModelAccess | null,
  queries: readonly string[],
  documents: readonly string[],
  onProgress: (done: number, total: number, note: string) => void,
): Promise<void> => {
  const texts = [
    ...queries.map((text) => ({ text, role: 'query' as const })),
    ...documents.map((text) => ({ text, role: 'document' as const })),
  ];
  // All models at once: a batch takes up to a day.
  await Promise.all((access?.embeddings() ?? []).map((service) => service.fill(texts, onProgress)));
};

/** What similarities depend on: local models count by their files, not by where they lie. */
export const labelerKey = (models: ModelOptions) => ({
  ...labelerSettings(models),
  embedders: models.embedders.map((name) => (name === 'lsa' ? name : modelHash(name))),
});

/** What labeling would ask, a row for each embedding model, in this process or behind a service, and each role. */
export const estimateLabeling = async (
  models: ModelOptions,
  access: ModelAccess | null,
  queries: readonly string[],
  documents: readonly string[],
): Promise<(CallEstimate & { readonly name: string })[]> => {
  if (access === null) return [];
  const local = models.embedders
    .filter((folder) => folder !== 'lsa')
    .map((folder) => ({
      name: basename(folder),
      model: access.local(localEmbedderName(folder), null),
      ...LOCAL_ESTIMATE,
    }));
  const estimates = [];
  for (const { name, model, prices, tokenCounter, batchSize } of [...local, ...access.embeddings()]) {
    for (const [role, texts] of [
      ['query', queries],
      ['document', documents],
    ] as const) {
      const estimate = await estimateEmbeddings(texts, {
        prices,
        tokenCounter,
        batchSize,
        isCached: (text) => model.has(text, role),
      });
      estimates.push({ ...estimate, name });
    }
  }
  return estimates;
};
