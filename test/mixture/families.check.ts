import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

test('no family of distributions is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow(1000, [2, 3])).toBe(240);
});

test('nor is one of 10,000 or 100,000 scores', () => {
  expect(expectNoFamilyBelow(100_000, [2, 3])).toBe(400);
});

// Drawing and fitting a million scores again and again takes a minute: OASIS_FULL_SIZE=1 asks for it.
if (process.env.OASIS_FULL_SIZE !== undefined) {
  test('nor is one of the families that were also fitted with a million scores', () => {
    expect(expectNoFamilyBelow(1_000_000, [2, 3])).toBe(424);
  });
}
