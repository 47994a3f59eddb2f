import { createRandom } from '../../numerics/index.js';
import type { LowRankUpdate } from '../build/linear.js';
import type { ModelDescription } from '../model/model-description.js';
import type { ModelWeights } from '../model/read-weights.js';
import { linearMaps } from '../model/weight-list.js';

/** The rank, factor and place of low-rank updates (LoRA). */
export interface OnnxLoraOptions {
  /** Columns of the updates. @defaultValue 8 */
  readonly rank?: number;
  /** The updates' factor is alpha / rank. @defaultValue 16 */
  readonly alpha?: number;
  /** Endings of the linear maps that get an update, such as `query`. @defaultValue every map inside the layers */
  readonly targets?: readonly string[];
  /** @defaultValue 0 */
  readonly seed?: number;
}

export interface LowRankWeights {
  /** By the weight that is updated. */
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  readonly weights: ModelWeights;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

const moduleOf = (weight: string): string => weight.replace(/\.weight$/, '');

/**
 * New low-rank updates: A random as PEFT has it (uniform within ± √(1 / inputs)), B zero, so that nothing changes yet.
 *
 * @throws {RangeError} When no linear map has one of the endings.
 */
export const lowRankWeights = (
  model: ModelDescription,
  { rank = 8, alpha = 16, targets, seed = 0 }: OnnxLoraOptions,
): LowRankWeights => {
  const all = linearMaps(model);
  const chosen = all.filter(
    ({ weight }) =>
      targets === undefined || targets.some((ending) => `.${moduleOf(weight)}`.endsWith(`.${ending}`)),
  );
  if (chosen.length === 0) {
    const known = [...new Set(all.map(({ weight }) => moduleOf(weight).replace(/^.*\.\d+\./, '')))];
    throw new RangeError(
      `lora.targets must be endings of ${known.join(', ')}, received ${targets?.join(', ')}`,
    );
  }
  const updates = new Map<string, LowRankUpdate>();
  const weights: ModelWeights = new Map();
  const shapes = new Map<string, readonly number[]>();
  for (const { weight, inputs, outputs } of chosen) {
    const [a, b] = [`${moduleOf(weight)}.lora_A.weight`, `${moduleOf(weight)}.lora_B.weight`];
    const random = createRandom(seed, a);
    const bound = Math.sqrt(1 / inputs);
    weights.set(
      a,
      Float32Array.from({ length: rank * inputs }, () => (2 * random.uniform() - 1) * bound),
    );
    weights.set(b, new Float32Array(outputs * rank));
    shapes.set(a, [rank, inputs]);
    shapes.set(b, [outputs, rank]);
    updates.set(weight, { a, b, rank, factor: alpha / rank });
  }
  return { updates, weights, shapes };
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
