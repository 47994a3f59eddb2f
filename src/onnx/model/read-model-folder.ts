import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  readSentenceTransformersFiles,
  type SentenceTransformersSettings,
  TextTokenizer,
} from '../../encoders/transformer/index.js';
import type { ConfigJson } from './config-fields.js';
import { describeTransformer } from './describe-model.js';
import type { ModelDescription, PoolingKind } from './model-description.js';

/** A model's folder, weights aside. */
export interface OnnxModelFolder {
  /** Where config.json, tokenizer.json and the weights lie. */
  readonly directory: string;
  readonly model: ModelDescription;
  readonly configJson: ConfigJson;
  readonly tokenizer: TextTokenizer;
  /** The tokenizer's files as they are, by name. */
  readonly tokenizerFiles: ReadonlyMap<string, string>;
  readonly settings: SentenceTransformersSettings;
  readonly maximumLength: number;
}

const POOLING = { first: 'cls', mean: 'mean', last: 'last' } as const;

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
};

const parsed = (text: string, path: string): ConfigJson => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigJson;
  } catch (error) {
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  throw new Error(`cannot read ${path}: not a JSON object`);
};

/**
 * Reads a Hugging Face or sentence-transformers folder: config.json, tokenizer.json, and the pooling, prompts and maximum
 * length of sentence-transformers where they are there.
 *
 * @throws Error naming the file that is missing, unsupported, or does not fit the others.
 */
export const readModelFolder = async (root: string, pooling?: PoolingKind): Promise<OnnxModelFolder> => {
  const settings = await readSentenceTransformersFiles(root);
  const directory = join(root, settings.modelPath);
  const configPath = join(directory, 'config.json');
  const configJson = parsed(await readText(configPath), configPath);
  const transformer = describeTransformer(configJson, configPath);
  const tokenizerFiles = new Map<string, string>();
  const tokenizerPath = join(directory, 'tokenizer.json');
  tokenizerFiles.set('tokenizer.json', await readText(tokenizerPath));
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => null);
    if (text !== null) tokenizerFiles.set(name, text);
  }
  const json = (name: string) => parsed(tokenizerFiles.get(name) ?? '{}', join(directory, name));
  let tokenizer: TextTokenizer;
  try {
    tokenizer = new TextTokenizer(json('tokenizer.json'), json('tokenizer_config.json'), settings.lowerCase);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${tokenizerPath}: unsupported tokenizer: ${reason}`, { cause: error });
  }
  const rows = transformer.embeddings.words.rows;
  if (tokenizer.largestId >= rows) {
    throw new Error(
      `${tokenizerPath}: ids must be below ${rows}, the rows of the embedding table, found ${tokenizer.largestId}`,
    );
  }
  const stored = settings.pooling === null ? null : POOLING[settings.pooling];
  const isCausal = transformer.layers.some(({ attention }) => attention.sight.kind === 'causal');
  return {
    directory,
    model: {
      transformer,
      head: { pooling: pooling ?? stored ?? (isCausal ? 'last' : 'mean'), dense: [], normalize: true },
      prompts: { query: settings.queryPrompt, document: settings.documentPrompt },
    },
    configJson,
    tokenizer,
    tokenizerFiles,
    settings,
    maximumLength: Math.min(settings.maximumLength ?? tokenizer.maximumLength, transformer.maximumLength),
  };
};
