import { expect, test } from 'vitest';
import { expectNoFamilyBelow } from './families.js';

test('no family of 50 scores is fitted less likely than by the best of ten starts of scikit-learn', () => {
  expect(expectNoFamilyBelow({ counts: [50], components: [2] })).toBe(40);
});
