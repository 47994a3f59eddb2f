import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../numerics/index.js';
import { modelName } from '../local-folder.js';
import { newVariableScope } from '../variable-scope.js';
import type { LoraSettings } from './adapter-files.js';
import { type CheckpointWeights, openCheckpoint, readParameter } from './checkpoint-weights.js';
import { addNewAdapter, addStoredAdapter } from './low-rank-adapter.js';
import { type ParameterSpec, parameterSpecs } from './parameter-specs.js';
import { Parameters } from './parameters.js';
import type { Pooling } from './pooling.js';
import { poolingKind, poolingName } from './pooling-names.js';
import { randomModel } from './random-model.js';
import { type ModelFolder, readModelFolder, type TransformerFolder } from './read-model-folder.js';
import type { SentenceTransformersSettings } from './sentence-transformers-files.js';
import type { RandomTransformerOptions, TransformerOptions } from './transformer-options.js';
import { weightsFingerprint } from './weights-fingerprint.js';

/** Everything a new encoder is made of. */
export interface Assembly {
  readonly folder: TransformerFolder;
  readonly settings: SentenceTransformersSettings & {
    readonly pooling: Pooling;
    readonly maximumLength: number;
  };
  readonly overlong: NonNullable<TransformerOptions['overlong']>;
  readonly parameters: Parameters;
  readonly adapter: LoraSettings | null;
  readonly frozen: Frozen;
  readonly fingerprint: number;
}

/** Which part of a model stays as it is. */
export interface Frozen {
  /** Layers from below. */
  readonly layers: number | 'all';
  readonly embeddings: boolean;
}

const checkedSettings = (
  { model, tokenizer, settings }: TransformerFolder,
  options: TransformerOptions,
): Assembly['settings'] => {
  const most = model.transformer.maximumLength;
  const asked = options.maximumLength;
  const maximumLength = asked ?? Math.min(settings.maximumLength ?? tokenizer.maximumLength, most);
  const isWhole = asked === undefined || Number.isInteger(asked);
  if (!(isWhole && maximumLength > tokenizer.specialTokens && maximumLength <= most)) {
    throw new RangeError(
      `maximumLength must be a whole number above ${tokenizer.specialTokens} and at most ${most}, received ${maximumLength}`,
    );
  }
  return {
    ...settings,
    modelPath: '',
    pooling: poolingName(model.head.pooling),
    queryPrompt: options.queryPrompt ?? settings.queryPrompt,
    documentPrompt: options.documentPrompt ?? settings.documentPrompt,
    maximumLength,
  };
};

const checkedFrozen = (layers: number, options: TransformerOptions): Frozen => {
  if (options.lora !== undefined && options.adapter !== undefined) {
    throw new RangeError(
      'lora and adapter must not be given together: one starts new updates, the other continues saved ones',
    );
  }
  const { frozenLayers = 0 } = options;
  if (
    frozenLayers !== 'all' &&
    !(Number.isInteger(frozenLayers) && frozenLayers >= 0 && frozenLayers <= layers)
  ) {
    throw new RangeError(
      `frozenLayers must be 'all' or a whole number up to ${layers}, received ${frozenLayers}`,
    );
  }
  const isAdapted = options.lora !== undefined || options.adapter !== undefined;
  const embeddings = options.frozenEmbeddings ?? (isAdapted || frozenLayers === 'all' || frozenLayers > 0);
  return { layers: frozenLayers, embeddings };
};

/** The first layer that is trained, by itself or through low-rank updates. */
const lowestTrained = ({ layers }: Frozen): number => (layers === 'all' ? Number.POSITIVE_INFINITY : layers);

/** Whether a parameter itself is trained. */
const isTrained = ({ layer }: ParameterSpec, frozen: Frozen, options: TransformerOptions): boolean => {
  if (frozen.layers === 'all' || options.lora !== undefined || options.adapter !== undefined) return false;
  return layer < 0 ? !frozen.embeddings : layer >= frozen.layers;
};

