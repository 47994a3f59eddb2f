import {
  filePath,
  folderFiles,
  joinNames,
  type ModelFiles,
  readJsonOf,
  readObjectOf,
} from '../model-files.js';
import type { JsonObject } from '../read-files.js';
import type { Pooling } from './pooling.js';

/** A linear map of the pooled vector, as a folder of sentence-transformers describes it. */
export interface DenseModule {
  /** The module's folder, relative to the model's. */
  readonly path: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly hasBias: boolean;
  readonly activation: 'identity' | 'tanh';
}

/** What the files of sentence-transformers say beyond the bare model. */
export interface SentenceTransformersSettings {
  /** Where the model itself lies, relative to the folder. */
  readonly modelPath: string;
  readonly pooling: Pooling | null;
  /** Linear maps of the pooled vector, in their order. */
  readonly dense: readonly DenseModule[];
  readonly queryPrompt: string;
  readonly documentPrompt: string;
  readonly maximumLength: number | null;
  readonly lowerCase: boolean;
}

interface Module {
  readonly type: string;
  readonly path: string;
}

const POOLING_NAMES: Readonly<Record<string, Pooling>> = {
  mean: 'mean',
  cls: 'first',
  lasttoken: 'last',
  weightedmean: 'weighted-mean',
};

const LEGACY_POOLING: Readonly<Record<string, string>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

const readPooling = async (files: ModelFiles, module: string): Promise<Pooling> => {
  const name = joinNames(module, 'config.json');
  const path = filePath(files, name);
  const config = await readObjectOf(files, name);
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
  if (config.include_prompt === false && (pooling === 'mean' || pooling === 'weighted-mean')) {
    throw new Error(`${path}: include_prompt must be true, found false`);
  }
  return pooling;
};

const ACTIVATIONS: Readonly<Record<string, DenseModule['activation']>> = {
  Identity: 'identity',
  Tanh: 'tanh',
};

const readDense = async (files: ModelFiles, module: string): Promise<DenseModule> => {
  const name = joinNames(module, 'config.json');
  const path = filePath(files, name);
  const config = await readObjectOf(files, name);
  const size = (key: string): number => {
    const value = config[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw new Error(`${path}: ${key} must be a whole number above 0, found ${JSON.stringify(value)}`);
  };
  const { activation_function: named, bias = true } = config;
  // The class's path, as in torch.nn.modules.activation.Tanh; the class's own default is Tanh.
  const className = String(named ?? 'Tanh')
    .split('.')
    .at(-1)!;
  const activation = Object.hasOwn(ACTIVATIONS, className) ? ACTIVATIONS[className] : undefined;
  if (activation === undefined) {
    throw new Error(
      `${path}: activation_function must be one of ${Object.keys(ACTIVATIONS).join(', ')}, found ${JSON.stringify(named)}`,
    );
  }
  if (typeof bias !== 'boolean') {
    throw new Error(`${path}: bias must be true or false, found ${JSON.stringify(bias)}`);
  }
  return {
    path: module,
    inputs: size('in_features'),
    outputs: size('out_features'),
    hasBias: bias,
    activation,
  };
};

const readModules = async (files: ModelFiles): Promise<readonly Module[] | null> => {
  const path = filePath(files, 'modules.json');
  if ((await files.read('modules.json')) === null) return null;
  const list = await readJsonOf(files, 'modules.json');
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

const readObjectIfPresent = async (files: ModelFiles, name: string): Promise<JsonObject | null> =>
  (await files.read(name)) === null ? null : readObjectOf(files, name);

/**
 * Reads modules.json and the files that belong to it; a folder without them has no settings.
 *
 * @throws Error naming the file that asks for a module or a pooling that is not supported.
 */
export const readSentenceTransformersFiles = async (
  from: string | ModelFiles,
): Promise<SentenceTransformersSettings> => {
  const files = typeof from === 'string' ? folderFiles(from) : from;
  const modules = await readModules(files);
  let modelPath = '';
  let pooling: Pooling | null = null;
  const dense: DenseModule[] = [];
  let normalizes = false;
  for (const { type, path } of modules ?? []) {
    if (type === 'Transformer') modelPath = path;
    else if (type === 'Pooling') pooling = await readPooling(files, path);
    else if (type === 'Normalize') normalizes = true;
    else if (type === 'Dense' && pooling !== null && !normalizes) dense.push(await readDense(files, path));
    else {
      throw new Error(
        `${filePath(files, 'modules.json')}: modules must be Transformer, Pooling, Dense and Normalize, in this order, found ${type}`,
      );
    }
  }
  const promptsPath = filePath(files, 'config_sentence_transformers.json');
  const own = await readObjectIfPresent(files, 'config_sentence_transformers.json');
  const prompts = own?.prompts ?? {};
  if (!isJsonObject(prompts))
    throw new Error(`${promptsPath}: prompts must be an object of texts, found ${JSON.stringify(prompts)}`);
  const limitsName = joinNames(modelPath, 'sentence_bert_config.json');
  const limitsPath = filePath(files, limitsName);
  const limits = await readObjectIfPresent(files, limitsName);
  const maximum = limits?.max_seq_length ?? null;
  if (maximum !== null && !(Number.isSafeInteger(maximum) && (maximum as number) > 0)) {
    throw new Error(`${limitsPath}: max_seq_length must be a whole number above 0, found ${maximum}`);
  }
  return {
    modelPath,
    pooling,
    dense,
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

const ACTIVATION_CLASSES = {
  identity: 'torch.nn.modules.linear.Identity',
  tanh: 'torch.nn.modules.activation.Tanh',
} as const;

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The files that make a folder a sentence-transformers model, by path; every version since 2.0 reads them.
 *
 * @param width Of the vectors that are pooled.
 */
export const formatSentenceTransformersFiles = (
  {
    pooling,
    dense,
    queryPrompt,
    documentPrompt,
    maximumLength,
    lowerCase,
  }: Omit<SentenceTransformersSettings, 'modelPath'>,
  width: number,
): Map<string, string> => {
  const legacy = Object.fromEntries(
    Object.entries(LEGACY_POOLING).map(([key, mode]) => [key, POOLING_NAMES[mode] === pooling]),
  );
  const modules = ['Transformer', 'Pooling', ...dense.map(() => 'Dense'), 'Normalize'].map((type, idx) => ({
    idx,
    name: String(idx),
    path: type === 'Transformer' ? '' : `${idx}_${type}`,
    type: `sentence_transformers.models.${type}`,
  }));
  return new Map([
    ['1_Pooling/config.json', json({ word_embedding_dimension: width, ...legacy, include_prompt: true })],
    ...dense.map(({ inputs, outputs, hasBias, activation }, i): [string, string] => [
      `${densePath(i)}/config.json`,
      json({
        in_features: inputs,
        out_features: outputs,
        bias: hasBias,
        activation_function: ACTIVATION_CLASSES[activation],
      }),
    ]),
    [`${dense.length + 2}_Normalize/config.json`, json({})],
    ['sentence_bert_config.json', json({ max_seq_length: maximumLength, do_lower_case: lowerCase })],
    [
      'config_sentence_transformers.json',
      json({
        prompts: { query: queryPrompt, document: documentPrompt },
        default_prompt_name: null,
        similarity_fn_name: 'cosine',
      }),
    ],
    ['modules.json', json(modules)],
  ]);
};

/** Where {@link formatSentenceTransformersFiles} puts a linear map of the pooled vector. */
export const densePath = (index: number): string => `${index + 2}_Dense`;
