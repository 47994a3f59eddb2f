import type { ModelDescription } from '../../encoders/description/index.js';
import { type LayerMap, layerMaps } from '../../encoders/description/index.js';
import type { LoraOptions } from '../../encoders/index.js';
import { checkOptions, checkPositiveInteger, createRandom, type OptionNames } from '../../numerics/index.js';
import type { LowRankUpdate } from '../build/linear.js';
import type { ModelWeights } from '../model/read-weights.js';

/** Low-rank updates, and what they are made of. */
export interface LowRankWeights {
  /** By the weight that is updated. */
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  readonly weights: ModelWeights;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly rank: number;
  readonly alpha: number;
}

const LORA_OPTIONS: OptionNames<LoraOptions> = { rank: true, alpha: true, targets: true, seed: true };

/** The module of a linear map, such as `encoder.layer.0.attention.self.query`. */
export const moduleOf = (weight: string): string => weight.replace(/\.weight$/, '');

const chosenMaps = (
  model: ModelDescription,
  targets: LoraOptions['targets'],
  frozenLayers: number,
): LayerMap[] => {
  const all = layerMaps(model);
  const trained = all.filter(({ layer }) => layer >= frozenLayers);
  if (trained.length === 0)
    throw new RangeError('lora needs a layer to train, received frozenLayers that hold them all');
  if (targets === 'all-linear') return trained;
  if (targets === undefined) return trained.filter(({ isQueryOrValue }) => isQueryOrValue);
  const matches = ({ weight }: LayerMap, target: string) => `.${moduleOf(weight)}`.endsWith(`.${target}`);
  const idle = targets.find((target) => !all.some((map) => matches(map, target)));
  const chosen = trained.filter((map) => targets.some((target) => matches(map, target)));
  if (idle !== undefined || chosen.length === 0) {
    const names = [...new Set(all.map(({ weight }) => moduleOf(weight).replace(/^.*\.\d+\./, '')))];
    throw new RangeError(
      `lora.targets must name linear maps (${names.join(', ')}), received ${idle ?? 'none'}`,
    );
  }
  return chosen;
};

/**
 * New low-rank updates, the same numbers that `TransformerEncoder` starts with: A random as PEFT has it (uniform within
 * ± √(1 / inputs)), B zero, so that nothing changes yet.
 *
 * @param frozenLayers Layers from below that get none.
 * @throws {RangeError} When an option is out of range or a target names no linear map.
 */
export const lowRankWeights = (
  model: ModelDescription,
  options: LoraOptions,
  frozenLayers: number,
): LowRankWeights => {
  checkOptions('lora', options, LORA_OPTIONS);
  const { rank = 8, alpha = 2 * rank, targets, seed = 0 } = options;
  checkPositiveInteger('lora.rank', rank);
  if (!(Number.isFinite(alpha) && alpha > 0))
    throw new RangeError(`lora.alpha must be a number above 0, received ${alpha}`);
  const updates = new Map<string, LowRankUpdate>();
  const weights: ModelWeights = new Map();
  const shapes = new Map<string, readonly number[]>();
  for (const { weight, inputs, outputs } of chosenMaps(model, targets, frozenLayers)) {
    const module = moduleOf(weight);
    const [a, b] = [`${module}.lora_A.weight`, `${module}.lora_B.weight`];
    weights.set(a, initialA(inputs, rank, seed, module));
    weights.set(b, new Float32Array(outputs * rank));
    shapes.set(a, [rank, inputs]);
    shapes.set(b, [outputs, rank]);
    updates.set(weight, { a, b, rank, factor: alpha / rank });
  }
  return { updates, weights, shapes, rank, alpha };
};

/** [rank, inputs], drawn input by input. */
const initialA = (inputs: number, rank: number, seed: number, module: string): Float32Array => {
  const random = createRandom(seed, module);
  const bound = 1 / Math.sqrt(inputs);
  const a = new Float32Array(rank * inputs);
  for (let i = 0; i < inputs; i++)
    for (let k = 0; k < rank; k++) a[k * inputs + i] = (2 * random.uniform() - 1) * bound;
  return a;
};

/** The weights with the updates added to them: W + factor · B · A. */
export const mergedWeights = (
  base: ModelWeights,
  { updates, weights }: Pick<LowRankWeights, 'updates' | 'weights'>,
): ModelWeights => {
  const merged: ModelWeights = new Map(base);
  for (const [name, { a, b, rank, factor }] of updates) {
    const [left, right] = [weights.get(b)!, weights.get(a)!];
    const sum = Float32Array.from(base.get(name)!);
    const inputs = right.length / rank;
    for (let i = 0; i < sum.length; i++) {
      const [row, column] = [Math.floor(i / inputs), i % inputs];
      let product = 0;
      for (let k = 0; k < rank; k++) product += left[row * rank + k]! * right[k * inputs + column]!;
      sum[i] = sum[i]! + factor * product;
    }
    merged.set(name, sum);
  }
  return merged;
};
