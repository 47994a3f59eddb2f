import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bootstrapInterval,
  bootstrapIntervals,
  holmCorrection,
  pairedRandomizationTest,
} from '../../src/metrics/index.js';
import { createRandom } from '../../src/numerics/index.js';
import golden from './golden/metrics.golden.json';

const { holm, randomization, bootstrap } = golden.significance;

describe('pairedRandomizationTest', () => {
  test.each(['two-sided', 'greater', 'less'] as const)('agrees with scipy when exact: %s', (alternative) => {
    const { a, b, pValues } = randomization;
    const found = pairedRandomizationTest(a, b, { alternative });
    expect(found.exact).toBe(true);
    expect(found.pValue).toBeCloseTo(pValues[alternative], 12);
  });

  test('counts sums that are equal but for rounding as equally extreme', () => {
    // 0.3 + 0.1 − 0.1 − 0.1 and 0.3 − 0.1 + 0.1 − 0.1 differ in their last bit; 3 + 1 − 1 − 1 and 3 − 1 + 1 − 1 do not.
    for (const differences of [
      [3, 1, -1, -1],
      [3, -1, 1, -1],
      [3, -1, -1, 1],
    ]) {
      const zeros = [0, 0, 0, 0];
      const tenths = differences.map((d) => d / 10);
      for (const alternative of ['two-sided', 'greater', 'less'] as const) {
        expect(pairedRandomizationTest(tenths, zeros, { alternative }).pValue).toBe(
          pairedRandomizationTest(differences, zeros, { alternative }).pValue,
        );
      }
    }
  });

  test('comes close to the exact p-value by sampling', () => {
    const { a, b, pValues } = randomization;
    for (const alternative of ['two-sided', 'greater', 'less'] as const) {
      const found = pairedRandomizationTest(a, b, { alternative, permutations: 4000 });
      expect(found).toMatchObject({ exact: false, permutations: 4000 });
      expect(Math.abs(found.pValue - pValues[alternative])).toBeLessThan(0.03);
    }
  });

  test('is uniform when there is no difference', () => {
    const random = createRandom(9);
    let below = 0;
    for (let round = 0; round < 400; round++) {
      const a = Array.from({ length: 40 }, () => random.uniform());
      const b = Array.from({ length: 40 }, () => random.uniform());
      if (pairedRandomizationTest(a, b, { permutations: 200, seed: round }).pValue <= 0.1) below += 1;
    }
    // 40 expected, standard deviation 6.
    expect(below).toBeGreaterThan(18);
    expect(below).toBeLessThan(62);
  });

  test('is certain of nothing when the systems are equal, and never says 0', () => {
    expect(pairedRandomizationTest([1, 0, 1], [1, 0, 1])).toMatchObject({ pValue: 1, difference: 0 });
    const better = Array.from({ length: 60 }, () => 1);
    const found = pairedRandomizationTest(
      better,
      better.map(() => 0),
      { permutations: 99 },
    );
    expect(found.pValue).toBe(0.01);
  });

  test('is the same for the same seed', () => {
    const a = Array.from({ length: 30 }, (_, i) => Math.sin(i));
    const b = Array.from({ length: 30 }, (_, i) => Math.cos(i));
    const options = { permutations: 500, seed: 4 };
    expect(pairedRandomizationTest(a, b, options)).toEqual(pairedRandomizationTest(a, b, options));
    expect(pairedRandomizationTest(a, b, options).pValue).toBe(pairedRandomizationTest(b, a, options).pValue);
  });

  test('refuses bad input by name', () => {
    expect(() => pairedRandomizationTest([1], [1, 2])).toThrow('b must have shape [Q] = [1], received 2');
    expect(() => pairedRandomizationTest([], [])).toThrow('a must hold at least one query, received 0');
    expect(() => pairedRandomizationTest([1], [Number.NaN])).toThrow('b[0] must be finite, received NaN');
    expect(() => pairedRandomizationTest([1], [1], { permutations: 0 })).toThrow(
      'permutations must be a whole number of at least 1, received 0',
    );
  });
});

test('pairedRandomizationTest is exact where all sign assignments are no more than it may try', () => {
  const exact = (permutations: number) =>
    pairedRandomizationTest([1, 2, 3], [0, 0, 0], { permutations }).exact;
  expect([7, 8].map(exact)).toEqual([false, true]);
});

describe('bootstrapIntervals', () => {
  test('gives each column the interval that it has alone, to the last bit', () => {
    const columns = [1, 2, 3].map((c) => Float64Array.from({ length: 57 }, (_, i) => Math.sin(c * i) ** 2));
    for (const options of [{}, { seed: 4, resamples: 333, level: 0.8 }])
      expect(bootstrapIntervals(columns, options)).toEqual(
        columns.map((values) => bootstrapInterval(values, options)),
      );
    expect(bootstrapIntervals([])).toEqual([]);
  });

  test('names a column that does not fit', () => {
    expect(() => bootstrapIntervals([[1, 2], [1]])).toThrow(
      'columns[1] must have shape [Q] = [2], received 1',
    );
    expect(() => bootstrapIntervals([[1], [Number.NaN]])).toThrow(
      'columns[1][0] must be finite, received NaN',
    );
  });
});

describe('bootstrapInterval', () => {
  test('agrees with scipy on 200,000 resamples to within its own noise', () => {
    const { low, high, mean } = bootstrapInterval(bootstrap.values, { resamples: 20_000 });
    expect(Math.abs(low - bootstrap.low)).toBeLessThan(0.003);
    expect(Math.abs(high - bootstrap.high)).toBeLessThan(0.003);
    expect(mean).toBeCloseTo(bootstrap.values.reduce((a, b) => a + b) / bootstrap.values.length, 12);
  });

  test('widens with the level and closes on equal values', () => {
    const narrow = bootstrapInterval(bootstrap.values, { level: 0.5 });
    const wide = bootstrapInterval(bootstrap.values, { level: 0.99 });
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
    expect(bootstrapInterval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  test('interpolates between the means of the resamples', () => {
    // Between two means the quantiles lie on a line, so the width is proportional to the level.
    const widths = [0.2, 0.5].map((level) => {
      const { low, high } = bootstrapInterval([0, 1, 4, 9, 16], { resamples: 2, level });
      return high - low;
    });
    expect(widths[0]).toBeGreaterThan(0);
    expect(widths[1]! / widths[0]!).toBeCloseTo(2.5, 10);
  });

  test('refuses bad input by name', () => {
    expect(() => bootstrapInterval([])).toThrow('values must hold at least one query, received 0');
    expect(() => bootstrapInterval([Number.NaN])).toThrow('values[0] must be finite, received NaN');
    expect(() => bootstrapInterval([1], { level: 1 })).toThrow('level must be in (0, 1), received 1');
  });
});

describe('holmCorrection', () => {
  test('agrees with statsmodels', () => {
    holmCorrection(holm.p).forEach((p, i) => {
      expect(p).toBeCloseTo(holm.adjusted[i]!, 12);
    });
  });

  test('keeps the order of the p-values and never lowers one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (p) => {
        const adjusted = holmCorrection(p);
        p.forEach((value, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(value);
          p.forEach((other, j) => {
            if (value < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
    );
  });

  test('refuses what is not a p-value', () => {
    expect(() => holmCorrection([0.5, 1.5])).toThrow('pValues[1] must be in [0, 1], received 1.5');
  });
});
