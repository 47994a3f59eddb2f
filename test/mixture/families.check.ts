import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

test('no family of distributions is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow(1000, [2, 3])).toBe(240);
});

test('nor is one of 10,000 or 100,000 scores', () => {
  expect(expectNoFamilyBelow(100_000, [2, 3])).toBe(400);
});
