import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { writeFolder } from '../../numerics/index.js';
import { matMul } from '../../numerics/tensors/index.js';
import { modelName } from '../local-folder.js';
import { type JsonObject, readIfPresent, readJsonObject, reasonOf } from '../read-files.js';
import { type LazyTensor, writeSafetensors } from '../safetensors.js';
import type { ParameterPart, ParameterSpec } from './parameter-specs.js';
import type { Parameters } from './parameters.js';
import type { Pooling } from './pooling.js';
import {
  formatSentenceTransformersFiles,
  readSentenceTransformersFiles,
  type SentenceTransformersSettings,
} from './sentence-transformers-files.js';
import { TextTokenizer } from './text-tokenizer.js';
import { parseTransformerConfig, type TransformerConfig } from './transformer-config.js';

/** Files that are copied as they are: their text by name. */
export type TokenizerFiles = ReadonlyMap<string, string>;

/** A model folder, weights aside. */
export interface ModelFolder {
  readonly name: string;
  /** Where config.json, tokenizer.json and the weights lie. */
  readonly directory: string;
  readonly config: TransformerConfig;
  readonly configJson: JsonObject;
  readonly tokenizer: TextTokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  readonly settings: ModelSettings;
}

/** Of what sentence-transformers has between hidden states and embeddings, what the encoder computes. */
export interface ModelSettings extends SentenceTransformersSettings {
  readonly pooling: Pooling | null;
  readonly dense: readonly [];
}

const supportedSettings = (settings: SentenceTransformersSettings, root: string): ModelSettings => {
  const { pooling, dense } = settings;
  if (pooling === 'weighted-mean' || dense.length > 0) {
    const found = dense.length > 0 ? 'Dense' : 'weighted-mean pooling';
    throw new Error(
      `${join(root, 'modules.json')}: modules must be Transformer, Pooling or Normalize, found ${found}, ` +
        'which OnnxEncoder of oasis-embed/onnx reads',
    );
  }
  return { ...settings, pooling, dense: [] };
};

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'] as const;

const checkTokenizer = (tokenizer: TextTokenizer, config: TransformerConfig, path: string) => {
  if (tokenizer.largestId >= config.vocabularySize) {
    throw new Error(
      `${path}: ids must be below ${config.vocabularySize}, the rows of the embedding table, ` +
        `found ${tokenizer.largestId}`,
    );
  }
  const { paddingId } = tokenizer;
  if (config.family === 'roberta' && paddingId !== undefined && paddingId !== config.paddingId) {
    throw new Error(
      `${path}: the padding token must have the id ${config.paddingId}, config.json's pad_token_id, found ${paddingId}`,
    );
  }
};

/**
 * Reads everything but the weights.
 *
 * @throws Error naming the file that is missing, unsupported, or does not fit the others.
 */
export const readModelFolder = async (root: string): Promise<ModelFolder> => {
  const settings = supportedSettings(await readSentenceTransformersFiles(root), root);
  const directory = join(root, settings.modelPath);
  const configPath = join(directory, 'config.json');
  const configJson = await readJsonObject(configPath);
  if (configJson.quantization_config !== undefined) {
    throw new Error(`${configPath}: quantised weights are not supported, found quantization_config`);
  }
  const config = parseTransformerConfig(configJson, configPath);
  const tokenizerPath = join(directory, 'tokenizer.json');
  const tokenizerJson = await readJsonObject(tokenizerPath);
  const tokenizerFiles = new Map<string, string>();
  for (const name of TOKENIZER_FILES) {
    const text = await readIfPresent(join(directory, name));
    if (text !== null) tokenizerFiles.set(name, text);
  }
  const tokenizerConfig = tokenizerFiles.has('tokenizer_config.json')
    ? await readJsonObject(join(directory, 'tokenizer_config.json'))
    : {};
  let tokenizer: TextTokenizer;
  try {
    tokenizer = new TextTokenizer(tokenizerJson, tokenizerConfig, settings.lowerCase);
  } catch (error) {
    throw new Error(`${tokenizerPath}: unsupported tokenizer: ${reasonOf(error)}`, { cause: error });
  }
  checkTokenizer(tokenizer, config, tokenizerPath);
  const name = modelName(root);
  return { name, directory, config, configJson, tokenizer, tokenizerFiles, settings };
};

const partOf = (
  parameters: Parameters,
  spec: ParameterSpec,
  part: ParameterPart,
  start: number,
  merged: boolean,
): tf.Tensor =>
  tf.tidy(() => {
    const whole = parameters.get(spec.name);
    if (spec.shape.length === 1) return tf.slice(whole, [start], [part.columns]);
    const own = tf.slice(whole as tf.Tensor2D, [0, start], [-1, part.columns]);
    const update = merged ? parameters.updates.get(part.name.replace(/\.weight$/, '')) : undefined;
    const value = update === undefined ? own : tf.add(own, tf.mul(matMul(update.a, update.b), update.scale));
    return spec.transposed ? tf.transpose(value) : value;
  });

/**
 * The model as the tensors of a checkpoint, every linear map [out, in].
 *
 * @param merged Whether low-rank updates are added to their weights, or left out.
 */
export const checkpointTensors = (parameters: Parameters, merged = true): Map<string, LazyTensor> => {
  const tensors = new Map<string, LazyTensor>();
  for (const spec of parameters.specs) {
    let start = 0;
    for (const part of spec.parts) {
      const at = start;
      const [rows] = spec.shape;
      const shape =
        spec.shape.length === 1
          ? [part.columns]
          : spec.transposed
            ? [part.columns, rows!]
            : [rows!, part.columns];
      tensors.set(part.name, {
        shape,
        async read() {
          const tensor = partOf(parameters, spec, part, at, merged);
          try {
            return await tensor.data<'float32'>();
          } finally {
            tensor.dispose();
          }
        },
      });
      start += part.columns;
    }
  }
  return tensors;
};

/** Keys of a config.json that no longer hold once the weights are written by this package. */
const OUTDATED = ['auto_map', 'torch_dtype', '_name_or_path'];

const savedConfig = (json: JsonObject, architecture: string) => ({
  ...Object.fromEntries(Object.entries(json).filter(([key]) => !OUTDATED.includes(key))),
  architectures: [architecture],
  dtype: 'float32',
});

const BASE_MODELS = { bert: 'BertModel', roberta: 'RobertaModel', qwen2: 'Qwen2Model' } as const;

/**
 * Writes a folder that sentence-transformers and {@link readModelFolder} read: whole or not at all.
 */
export const writeModelFolder = async (
  directory: string,
  { config, configJson, tokenizerFiles, settings }: Omit<ModelFolder, 'name' | 'directory' | 'tokenizer'>,
  parameters: Parameters,
  merged = true,
): Promise<void> => {
  const files = new Map([
    ...tokenizerFiles,
    ...formatSentenceTransformersFiles(settings, config.hiddenSize),
    ['config.json', `${JSON.stringify(savedConfig(configJson, BASE_MODELS[config.family]), null, 2)}\n`],
  ]);
  const weights = 'model.safetensors';
  const write = async (temporary: string) => {
    await writeSafetensors(join(temporary, weights), checkpointTensors(parameters, merged), { format: 'pt' });
    for (const [name, text] of files) {
      await mkdir(dirname(join(temporary, name)), { recursive: true });
      await writeFile(join(temporary, name), text);
    }
  };
  await writeFolder(directory, write, { last: 'config.json' });
};
