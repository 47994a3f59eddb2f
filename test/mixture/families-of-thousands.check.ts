import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

// In a file of its own: the files of a suite run at the same time.
test('no family of 10,000 or 100,000 scores is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow({ counts: [10_000, 100_000], components: [2, 3] })).toBe(160);
});
