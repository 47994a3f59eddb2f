import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { readJsonObject } from './read-files.js';
import { createVocabulary, type Vocabulary } from './vocabulary.js';

/** Reads a model's config.json and checks what kind of model it is. */
export const readConfig = async (directory: string, kind: string): Promise<Record<string, unknown>> => {
  const path = join(directory, 'config.json');
  const { kind: found, ...config } = await readJsonObject(path);
  if (found !== kind) throw new Error(`${path}: kind must be "${kind}", found ${JSON.stringify(found)}`);
  return config;
};

/** Writes config.json: last of a model's files, so that a folder with one is complete. */
export const writeConfig = async (
  directory: string,
  kind: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> => {
  await writeFileAtomic(join(directory, 'config.json'), `${JSON.stringify({ kind, ...config }, null, 2)}\n`);
};

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item));

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Reads a model's vocabulary.json. */
export const readVocabulary = async (directory: string): Promise<Vocabulary> => {
  const path = join(directory, 'vocabulary.json');
  const { terms, idf, unknownIdf } = await readJsonObject(path);
  if (!isTexts(terms) || !isNumbers(idf) || terms.length !== idf.length) {
    throw new Error(`${path}: terms must be texts and idf as many numbers`);
  }
  if (new Set(terms).size !== terms.length) throw new Error(`${path}: terms must be unique`);
  if (typeof unknownIdf !== 'number') throw new Error(`${path}: unknownIdf must be a number`);
  return createVocabulary(terms, Float32Array.from(idf), unknownIdf);
};

/** Writes a model's vocabulary.json. */
export const writeVocabulary = async (
  directory: string,
  { terms, idf, unknownIdf }: Vocabulary,
): Promise<void> => {
  const path = join(directory, 'vocabulary.json');
  await writeFileAtomic(path, JSON.stringify({ terms, idf: Array.from(idf), unknownIdf }));
};