/** Where a parameter's tensors lie: the model's checkpoint, or that of a linear map behind the pooling. */
interface WeightFile {
  readonly weights: CheckpointWeights;
  readonly prefixes: readonly string[];
}

/** Runs with the folder's checkpoints open, and closes them. */
const withWeights = async <T>(
  root: string,
  { settings, model }: ModelFolder,
  run: (file: (dense: number | null) => WeightFile) => Promise<T>,
): Promise<T> => {
  const opened: CheckpointWeights[] = [];
  const open = async (folder: string, prefixes: readonly string[]): Promise<WeightFile> => {
    const weights = await openCheckpoint(join(root, folder));
    opened.push(weights);
    return { weights, prefixes };
  };
  try {
    const own = await open(settings.modelPath, model.transformer.prefixes);
    const dense: WeightFile[] = [];
    for (const { path } of settings.dense) dense.push(await open(path, ['']));
    return await run((index) => (index === null ? own : dense[index]!));
  } finally {
    for (const weights of opened) await weights.close();
  }
};

/** Reads a model folder; what was allocated is freed where that fails. */
export const loadAssembly = async (directory: string, options: TransformerOptions): Promise<Assembly> => {
  const pooling = options.pooling === undefined ? undefined : poolingKind(options.pooling);
  const read = await readModelFolder(directory, pooling);
  const folder: TransformerFolder = { ...read, name: modelName(directory) };
  const settings = checkedSettings(folder, options);
  const frozen = checkedFrozen(folder.model.transformer.layers.length, options);
  const specs = parameterSpecs(folder.model);
  const parameters = new Parameters(specs);
  const scope = newVariableScope('transformer');
  try {
    let fingerprint = 0;
    await withWeights(directory, read, async (file) => {
      for (const spec of specs) {
        const { weights, prefixes } = file(spec.dense);
        const values = await readParameter(weights, spec, prefixes);
        fingerprint = weightsFingerprint(fingerprint, values);
        parameters.add(
          spec.name,
          tf.tensor(values, [...spec.shape]),
          isTrained(spec, frozen, options),
          scope,
        );
      }
    });
    let adapter: LoraSettings | null = null;
    if (options.adapter !== undefined)
      adapter = await addStoredAdapter(parameters, options.adapter, scope, lowestTrained(frozen));
    else if (options.lora !== undefined)
      adapter = addNewAdapter(parameters, options.lora, scope, lowestTrained(frozen));
    const overlong = options.overlong ?? folder.tokenizer.cut;
    return { folder, settings, overlong, parameters, adapter, frozen, fingerprint };
  } catch (error) {
    parameters.dispose();
    throw error;
  }
};

/** A model of random weights. */
export const randomAssembly = (options: RandomTransformerOptions): Assembly => {
  const { seed = 0 } = options;
  const folder = randomModel(options);
  const settings = checkedSettings(folder, options);
  const frozen = checkedFrozen(folder.model.transformer.layers.length, options);
  const specs = parameterSpecs(folder.model);
  const parameters = new Parameters(specs);
  const scope = newVariableScope('transformer');
  for (const spec of specs) {
    const value = initialValue(spec, INITIAL_DEVIATION, seed);
    parameters.add(spec.name, value, isTrained(spec, frozen, options), scope);
  }
  try {
    const adapter =
      options.lora === undefined
        ? null
        : addNewAdapter(parameters, options.lora, scope, lowestTrained(frozen));
    const overlong = options.overlong ?? folder.tokenizer.cut;
    return { folder, settings, overlong, parameters, adapter, frozen, fingerprint: seed };
  } catch (error) {
    parameters.dispose();
    throw error;
  }
};

/** Of new weights, as configs have it by default. */
const INITIAL_DEVIATION = 0.02;

const initialValue = (
  { name, shape, initial }: ParameterSpec,
  deviation: number,
  seed: number,
): tf.Tensor => {
  if (initial === 'zeros') return tf.zeros([...shape]);
  if (initial === 'ones') return tf.ones([...shape]);
  const random = createRandom(seed, name);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal() * deviation),
    [...shape],
  );
};
