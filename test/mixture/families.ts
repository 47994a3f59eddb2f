import { expect } from 'vitest';
import { fitGaussianMixture } from '../../src/mixture/index.js';
import { drawFamily, type FamilyPart } from './draw-family.js';
import golden from './golden/families.golden.json';
import families from './golden/families.json';

/** Fits every family of at most `largest` scores that scikit-learn fitted, and holds the likelihoods side by side. */
export const expectNoFamilyBelow = (largest: number, components: readonly number[]): number => {
  const rows = golden.filter((row) => row.count <= largest && components.includes(row.components));
  const below: string[] = [];
  for (const { family, seed, count, components: k, checksum, meanLogLikelihood } of rows) {
    const { name, parts } = families[family] as unknown as { name: string; parts: FamilyPart[] };
    const scores = drawFamily(parts, seed, count);
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
