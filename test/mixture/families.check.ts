import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

test('no family of distributions is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow({ counts: [50, 200, 1000], components: [2, 3] })).toBe(240);
});

// All 80 fits of a million scores take minutes: OASIS_FULL_SIZE=1 asks for them, otherwise every tenth family is fitted.
const every = process.env.OASIS_FULL_SIZE === undefined ? 10 : 1;

test('nor is one of a million scores', { timeout: 30 * 60_000 }, () => {
  expect(expectNoFamilyBelow({ counts: [1_000_000], components: [2, 3], every })).toBe(80 / every);
});
