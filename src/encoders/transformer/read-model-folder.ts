import {
  type ConfigJson,
  type DenseDescription,
  describeTransformer,
  type HeadDescription,
  type ModelDescription,
  type PoolingKind,
  type TransformerDescription,
} from '../description/index.js';
import {
  filePath,
  folderFiles,
  joinNames,
  type ModelFiles,
  readBytesOf,
  readTextIfPresent,
} from '../model-files.js';
import { POOLING_KINDS } from './pooling-names.js';
import {
  type DenseModule,
  readSentenceTransformersFiles,
  type SentenceTransformersSettings,
} from './sentence-transformers-files.js';
import { TextTokenizer } from './text-tokenizer.js';

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
export interface ModelFolder extends TextFolder {
  readonly model: ModelDescription;
  readonly maximumLength: number;
}

/** What an encoder keeps of a model's folder, or is made of without one. */
export interface TransformerFolder
  extends Pick<ModelFolder, 'model' | 'configJson' | 'tokenizer' | 'tokenizerFiles' | 'settings'> {
  readonly name: string;
}

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
 * @param onConfig Sees config.json before the tokenizer is read: what it refuses is said first.
 * @throws Error naming the file that is missing or unsupported.
 */
export const readTextFolder = async (
  from: string | ModelFiles,
  onConfig: (json: ConfigJson, path: string) => void = () => {},
): Promise<TextFolder> => {
  const files = typeof from === 'string' ? folderFiles(from) : from;
  const settings = await readSentenceTransformersFiles(files);
  const nameOf = (name: string) => joinNames(settings.modelPath, name);
  const pathOf = (name: string) => filePath(files, nameOf(name));
  const configPath = pathOf('config.json');
  const configJson = parsed(await readText(files, nameOf('config.json')), configPath);
  onConfig(configJson, configPath);
  const tokenizerFiles = new Map<string, string>();
  const ofTokenizer = await readTextIfPresent(files, nameOf('tokenizer.json'));
  if (ofTokenizer === null) {
    throw new Error(
      `cannot read ${pathOf('tokenizer.json')}: no such file; AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers ` +
        'writes it from the files of older tokenizers',
    );
  }
  tokenizerFiles.set('tokenizer.json', ofTokenizer);
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const text = await readTextIfPresent(files, nameOf(name)).catch(() => null);
    if (text !== null) tokenizerFiles.set(name, text);
  }
  const json = (name: string) => parsed(tokenizerFiles.get(name) ?? '{}', pathOf(name));
  const [tokenizerJson, tokenizerConfig] = [json('tokenizer.json'), json('tokenizer_config.json')];
  let tokenizer: TextTokenizer;
  try {
    tokenizer = new TextTokenizer(tokenizerJson, tokenizerConfig, settings.lowerCase);
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
    pooling: settings.pooling === null ? null : POOLING_KINDS[settings.pooling],
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

/** @throws Error naming the tokenizer's file when its ids do not fit the model's. */
const checkTokenizer = (tokenizer: TextTokenizer, { embeddings }: TransformerDescription, path: string) => {
  const { rows } = embeddings.words;
  if (tokenizer.largestId >= rows) {
    throw new Error(
      `${path}: ids must be below ${rows}, the rows of the embedding table, found ${tokenizer.largestId}`,
    );
  }
  const { positions } = embeddings;
  const { paddingId } = tokenizer;
  if (positions.kind !== 'absolute-without-padding' || paddingId === undefined) return;
  if (paddingId !== positions.paddingId) {
    throw new Error(
      `${path}: the padding token must have the id ${positions.paddingId}, from which the model counts places, found ${paddingId}`,
    );
  }
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
): Promise<ModelFolder> => {
  let described: TransformerDescription | undefined;
  const folder = await readTextFolder(from, (json, path) => {
    if (json.quantization_config !== undefined) {
      throw new Error(`${path}: quantized weights are not supported, found quantization_config`);
    }
    described = describeTransformer(json, path);
  });
  const transformer = described!;
  const { files, tokenizer, settings } = folder;
  const isCausal = transformer.layers.some(({ attention }) => attention.sight.kind === 'causal');
  checkTokenizer(tokenizer, transformer, filePath(files, joinNames(settings.modelPath, 'tokenizer.json')));
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
