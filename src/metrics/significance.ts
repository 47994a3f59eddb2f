import { checkOptions, checkPositiveInteger, createRandom, type OptionNames } from '../numerics/index.js';

/** How many sign assignments {@link pairedRandomizationTest} tries, and from which seed. */
export interface RandomizationTestOptions {
  /**
   * Sign assignments tried; where 2ⁿ is not more than this, all of them are and the p-value is exact.
   * @defaultValue 10000
   */
  readonly permutations?: number;
  /** @defaultValue 'two-sided' */
  readonly alternative?: 'two-sided' | 'greater' | 'less';
  /** @defaultValue 0 */
  readonly seed?: number;
}

const RANDOMIZATION_TEST_OPTIONS: OptionNames<RandomizationTestOptions> = {
  permutations: true,
  alternative: true,
  seed: true,
};

export interface RandomizationTest {
  /** The mean of a − b. */
  readonly difference: number;
  readonly pValue: number;
  /** How many sign assignments stand behind the p-value. */
  readonly permutations: number;
  /** Whether these were all there are. */
  readonly exact: boolean;
}

/** The confidence of an interval, and how it is resampled. */
export interface BootstrapOptions {
  /**
   * The share of the intervals that hold the true mean.
   * @defaultValue 0.95
   */
  readonly level?: number;
  /** @defaultValue 10000 */
  readonly resamples?: number;
  /** @defaultValue 0 */
  readonly seed?: number;
}

const BOOTSTRAP_OPTIONS: OptionNames<BootstrapOptions> = { level: true, resamples: true, seed: true };

export interface BootstrapInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const checkFinite = (values: ArrayLike<number>, name: string) => {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) {
      throw new RangeError(`${name}[${i}] must be finite, received ${values[i]}`);
    }
  }
};

/**
 * Fisher's paired randomization test: how often would random swaps of the two systems within each query give a
 * mean difference as large as the one seen?
 *
 * Exact where all 2ⁿ swaps fit into `permutations`; else p = (c + 1)/(m + 1) with c of m random swaps at least as
 * extreme, which is never 0.
 *
 * @param a Values per query of one system, [Q].
 * @param b Values per query of the other, in the same order, [Q].
 * @throws RangeError when lengths differ, there is no query, or a value is not finite.
 *
 * Time O(permutations·Q), memory O(Q).
 *
 * @example
 * ```ts
 * import { pairedRandomizationTest } from 'oasis-embed/metrics';
 * const { difference, pValue } = pairedRandomizationTest([0.9, 0.8, 0.7, 0.9], [0.5, 0.6, 0.4, 0.5]);
 * console.log(difference.toFixed(3), pValue); // 0.325 0.125
 * ```
 * @see Smucker, Allan and Carterette (2007), A comparison of statistical significance tests for IR evaluation.
 */
export const pairedRandomizationTest = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: RandomizationTestOptions = {},
): RandomizationTest => {
  checkOptions('pairedRandomizationTest', options, RANDOMIZATION_TEST_OPTIONS);
  const { permutations = 10000, alternative = 'two-sided', seed = 0 } = options;
  checkPositiveInteger('permutations', permutations);
  if (a.length !== b.length)
    throw new RangeError(`b must have shape [Q] = [${a.length}], received ${b.length}`);
  if (a.length === 0) throw new RangeError('a must hold at least one query, received 0');
  checkFinite(a, 'a');
  checkFinite(b, 'b');
  const differences = Float64Array.from(a, (value, i) => value - b[i]!);
  // Queries without a difference contribute nothing under any sign.
  const moving = differences.filter((difference) => difference !== 0);
  const size = moving.length;
  const observed = moving.reduce((sum, difference) => sum + difference, 0);
  // Sums that are equal but for rounding count as equally extreme.
  const slack = 1e-12 * moving.reduce((sum, difference) => sum + Math.abs(difference), 0);
  const extreme = (sum: number) =>
    alternative === 'two-sided'
      ? Math.abs(sum) >= Math.abs(observed) - slack
      : alternative === 'greater'
        ? sum >= observed - slack
        : sum <= observed + slack;
  const difference = observed / a.length;
  if (size < 53 && 2 ** size <= permutations) {
    let count = 0;
    for (let signs = 0; signs < 2 ** size; signs++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += Math.floor(signs / 2 ** i) % 2 === 1 ? -moving[i]! : moving[i]!;
      if (extreme(sum)) count += 1;
    }
    return { difference, pValue: count / 2 ** size, permutations: 2 ** size, exact: true };
  }
  const random = createRandom(seed, 'randomization');
  let count = 0;
  for (let round = 0; round < permutations; round++) {
    let sum = 0;
    let bits = 0;
    for (let i = 0; i < size; i++) {
      if (i % 32 === 0) bits = random.uint32();
      sum += (bits & 1) === 1 ? -moving[i]! : moving[i]!;
      bits >>>= 1;
    }
    if (extreme(sum)) count += 1;
  }
  return { difference, pValue: (count + 1) / (permutations + 1), permutations, exact: false };
};

