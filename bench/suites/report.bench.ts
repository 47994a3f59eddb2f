import { bench, describe } from 'vitest';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import {
  classicalMds,
  distanceMatrix,
  histogramFigure,
  renderReport,
  smacof,
} from '../../src/report/index.js';
import { sampleReport } from '../../test/support/sample-report.js';

const points = (rows: number, columns = 256): DenseMatrix => {
  const random = createRandom(1, `points ${rows}`);
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, () => random.normal()) };
};

const budget = { time: 200, iterations: 5, warmupTime: 0, warmupIterations: 1 };

describe('classical MDS of n points, 256 dimensions', () => {
  for (const n of [60, 120, 240]) {
    const input = points(n);
    const distances = distanceMatrix(input);
    bench(`distances, n = ${n}`, () => void distanceMatrix(input), budget);
    bench(`classical, n = ${n}`, () => void classicalMds(distances), budget);
  }
});

describe('SMACOF from the classical map, at most 50 steps', () => {
  for (const n of [120, 240]) {
    const distances = distanceMatrix(points(n));
    const start = classicalMds(distances).coordinates;
    bench(`n = ${n}`, () => void smacof(distances, { start, maxIterations: 50, tolerance: 0 }), budget);
  }
});

describe('pages', () => {
  const counts = Uint32Array.from({ length: 4096 }, (_, i) => i % 97);
  bench(
    'a histogram of 4,096 bins',
    () => void histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts }),
    budget,
  );
  bench('the sample report: 60 pairs, 900 steps', () => void renderReport(sampleReport), budget);
});
