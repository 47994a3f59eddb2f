import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../numerics/index.js';
import { newVariableScope } from '../variable-scope.js';
import type { LoraSettings } from './adapter-files.js';
import { openCheckpoint, readParameter } from './checkpoint-weights.js';
import { addNewAdapter, addStoredAdapter } from './low-rank-adapter.js';
import { type ModelFolder, type ModelSettings, readModelFolder } from './model-folder.js';
import { type ParameterSpec, parameterSpecs } from './parameter-specs.js';
import { Parameters } from './parameters.js';
import type { Pooling } from './pooling.js';
import { randomModel } from './random-model.js';
import type { RandomTransformerOptions, TransformerOptions } from './transformer-options.js';
import { weightsFingerprint } from './weights-fingerprint.js';

/** Everything a new encoder is made of. */
export interface Assembly {
  readonly folder: Omit<ModelFolder, 'directory'>;
  readonly settings: ModelSettings & {
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
  { config, tokenizer, settings }: Omit<ModelFolder, 'directory'>,
  options: TransformerOptions,
): Assembly['settings'] => {
  const most = config.maximumPositions;
  const asked = options.maximumLength;
  if (asked !== undefined && !(Number.isInteger(asked) && asked > tokenizer.specialTokens && asked <= most)) {
    throw new RangeError(
      `maximumLength must be a whole number above ${tokenizer.specialTokens} and at most ${most}, received ${asked}`,
    );
  }
  return {
    ...settings,
    modelPath: '',
    pooling: options.pooling ?? settings.pooling ?? (config.causal ? 'last' : 'mean'),
    queryPrompt: options.queryPrompt ?? settings.queryPrompt,
    documentPrompt: options.documentPrompt ?? settings.documentPrompt,
    maximumLength: asked ?? Math.min(settings.maximumLength ?? tokenizer.maximumLength, most),
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

/** Reads a model folder; what was allocated is freed where that fails. */
export const loadAssembly = async (directory: string, options: TransformerOptions): Promise<Assembly> => {
  const folder = await readModelFolder(directory);
  const settings = checkedSettings(folder, options);
  const frozen = checkedFrozen(folder.config.layers, options);
  const specs = parameterSpecs(folder.config);
  const parameters = new Parameters(specs);
  const scope = newVariableScope('transformer');
  try {
    const weights = await openCheckpoint(folder.directory);
    let fingerprint = 0;
    try {
      for (const spec of specs) {
        const values = await readParameter(weights, spec, folder.directory);
        fingerprint = weightsFingerprint(fingerprint, values);
        parameters.add(
          spec.name,
          tf.tensor(values, [...spec.shape]),
          isTrained(spec, frozen, options),
          scope,
        );
      }
    } finally {
      await weights.close();
    }
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
  const frozen = checkedFrozen(folder.config.layers, options);
  const specs = parameterSpecs(folder.config);
  const parameters = new Parameters(specs);
  const scope = newVariableScope('transformer');
  for (const spec of specs) {
    const value = initialValue(spec, folder.config.initializerRange, seed);
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
