import { expect } from 'vitest';
import { fitGaussianMixture } from '../../src/mixture/index.js';
import { drawFamily, type FamilyPart } from './draw-family.js';
import golden from './golden/families.golden.json';
import families from './golden/families.json';

/** Which of the fits that scikit-learn made are repeated. */
export interface ChosenFits {
  /** Numbers of scores. */
  readonly counts: readonly number[];
  readonly components: readonly number[];
  /** Every so many families. @defaultValue 1 */
  readonly every?: number;
}

/** Fits families that scikit-learn fitted, and holds the likelihoods side by side. Returns how many fits there were. */
export const expectNoFamilyBelow = ({ counts, components, every = 1 }: ChosenFits): number => {
  const rows = golden.filter(
    (row) => counts.includes(row.count) && components.includes(row.components) && row.family % every === 0,
  );
  const below: string[] = [];
  let drawn: { readonly family: number; readonly seed: number; readonly scores: Float64Array } = {
    family: -1,
    seed: -1,
    scores: new Float64Array(0),
  };
  for (const { family, seed, count, components: k, checksum, meanLogLikelihood } of rows) {
    const { name, parts } = families[family] as unknown as { name: string; parts: FamilyPart[] };
    // The rows of one draw follow each other.
    if (drawn.family !== family || drawn.seed !== seed) {
      drawn = { family, seed, scores: drawFamily(parts, seed, count) };
    }
    const { scores } = drawn;
    const sum = scores.reduce((a, b) => a + b, 0);
    // The same draws: the two languages may differ in the last bit of a logarithm.
    expect(Math.abs(sum - checksum)).toBeLessThan(1e-9 * Math.max(1, count));
    const gap = fitGaussianMixture(scores, { components: k }).logLikelihood / count - meanLogLikelihood;
    // A thousandth of a nat per thousand scores.
    if (!(gap > -1e-6)) below.push(`${name}, ${count} scores, ${k} components: ${gap}`);
  }
  expect(below).toEqual([]);
  return rows.length;
};
