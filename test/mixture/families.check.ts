import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

test('no family of distributions is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow(Number.POSITIVE_INFINITY, [2, 3])).toBe(240);
});
