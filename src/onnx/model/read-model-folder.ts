import {
  type DenseModule,
  filePath,
  folderFiles,
  joinNames,
  type ModelFiles,
  readBytesOf,
  readSentenceTransformersFiles,
  readTextIfPresent,
  type SentenceTransformersSettings,
  TextTokenizer,
} from '../../encoders/transformer/index.js';
import type { ConfigJson } from './config-fields.js';
import { describeTransformer } from './describe-model.js';
import type {
  DenseDescription,
  HeadDescription,
  ModelDescription,
  PoolingKind,
} from './model-description.js';

/** What a folder says of texts before the model, and of its vectors behind it. */
export interface TextFolder {
  /** The folder's path, or its files. */
  readonly from: string | ModelFiles;
  readonly files: ModelFiles;
  readonly configPath: string;
  readonly configJson: ConfigJson;
  readonly tokenizer: TextTokenizer;
  /** The tokenizer's files as they are, by name. */
  readonly tokenizerFiles: ReadonlyMap<string, string>;
  readonly settings: SentenceTransformersSettings;
  /** What the folder says; null where it is silent. */
  readonly pooling: PoolingKind | null;
  readonly dense: readonly DenseDescription[];
}

/** A model's folder, weights aside. */
export interface OnnxModelFolder extends TextFolder {
  readonly model: ModelDescription;
  readonly maximumLength: number;
}

const POOLING = { first: 'cls', mean: 'mean', last: 'last', 'weighted-mean': 'weighted-mean' } as const;

const denseDescription = (
  { inputs, outputs, hasBias, activation }: DenseModule,
  index: number,
): DenseDescription => ({
  map: {
    weight: `dense.${index}.linear.weight`,
    bias: hasBias ? `dense.${index}.linear.bias` : null,
    inputs,
    outputs,
  },
  activation,
});

const readText = async (files: ModelFiles, name: string): Promise<string> =>
  new TextDecoder().decode(await readBytesOf(files, name));

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
 * Reads everything but the model: config.json as it is, the tokenizer, and sentence-transformers' files where they are there.
 *
 * @throws Error naming the file that is missing or unsupported.
 */
export const readTextFolder = async (from: string | ModelFiles): Promise<TextFolder> => {
  const files = typeof from === 'string' ? folderFiles(from) : from;
  const settings = await readSentenceTransformersFiles(files);
  const nameOf = (name: string) => joinNames(settings.modelPath, name);
  const pathOf = (name: string) => filePath(files, nameOf(name));
  const configPath = pathOf('config.json');
  const configJson = parsed(await readText(files, nameOf('config.json')), configPath);
  const tokenizerFiles = new Map<string, string>();
  tokenizerFiles.set('tokenizer.json', await readText(files, nameOf('tokenizer.json')));
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const text = await readTextIfPresent(files, nameOf(name)).catch(() => null);
    if (text !== null) tokenizerFiles.set(name, text);
  }
  const json = (name: string) => parsed(tokenizerFiles.get(name) ?? '{}', pathOf(name));
  let tokenizer: TextTokenizer;
  try {
    tokenizer = new TextTokenizer(json('tokenizer.json'), json('tokenizer_config.json'), settings.lowerCase);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${pathOf('tokenizer.json')}: unsupported tokenizer: ${reason}`, { cause: error });
  }
  return {
    from,
    files,
    configPath,
    configJson,
    tokenizer,
    tokenizerFiles,
    settings,
    pooling: settings.pooling === null ? null : POOLING[settings.pooling],
    dense: settings.dense.map(denseDescription),
  };
};

/**
 * What turns hidden states of a width into embeddings.
 *
 * @throws Error when a linear map of the folder does not fit what it is applied to.
 */
export const headOf = (
  { files, dense, settings }: TextFolder,
  pooling: PoolingKind,
  width: number,
): HeadDescription => {
  dense.forEach(({ map }, i) => {
    const found = i === 0 ? width : dense[i - 1]!.map.outputs;
    if (map.inputs !== found) {
      const path = filePath(files, joinNames(settings.dense[i]!.path, 'config.json'));
      throw new Error(`${path}: in_features must be ${found}, found ${map.inputs}`);
    }
  });
  return { pooling, dense, normalize: true };
};

/**
 * Reads a Hugging Face or sentence-transformers folder: config.json, tokenizer.json, and the pooling, linear maps, prompts and
 * maximum length of sentence-transformers where they are there.
 *
 * @throws Error naming the file that is missing, unsupported, or does not fit the others.
 */
export const readModelFolder = async (
  from: string | ModelFiles,
  pooling?: PoolingKind,
): Promise<OnnxModelFolder> => {
  const folder = await readTextFolder(from);
  const { files, configJson, configPath, tokenizer, settings } = folder;
  const transformer = describeTransformer(configJson, configPath);
  const isCausal = transformer.layers.some(({ attention }) => attention.sight.kind === 'causal');
  const rows = transformer.embeddings.words.rows;
  if (tokenizer.largestId >= rows) {
    throw new Error(
      `${filePath(files, joinNames(settings.modelPath, 'tokenizer.json'))}: ids must be below ${rows}, the rows of the embedding table, found ${tokenizer.largestId}`,
    );
  }
  return {
    ...folder,
    model: {
      transformer,
      head: headOf(folder, pooling ?? folder.pooling ?? (isCausal ? 'last' : 'mean'), transformer.width),
      prompts: { query: settings.queryPrompt, document: settings.documentPrompt },
    },
    maximumLength: Math.min(settings.maximumLength ?? tokenizer.maximumLength, transformer.maximumLength),
  };
};
