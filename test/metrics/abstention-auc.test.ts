import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { abstentionAuc } from '../../src/metrics/index.js';

const queries = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 4 })), {
  minLength: 1,
  maxLength: 60,
});

/** The mean of what remains under every order of equal keys is that of their means: here equal keys share theirs. */
const areaByDefinition = (keys: readonly number[], values: readonly number[]): number => {
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const sorted = keys
    .map((key) => ({ key, value: mean(values.filter((_, j) => keys[j] === key)) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
  const curve = Array.from({ length: 10 }, (_, i) => {
    const left = (i * keys.length) / 10;
    // The nearest whole number, of two the even one.
    const whole = left % 1 === 0.5 ? 2 * Math.round(left / 2) : Math.round(left);
    return mean(sorted.slice(Math.min(whole, keys.length - 1)));
  });
  return curve.slice(1).reduce((area, value, i) => area + (value + curve[i]!) / 20, 0);
};

// MTEB's own numbers are in test/benchmarks/golden/mteb-scores.golden.json.
describe('abstentionAuc', () => {
  test('is where the curve lies between a flat one and the oracle’s', () => {
    fc.assert(
      fc.property(queries, (pairs) => {
        const confidences = pairs.map(([confidence]) => confidence);
        const values = pairs.map(([, value]) => value);
        fc.pre(new Set(values).size > 1);
        const flat = areaByDefinition(
          values.map(() => 0),
          values,
        );
        const oracle = areaByDefinition(values, values);
        const expected = (areaByDefinition(confidences, values) - flat) / (oracle - flat);
        expect(abstentionAuc(confidences, values)).toBeCloseTo(expected, 9);
      }),
    );
  });

  test('is 1 for the measure itself, 0 where all are equally sure, and does not depend on the order of queries', () => {
    fc.assert(
      fc.property(queries, (pairs) => {
        const values = pairs.map(([, value]) => value);
        fc.pre(new Set(values).size > 1);
        expect(abstentionAuc(values, values)).toBeCloseTo(1, 9);
        expect(
          abstentionAuc(
            values.map(() => 7),
            values,
          ),
        ).toBeCloseTo(0, 9);
        const reversed = pairs.toReversed();
        const of = (list: typeof pairs) =>
          abstentionAuc(
            list.map(([confidence]) => confidence),
            list.map(([, value]) => value),
          );
        expect(of(reversed)).toBeCloseTo(of(pairs), 9);
      }),
    );
  });

  test('is NaN where there is nothing to tell, and refuses what is no measure', () => {
    expect(abstentionAuc([], [])).toBeNaN();
    expect(abstentionAuc([1, 2, 3], [0.1, 0.1, 0.1])).toBeNaN();
    expect(() => abstentionAuc([1], [1, 2])).toThrow('confidences must have shape [Q] = [2], received [1]');
    expect(() => abstentionAuc([1, 2], [1, Number.NaN])).toThrow('values[1] must be a number, received NaN');
  });
});
