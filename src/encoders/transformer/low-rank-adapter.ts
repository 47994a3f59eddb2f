import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkOptions, checkPositiveInteger, createRandom, type OptionNames } from '../../numerics/index.js';
import { finiteWeights } from '../finite-weights.js';
import { type JsonObject, readJsonObject } from '../read-files.js';
import { type LazyTensor, openSafetensors } from '../safetensors.js';
import { type LoraSettings, writeAdapterFiles } from './adapter-files.js';
import type { ParameterSpec } from './parameter-specs.js';
import type { LowRankUpdate, Parameters } from './parameters.js';

/** New low-rank updates, trained while the base weights stay unchanged. */
export interface LoraOptions {
  /** @defaultValue 8 */
  readonly rank?: number;
  /** The update is scaled by alpha / rank. @defaultValue 2 × rank */
  readonly alpha?: number;
  /**
   * Linear maps to update, by the last part of their path in the checkpoint, such as `query` or `q_proj`; `all-linear` for all.
   *
   * @defaultValue the query and value projections
   */
  readonly targets?: readonly string[] | 'all-linear';
  /** Seed of the random half of each update; the other half is 0, so training starts from the base model. @defaultValue 0 */
  readonly seed?: number;
}

/** A linear map of the checkpoint that can have an update. */
interface LinearModule {
  readonly module: string;
  readonly layer: number;
  readonly inputs: number;
  readonly columns: number;
}

const linearModules = (specs: readonly ParameterSpec[]): LinearModule[] =>
  specs
    .filter(({ transposed, dense }) => transposed && dense === null)
    .flatMap(({ parts, shape, layer }) =>
      parts.map(({ name, columns }) => ({
        module: name.replace(/\.weight$/, ''),
        layer,
        inputs: shape[0]!,
        columns,
      })),
    );

/** Where queries and values come from, by the names that architectures have for them. */
const DEFAULT_TARGETS = ['query', 'value', 'q_proj', 'v_proj', 'q_lin', 'v_lin', 'attn.q', 'attn.v', 'Wqkv'];

const matches = (module: string, target: string) => module === target || module.endsWith(`.${target}`);

const chosenModules = (
  specs: readonly ParameterSpec[],
  targets: NonNullable<LoraOptions['targets']>,
  lowest: number,
): LinearModule[] => {
  const all = linearModules(specs);
  const trained = all.filter(({ layer }) => layer >= lowest);
  if (trained.length === 0) {
    throw new RangeError('lora needs a layer to train, received frozenLayers that hold them all');
  }
  if (targets === 'all-linear') return trained;
  const chosen = trained.filter(({ module }) => targets.some((target) => matches(module, target)));
  const idle = targets.find((target) => !all.some(({ module }) => matches(module, target)));
  if ((idle !== undefined && targets !== DEFAULT_TARGETS) || chosen.length === 0) {
    const names = [...new Set(all.map(({ module }) => module.replace(/^.*\.\d+\./, '')))];
    throw new RangeError(
      `lora.targets must name linear maps (${names.join(', ')}), received ${idle ?? 'none'}`,
    );
  }
  return chosen;
};

const scaleOf = ({ rank, alpha, rankStabilized }: LoraSettings) =>
  alpha / (rankStabilized ? Math.sqrt(rank) : rank);

const createUpdate = (
  { module, layer }: LinearModule,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  scale: number,
  scope: string,
  trainable = true,
): LowRankUpdate => {
  const variable = (value: tf.Tensor2D, name: string) => {
    if (!trainable) return tf.keep(value);
    const result = tf.variable(value, true, `${scope}/${module}.${name}.weight`);
    value.dispose();
    return result;
  };
  return { module, layer, scale, a: variable(a, 'lora_A'), b: variable(b, 'lora_B') };
};

const LORA_OPTIONS: OptionNames<LoraOptions> = { rank: true, alpha: true, targets: true, seed: true };

/**
 * Adds new updates that change nothing yet.
 *
 * @param lowest The first layer that gets any.
 * @throws {RangeError} When an option is out of range or a target names no linear map.
 */
export const addNewAdapter = (
  parameters: Parameters,
  options: LoraOptions,
  scope: string,
  lowest: number,
): LoraSettings => {
  checkOptions('lora', options, LORA_OPTIONS);
  const { rank = 8, alpha = 2 * rank, targets = DEFAULT_TARGETS, seed = 0 } = options;
  checkPositiveInteger('lora.rank', rank);
  if (!(Number.isFinite(alpha) && alpha > 0)) {
    throw new RangeError(`lora.alpha must be a number above 0, received ${alpha}`);
  }
  const settings = { rank, alpha, rankStabilized: false };
  for (const target of chosenModules(parameters.specs, targets, lowest)) {
    const random = createRandom(seed, target.module);
    const bound = 1 / Math.sqrt(target.inputs);
    const values = Float32Array.from(
      { length: target.inputs * rank },
      () => (2 * random.uniform() - 1) * bound,
    );
    const a = tf.tensor2d(values, [target.inputs, rank]);
    const b = tf.zeros([rank, target.columns]) as tf.Tensor2D;
    parameters.addUpdate(createUpdate(target, a, b, scaleOf(settings), scope));
  }
  return settings;
};

