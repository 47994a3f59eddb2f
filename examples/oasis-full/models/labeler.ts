import { basename } from 'node:path';
import {
  type CallEstimate,
  type Embedder,
  estimatedTokens,
  estimateEmbeddings,
  type IndexedPairs,
  labelSimilarities,
  type PairScorer,
  type ResponseCache,
  type SimilarityMap,
  scoreSimilarities,
} from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import { engineOf } from '../options/model-engine.js';
import type { ModelOptions } from '../options/model-options.js';
import { labelerSettings } from '../options/models-in-use.js';
import { crossEncoderName, loadCrossEncoder } from './cross-encoder.js';
import { loadLocalEmbedder, localEmbedderName, modelHash } from './local-embedder.js';
import { LOCAL_ESTIMATE, type ModelAccess } from './model-access.js';

/** Pairs that a cross-encoder is given at a time. */
const SCORED_AT_ONCE = 256;

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
export const localEmbedders = ({
  embedders,
  embeddingModels,
  crossEncoders,
}: ModelOptions): readonly string[] =>
  embedders.length === 0 && embeddingModels.length === 0 && crossEncoders.length === 0 ? ['lsa'] : embedders;

/** A teacher that has a vector for each text. */
export interface EmbeddingTeacher {
  readonly kind: 'embedder';
  readonly name: string;
  readonly embedder: Embedder;
  /** Vectors that cost time or money are kept on disk; those of LSA are made faster than they are read. */
  readonly keepsVectors: boolean;
}

/** A teacher that reads both texts of a pair together. */
export interface ScoringTeacher {
  readonly kind: 'scorer';
  readonly name: string;
  readonly scorer: PairScorer;
  /** Where scores are kept. */
  readonly cache: ResponseCache | null;
}

/** One of the models whose similarities become labels. */
export type Teacher = EmbeddingTeacher | ScoringTeacher;

/** What the similarities of a teacher depend on beside the texts. */
export interface TeacherLabelOptions {
  readonly similarityMap: SimilarityMap;
  /** Where vectors that cost time or money are kept; null where they are not kept. */
  readonly vectors: string | null;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** The similarity of every pair as a teacher sees it: the cosine, mapped, or the score of a cross-encoder as it is. */
export const teacherSimilarities = (
  teacher: Teacher,
  queries: readonly string[],
  documents: readonly string[],
  pairs: IndexedPairs,
  { similarityMap, vectors, onProgress = () => {} }: TeacherLabelOptions,
): Promise<Float32Array> =>
  teacher.kind === 'embedder'
    ? labelSimilarities(teacher.embedder, queries, documents, pairs, {
        map: similarityMap,
        shards: teacher.keepsVectors ? vectors : null,
        onProgress: (done, total) => onProgress(done, total, 'texts embedded'),
      })
    : scoreSimilarities(teacher.scorer, queries, documents, pairs, {
        cache: teacher.cache,
        batchSize: SCORED_AT_ONCE,
        onProgress: (done, total) => onProgress(done, total, 'pairs scored by the cross-encoder'),
      });

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
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const model of opened.splice(0)) await model.close();
  };
  try {
    for (const name of local) {
      if (name !== 'lsa') {
        const model = await loadLocalEmbedder(name, engineOf(models));
        opened.push(model);
        const embedder = access?.local(model.name, model) ?? model;
        teachers.push({ kind: 'embedder', name: embedder.name, embedder, keepsVectors: true });
        continue;
      }
      const fitted =
        lsa ??
        LsaEncoder.fit(texts, {
          dimensions,
          seed,
          onProgress: (done, total) => onProgress(done, total, 'passes of LSA over the training texts'),
        });
      teachers.push({ kind: 'embedder', name: fitted.name, embedder: fitted, keepsVectors: false });
    }
    for (const { model } of services)
      teachers.push({ kind: 'embedder', name: model.name, embedder: model, keepsVectors: true });
    for (const folder of models.crossEncoders) {
      const scorer = await loadCrossEncoder(folder, engineOf(models));
      opened.push(scorer);
      teachers.push({ kind: 'scorer', name: scorer.name, scorer, cache: access?.answers ?? null });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const names = teachers.map(({ name }) => name);
  return { name: names.length === 1 ? names[0]! : `mean(${names.join(', ')})`, teachers, close };
};

/** Opens each local labeler once: what it lacks is found out before hours of work. */
export const checkLabelers = async (models: ModelOptions): Promise<void> => {
  const engine = engineOf(models);
  for (const name of models.embedders)
    if (name !== 'lsa') await (await loadLocalEmbedder(name, engine)).close();
  for (const folder of models.crossEncoders) await (await loadCrossEncoder(folder, engine)).close();
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
  ...(models.crossEncoders.length === 0 ? {} : { crossEncoders: models.crossEncoders.map(crossEncoderName) }),
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

/** What scoring pairs would cost, a row for each cross-encoder: passes of this machine, no money. */
export const estimateScoring = (
  { crossEncoders }: ModelOptions,
  queries: readonly string[],
  documents: readonly string[],
  pairsPerQuery: number,
): (CallEstimate & { readonly name: string })[] => {
  const tokens = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + estimatedTokens.count(text), 0);
  const pairs = documents.length * pairsPerQuery;
  const promptTokens = pairsPerQuery * (tokens(queries) + tokens(documents));
  return crossEncoders.map((folder) => ({
    name: basename(folder),
    calls: Math.ceil(pairs / SCORED_AT_ONCE),
    cached: 0,
    promptTokens,
    completionTokens: 0,
    usd: 0,
  }));
};
