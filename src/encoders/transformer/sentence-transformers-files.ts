import { join } from 'node:path';
import {
  type JsonObject,
  readIfPresent,
  readJson,
  readJsonObject,
  readJsonObjectIfPresent,
} from '../read-files.js';
import type { Pooling } from './pooling.js';

/** What the files of sentence-transformers say beyond the bare model. */
export interface SentenceTransformersSettings {
  /** Where the model itself lies, relative to the folder. */
  readonly modelPath: string;
  readonly pooling: Pooling | null;
  readonly queryPrompt: string;
  readonly documentPrompt: string;
  readonly maximumLength: number | null;
  readonly lowerCase: boolean;
}

interface Module {
  readonly type: string;
  readonly path: string;
}

const POOLING_NAMES: Readonly<Record<string, Pooling>> = { mean: 'mean', cls: 'first', lasttoken: 'last' };

const LEGACY_POOLING: Readonly<Record<string, string>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

const readPooling = async (directory: string): Promise<Pooling> => {
  const path = join(directory, 'config.json');
  const config = await readJsonObject(path);
  const legacy = Object.entries(LEGACY_POOLING).flatMap(([key, mode]) =>
    config[key] === true ? [mode] : [],
  );
  const modes = config.pooling_mode === undefined ? legacy : [config.pooling_mode].flat();
  const [mode = 'mean', ...others] = modes.map(String);
  const pooling = others.length === 0 ? POOLING_NAMES[mode] : undefined;
  if (pooling === undefined) {
    throw new Error(
      `${path}: pooling must be one of ${Object.keys(POOLING_NAMES).join(', ')}, found ${[mode, ...others].join(' + ')}`,
    );
  }
  if (config.include_prompt === false && pooling === 'mean') {
    throw new Error(`${path}: include_prompt must be true, found false`);
  }
  return pooling;
};

const readModules = async (directory: string): Promise<readonly Module[] | null> => {
  const path = join(directory, 'modules.json');
  if ((await readIfPresent(path)) === null) return null;
  const list = await readJson(path);
  if (!Array.isArray(list)) throw new Error(`${path}: must be a list of modules`);
  return list.map((item: unknown) => {
    const { type, path: at } = (item ?? {}) as JsonObject;
    if (typeof type !== 'string' || typeof at !== 'string' || at.split(/[\\/]/).includes('..')) {
      throw new Error(`${path}: every module must have a type and a path, found ${JSON.stringify(item)}`);
    }
    return { type: type.slice(type.lastIndexOf('.') + 1), path: at };
  });
};

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const promptOf = (prompts: JsonObject, names: readonly string[], fallback: unknown, path: string): string => {
  const name = names.find((candidate) => prompts[candidate] !== undefined) ?? fallback ?? null;
  if (name !== null && typeof name !== 'string')
    throw new Error(`${path}: default_prompt_name must be a text or null, found ${JSON.stringify(name)}`);
  if (name !== null && prompts[name] === undefined)
    throw new Error(`${path}: default_prompt_name must be one of prompts, found ${JSON.stringify(name)}`);
  const prompt = name === null ? '' : prompts[name];
  if (typeof prompt !== 'string') {
    throw new Error(`${path}: prompt ${name} must be a text, found ${JSON.stringify(prompt)}`);
  }
  return prompt;
};

/**
 * Reads modules.json and the files that belong to it; a folder without them has no settings.
 *
 * @throws Error naming the file that asks for a module or a pooling that is not supported.
 */
export const readSentenceTransformersFiles = async (
  directory: string,
): Promise<SentenceTransformersSettings> => {
  const modules = await readModules(directory);
  let modelPath = '';
  let pooling: Pooling | null = null;
  for (const { type, path } of modules ?? []) {
    if (type === 'Transformer') modelPath = path;
    else if (type === 'Pooling') pooling = await readPooling(join(directory, path));
    else if (type !== 'Normalize') {
      throw new Error(
        `${join(directory, 'modules.json')}: modules must be Transformer, Pooling or Normalize, found ${type}`,
      );
    }
  }
  const promptsPath = join(directory, 'config_sentence_transformers.json');
  const own = await readJsonObjectIfPresent(promptsPath);
  const prompts = own?.prompts ?? {};
  if (!isJsonObject(prompts))
    throw new Error(`${promptsPath}: prompts must be an object of texts, found ${JSON.stringify(prompts)}`);
  const limitsPath = join(directory, modelPath, 'sentence_bert_config.json');
  const limits = await readJsonObjectIfPresent(limitsPath);
  const maximum = limits?.max_seq_length ?? null;
  if (maximum !== null && !(Number.isSafeInteger(maximum) && (maximum as number) > 0)) {
    throw new Error(`${limitsPath}: max_seq_length must be a whole number above 0, found ${maximum}`);
  }
  return {
    modelPath,
    pooling,
    queryPrompt: promptOf(prompts, ['query'], own?.default_prompt_name, promptsPath),
    documentPrompt: promptOf(
      prompts,
      ['document', 'passage', 'corpus'],
      own?.default_prompt_name,
      promptsPath,
    ),
    maximumLength: maximum as number | null,
    lowerCase: limits?.do_lower_case === true,
  };
};

const MODULES = ['Transformer', 'Pooling', 'Normalize'].map((type, idx) => ({
  idx,
  name: String(idx),
  path: type === 'Transformer' ? '' : `${idx}_${type}`,
  type: `sentence_transformers.models.${type}`,
}));

/** The files that make a folder a sentence-transformers model, by path; every version since 2.0 reads them. */
export const formatSentenceTransformersFiles = (
  { pooling, queryPrompt, documentPrompt, maximumLength, lowerCase }: SentenceTransformersSettings,
  dimensions: number,
): Map<string, string> => {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const legacy = Object.fromEntries(
    Object.entries(LEGACY_POOLING).map(([key, mode]) => [key, POOLING_NAMES[mode] === pooling]),
  );
  return new Map([
    [
      '1_Pooling/config.json',
      json({ word_embedding_dimension: dimensions, ...legacy, include_prompt: true }),
    ],
    ['2_Normalize/config.json', json({})],
    ['sentence_bert_config.json', json({ max_seq_length: maximumLength, do_lower_case: lowerCase })],
    [
      'config_sentence_transformers.json',
      json({
        prompts: { query: queryPrompt, document: documentPrompt },
        default_prompt_name: null,
        similarity_fn_name: 'cosine',
      }),
    ],
    ['modules.json', json(MODULES)],
  ]);
};
