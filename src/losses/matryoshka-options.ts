import { checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { checkBoolean, checkLength, type Numbers, readWeights, refuse } from './checks.js';

/** The widths that `matryoshkaLoss` trains, and their weights. */
export interface MatryoshkaOptions {
  /** Leading widths to train, each at most D. */
  readonly dimensions: readonly number[];
  /** One per width. @defaultValue all 1 */
  readonly weights?: Numbers;
  /** Scale each truncated row to length 1 again; zero rows stay zero. @defaultValue true */
  readonly unitLength?: boolean;
  /** How many of `dimensions` a call takes, drawn anew each time: a step costs less. @defaultValue all of them */
  readonly dimensionsPerStep?: number;
  /** Draws the widths of a step: numbers in [0, 1), such as a seeded generator's. @defaultValue Math.random */
  readonly random?: () => number;
}

export const MATRYOSHKA_OPTIONS: OptionNames<MatryoshkaOptions> = {
  dimensions: true,
  weights: true,
  unitLength: true,
  dimensionsPerStep: true,
  random: true,
};

/** The widths of one call, with their weights, none of them 0. */
export interface MatryoshkaSettings {
  readonly widths: readonly { readonly dimension: number; readonly weight: number }[];
  readonly unitLength: boolean;
}

/** Checks the options for embeddings of `width` columns, and draws the widths of this call. */
export const readMatryoshkaOptions = (options: MatryoshkaOptions, width: number): MatryoshkaSettings => {
  const { dimensions, unitLength = true, random = Math.random } = options;
  checkBoolean('unitLength', unitLength);
  if (typeof random !== 'function') refuse('random', 'be a function', random, TypeError);
  checkLength('dimensions', 'W', dimensions, dimensions?.length);
  if (dimensions.length === 0) throw new RangeError('dimensions must name at least one width, received none');
  for (const dimension of dimensions) {
    if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= width))
      refuse('dimensions', `be whole numbers in [1, D] = [1, ${width}]`, dimension);
  }
  const weights = readWeights(options.weights, 'dimensions', dimensions.length);
  const { dimensionsPerStep = dimensions.length } = options;
  checkPositiveInteger('dimensionsPerStep', dimensionsPerStep);
  if (dimensionsPerStep > dimensions.length)
    refuse('dimensionsPerStep', `be at most the ${dimensions.length} of dimensions`, dimensionsPerStep);
  const widths = draw(dimensions.length, dimensionsPerStep, random).map((i) => ({
    dimension: dimensions[i]!,
    weight: weights?.[i] ?? 1,
  }));
  return { widths: widths.filter(({ weight }) => weight !== 0), unitLength };
};

/** `count` positions of [0, length), each set of them as likely as any other, in rising order. */
const draw = (length: number, count: number, random: () => number): number[] => {
  const all = Array.from({ length }, (_, i) => i);
  if (count === length) return all;
  for (let i = 0; i < count; i++) {
    const other = i + Math.min(Math.floor(random() * (length - i)), length - i - 1);
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, count).sort((a, b) => a - b);
};
