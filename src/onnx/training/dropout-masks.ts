import { createRandom } from '../../numerics/index.js';
import type { Value } from '../graph/graph.js';
import { type Sizes, sizedShape } from '../graph/sized-shape.js';

/** A mask that a graph asks for. */
export interface MaskInput {
  readonly value: Value;
  /** The share that is dropped. */
  readonly rate: number;
}

/**
 * A mask of 1 for what is kept and 0 for what is dropped, each independently with probability `rate`: the same for the same
 * seed and name.
 *
 * Jumps from one that is dropped to the next, by the geometric distribution of the gaps: O(rate · length) draws.
 */
export const dropoutMask = (length: number, rate: number, seed: number, name: string): Uint8Array => {
  const mask = new Uint8Array(length).fill(1);
  if (rate === 0) return mask;
  const random = createRandom(seed, name);
  const scale = 1 / Math.log1p(-rate);
  const gap = () => Math.floor(Math.log1p(-random.uniform()) * scale);
  for (let i = gap(); i < length; i += 1 + gap()) mask[i] = 0;
  return mask;
};

/** What names the masks of a pass: a pass that is computed again gets the same ones. */
export interface Noise {
  readonly seed: number;
  readonly name: string;
}

/** The masks of a pass, by the names of inputs. */
export const passMasks = (
  inputs: readonly MaskInput[],
  sizes: Sizes,
  { seed, name }: Noise,
): Map<string, Uint8Array> =>
  new Map(
    inputs.map(({ value, rate }) => {
      const length = sizedShape(value.shape, sizes).reduce((product, size) => product * size, 1);
      return [value.name, dropoutMask(length, rate, seed, `${name} ${value.name}`)];
    }),
  );