const UNSUPPORTED: readonly (readonly [key: string, allowed: readonly unknown[]])[] = [
  ['peft_type', ['LORA']],
  ['use_dora', [undefined, null, false]],
  ['bias', [undefined, null, 'none']],
  ['fan_in_fan_out', [undefined, null, false]],
];

const isEmpty = (value: unknown) =>
  value === undefined || value === null || Object.keys(value as object).length === 0;

const readSettings = (config: JsonObject, path: string): LoraSettings => {
  for (const [key, allowed] of UNSUPPORTED) {
    if (!allowed.includes(config[key])) {
      throw new Error(
        `${path}: ${key} must be ${JSON.stringify(allowed.at(-1))}, found ${JSON.stringify(config[key])}`,
      );
    }
  }
  for (const key of ['modules_to_save', 'rank_pattern', 'alpha_pattern', 'layer_replication']) {
    if (!isEmpty(config[key])) {
      throw new Error(`${path}: ${key} is not supported, found ${JSON.stringify(config[key])}`);
    }
  }
  const { r: rank, lora_alpha: alpha } = config;
  if (typeof rank !== 'number' || !(Number.isInteger(rank) && rank > 0) || typeof alpha !== 'number') {
    throw new Error(`${path}: r and lora_alpha must be numbers above 0, found ${rank} and ${alpha}`);
  }
  return { rank, alpha, rankStabilized: config.use_rslora === true };
};

/** base_model.model.[bert.]encoder.layer.0.….lora_A[.default].weight */
const ADAPTER_TENSOR =
  /^(?:base_model\.model\.)?(?:(?:bert|roberta|distilbert|mpnet|nomic_bert|model)\.)?(.+)\.lora_([AB])(?:\.\w+)?\.weight$/;

/**
 * Adds the updates of a folder that PEFT or {@link saveAdapter} wrote.
 *
 * @param lowest The first layer whose updates are trained on.
 * @throws Error naming the file when it holds another kind of adapter or tensors that do not fit the model.
 */
export const addStoredAdapter = async (
  parameters: Parameters,
  directory: string,
  scope: string,
  lowest: number,
): Promise<LoraSettings> => {
  const settings = readSettings(
    await readJsonObject(join(directory, 'adapter_config.json')),
    join(directory, 'adapter_config.json'),
  );
  const path = join(directory, 'adapter_model.safetensors');
  const file = await openSafetensors(path);
  try {
    const pairs = new Map<string, { A?: string; B?: string }>();
    for (const name of file.shapes.keys()) {
      const [, module, half] = ADAPTER_TENSOR.exec(name) ?? [];
      if (module === undefined) throw new Error(`${path}: ${name} is no low-rank update`);
      // The pooler of BERT and RoBERTa stands behind the token vectors: it has no part in an embedding.
      if (module.startsWith('pooler.')) continue;
      pairs.set(module, { ...pairs.get(module), [half!]: name });
    }
    const modules = new Map(linearModules(parameters.specs).map((linear) => [linear.module, linear]));
    const transposed = async (name: string | undefined, module: string, shape: [number, number]) => {
      const has = name === undefined ? undefined : file.shapes.get(name);
      if (has?.join() !== shape.join()) {
        const found = has === undefined ? 'none' : `[${has.join(', ')}]`;
        throw new Error(
          `${path}: the update of ${module} must have shape [${shape.join(', ')}], found ${found}`,
        );
      }
      const data = finiteWeights(path, name!, (await file.read(name!)).data);
      return tf.tidy(() => tf.transpose(tf.tensor2d(data, shape)));
    };
    for (const [module, { A, B }] of pairs) {
      const linear = modules.get(module);
      if (linear === undefined) throw new Error(`${path}: the model has no linear map ${module}`);
      const a = await transposed(A, module, [settings.rank, linear.inputs]);
      const b = await transposed(B, module, [linear.columns, settings.rank]);
      parameters.addUpdate(createUpdate(linear, a, b, scaleOf(settings), scope, linear.layer >= lowest));
    }
    return settings;
  } finally {
    await file.close();
  }
};

const lazilyTransposed = (tensor: tf.Tensor2D): LazyTensor => ({
  shape: [tensor.shape[1], tensor.shape[0]],
  async read() {
    const turned = tf.tidy(() => tf.transpose(tensor));
    const data = await turned.data<'float32'>();
    turned.dispose();
    return data;
  },
});

/**
 * Writes adapter_model.safetensors and adapter_config.json as PEFT does.
 *
 * @param base What adapter_config.json names as the base model.
 */
export const saveAdapter = async (
  parameters: Parameters,
  settings: LoraSettings,
  directory: string,
  base: string,
): Promise<void> => {
  const updates = [...parameters.updates.values()].map(({ module, a, b }) => ({
    module,
    a: lazilyTransposed(a),
    b: lazilyTransposed(b),
  }));
  await writeAdapterFiles(directory, updates, settings, base);
};