/**
 * A percentile bootstrap interval for the mean of values per query; of differences per query, for how much one
 * system leads another.
 *
 * @param values [Q].
 * @throws RangeError when there is no value, one is not finite, or an option is out of range.
 *
 * Time O(resamples·Q), memory O(resamples).
 *
 * @example
 * ```ts
 * import { bootstrapInterval } from 'oasis-embed/metrics';
 * const { mean, low, high } = bootstrapInterval([0.2, 0.4, 0.6, 0.8, 1], { seed: 7 });
 * console.log(mean.toFixed(1), low < mean, mean < high); // 0.6 true true
 * ```
 * @see Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13.
 */
export const bootstrapInterval = (
  values: ArrayLike<number>,
  options: BootstrapOptions = {},
): BootstrapInterval => {
  checkOptions('bootstrapInterval', options, BOOTSTRAP_OPTIONS);
  return bootstrapIntervals([values], options)[0]!;
};

/**
 * {@link bootstrapInterval} for several measures or systems on the same queries: the same intervals, from one drawing of
 * queries for all of them, which is what takes the time.
 *
 * @param columns Values per query, each [Q].
 * @throws RangeError as {@link bootstrapInterval} does, or when lengths differ.
 *
 * Time O(resamples·Q·columns), memory O((resamples + Q)·columns).
 *
 * @example
 * ```ts
 * import { bootstrapIntervals } from 'oasis-embed/metrics';
 * const [first, second] = bootstrapIntervals([[0.2, 0.4, 0.6], [0.3, 0.3, 0.3]]);
 * console.log(first!.mean.toFixed(1), second!.low, second!.high); // 0.4 0.3 0.3
 * ```
 */
export const bootstrapIntervals = (
  columns: readonly ArrayLike<number>[],
  options: BootstrapOptions = {},
): BootstrapInterval[] => {
  checkOptions('bootstrapIntervals', options, BOOTSTRAP_OPTIONS);
  const { level = 0.95, resamples = 10000, seed = 0 } = options;
  checkPositiveInteger('resamples', resamples);
  if (!(level > 0 && level < 1)) throw new RangeError(`level must be in (0, 1), received ${level}`);
  const count = columns.length;
  const size = columns[0]?.length ?? 0;
  columns.forEach((values, c) => {
    const name = count === 1 ? 'values' : `columns[${c}]`;
    if (values.length === 0) throw new RangeError(`${name} must hold at least one query, received 0`);
    if (values.length !== size)
      throw new RangeError(`${name} must have shape [Q] = [${size}], received ${values.length}`);
    checkFinite(values, name);
  });
  // Query by query, so that what is drawn together lies together.
  const rows = new Float64Array(size * count);
  columns.forEach((values, c) => {
    for (let i = 0; i < size; i++) rows[i * count + c] = values[i]!;
  });
  const random = createRandom(seed, 'bootstrap');
  const means = columns.map(() => new Float64Array(resamples));
  const sums = new Float64Array(count);
  for (let round = 0; round < resamples; round++) {
    sums.fill(0);
    for (let i = 0; i < size; i++) {
      const from = random.below(size) * count;
      for (let c = 0; c < count; c++) sums[c]! += rows[from + c]!;
    }
    for (let c = 0; c < count; c++) means[c]![round] = sums[c]! / size;
  }
  return columns.map((values, c) => {
    const sorted = means[c]!.sort();
    const quantile = (q: number) => {
      const place = q * (resamples - 1);
      const below = Math.floor(place);
      const next = Math.min(below + 1, resamples - 1);
      return sorted[below]! + (place - below) * (sorted[next]! - sorted[below]!);
    };
    let total = 0;
    for (let i = 0; i < size; i++) total += values[i]!;
    return { mean: total / size, low: quantile((1 - level) / 2), high: quantile((1 + level) / 2) };
  });
};

/**
 * Holm's step-down correction for several comparisons: adjusted p-values, each to be compared with α directly.
 *
 * With p₍₁₎ ≤ … ≤ p₍ₘ₎: adjusted p₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎).
 *
 * @param pValues [m], in any order, each in [0, 1].
 * @returns [m], in the order given. No p-values give none.
 * @throws RangeError when one is outside [0, 1].
 *
 * @example
 * ```ts
 * import { holmCorrection } from 'oasis-embed/metrics';
 * console.log(Array.from(holmCorrection([0.01, 0.04, 0.03]), (p) => p.toFixed(2))); // ['0.03', '0.06', '0.06']
 * ```
 * @see Holm (1979), A simple sequentially rejective multiple test procedure.
 */
export const holmCorrection = (pValues: ArrayLike<number>): Float64Array => {
  const size = pValues.length;
  for (let i = 0; i < size; i++) {
    if (!(pValues[i]! >= 0 && pValues[i]! <= 1)) {
      throw new RangeError(`pValues[${i}] must be in [0, 1], received ${pValues[i]}`);
    }
  }
  const adjusted = new Float64Array(size);
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  let least = 0;
  order.forEach((index, place) => {
    least = Math.max(least, Math.min(1, (size - place) * pValues[index]!));
    adjusted[index] = least;
  });
  return adjusted;
};
