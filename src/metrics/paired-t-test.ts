import { checkOptions, type OptionNames } from '../numerics/index.js';
import { studentsTail } from './students-t.js';

/** Which alternative {@link pairedTTest} tests. */
export interface PairedTTestOptions {
  /** @defaultValue 'two-sided' */
  readonly alternative?: 'two-sided' | 'greater' | 'less';
}

const PAIRED_T_TEST_OPTIONS: OptionNames<PairedTTestOptions> = { alternative: true };

export interface PairedTTest {
  /** The mean of a − b. */
  readonly difference: number;
  /** The mean over its standard error; NaN where all differences are 0. */
  readonly statistic: number;
  /** Queries less one. */
  readonly degreesOfFreedom: number;
  /** 1 where all differences are 0. */
  readonly pValue: number;
}

/**
 * Student's paired t-test of the values per query of two systems.
 *
 * t = d̄ / (s/√Q) with the mean d̄ and the sample standard deviation s of the differences. Where all differences are 0, p is 1;
 * where all are equal and not 0, p is 0.
 *
 * @param a Values per query of one system, [Q].
 * @param b Values per query of the other, in the same order, [Q].
 * @throws RangeError when lengths differ, there are fewer than two queries, or a value is not finite. O(Q).
 *
 * @example
 * ```ts
 * import { pairedTTest } from 'oasis-embed/metrics';
 * const { pValue } = pairedTTest([0.9, 0.8, 0.7, 0.9], [0.5, 0.6, 0.4, 0.5]);
 * console.log(pValue.toFixed(4)); // 0.0065
 * ```
 * @see Student (1908), The probable error of a mean.
 */
export const pairedTTest = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: PairedTTestOptions = {},
): PairedTTest => {
  checkOptions('pairedTTest', options, PAIRED_T_TEST_OPTIONS);
  const { alternative = 'two-sided' } = options;
  if (!['two-sided', 'greater', 'less'].includes(alternative)) {
    throw new RangeError(
      `alternative must be two-sided, greater or less, received ${JSON.stringify(alternative)}`,
    );
  }
  const size = a.length;
  if (b.length !== size) throw new RangeError(`b must have shape [Q] = [${size}], received ${b.length}`);
  if (size < 2) throw new RangeError(`a must hold at least two queries, received ${size}`);
  const differences = Float64Array.from(a, (value, i) => value - b[i]!);
  differences.forEach((difference, i) => {
    if (!Number.isFinite(difference)) {
      throw new RangeError(`a[${i}] and b[${i}] must be finite, received ${a[i]} and ${b[i]}`);
    }
  });
  const difference = differences.reduce((sum, value) => sum + value, 0) / size;
  const degreesOfFreedom = size - 1;
  if (differences.every((value) => value === 0)) {
    return { difference: 0, statistic: Number.NaN, degreesOfFreedom, pValue: 1 };
  }
  const squares = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0);
  const statistic = difference / Math.sqrt(squares / degreesOfFreedom / size);
  const above = studentsTail(statistic, degreesOfFreedom);
  const pValue =
    alternative === 'greater'
      ? above
      : alternative === 'less'
        ? studentsTail(-statistic, degreesOfFreedom)
        : 2 * studentsTail(Math.abs(statistic), degreesOfFreedom);
  return { difference, statistic, degreesOfFreedom, pValue: Math.min(1, pValue) };
};
