import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { distanceMatrix } from '../../src/report/distance-matrix.js';
import {
  type ClassicalMds,
  classicalMds,
  histogramFigure,
  renderReport,
  smacof,
} from '../../src/report/index.js';
import { sampleReport } from '../../test/support/sample-report.js';
import { type Suite, sizes, work } from '../runner/suite.js';

const DIMENSIONS = 256;
const points = (rows: number): DenseMatrix => {
  const random = createRandom(1, `points ${rows}`);
  const data = Float32Array.from({ length: rows * DIMENSIONS }, () => random.normal());
  return { rows, columns: DIMENSIONS, data };
};
const label = (count: number) => `${count} points`;

/** Distances, and the classical map as a start. */
const distancesOf = (rows: number) => {
  const distances = distanceMatrix(points(rows), { metric: 'euclidean' });
  return { distances, square: distances.data, rows };
};

/** All eigenvectors of the doubly centered matrix, of which two are used. */
const byFullDecomposition = (square: Float64Array, rows: number): number[] => {
  const squared = new Matrix(rows, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) squared.set(i, j, -0.5 * square[i * rows + j]! ** 2);
  squared.center('row').center('column');
  const { realEigenvalues } = new EigenvalueDecomposition(squared, { assumeSymmetric: true });
  return realEigenvalues.sort((a, b) => b - a).slice(0, 2);
};

const STEPS = 50;

export const report: Suite = {
  room: 'report',
  works: [
    work({
      name: 'classical-mds',
      title: 'Classical multidimensional scaling to a plane, from distances',
      sizes: sizes([60, 240], label),
      input: distancesOf,
      share: ({ square, rows }) => ({ square, rows }),
      tolerance: 1e-6,
      note: 'Outcomes are the two leading eigenvalues.',
      contenders: [
        {
          name: 'classicalMds',
          prepare: ({ distances }) => ({
            run: () => classicalMds(distances),
            outcome: ({ eigenvalues }: ClassicalMds) => Array.from(eigenvalues).slice(0, 2),
          }),
        },
        {
          name: 'EigenvalueDecomposition',
          package: 'ml-matrix',
          prepare: ({ square, rows }) => ({
            run: () => byFullDecomposition(square, rows),
            outcome: (eigenvalues: number[]) => eigenvalues,
          }),
        },
        { name: 'ClassicalMDS', module: 'classical_mds', package: 'scikit-learn' },
      ],
    }),
    work({
      name: 'smacof',
      title: `${STEPS} steps of SMACOF from the classical map`,
      sizes: sizes([60, 240], label),
      input(rows: number) {
        const input = distancesOf(rows);
        return { ...input, start: classicalMds(input.distances).coordinates };
      },
      share: ({ square, rows, start }) => ({ square, rows, start }),
      tolerance: 0.01,
      note: 'Outcomes are the normalized stress.',
      contenders: [
        {
          name: 'smacof',
          prepare: ({ distances, start }) => ({
            run: () => smacof(distances, { start, maxIterations: STEPS, tolerance: 0 }),
            outcome: ({ stress }: ReturnType<typeof smacof>) => [stress],
          }),
        },
        { name: 'smacof', module: 'smacof', package: 'scikit-learn' },
      ],
    }),
    work({
      name: 'report',
      title: 'The sample report: 60 pairs, 900 training steps',
      sizes: [{ label: 'one page', value: null }],
      input: () => null,
      tolerance: 0,
      contenders: [
        {
          name: 'renderReport',
          prepare: () => ({ run: () => renderReport(sampleReport), outcome: () => [] }),
        },
      ],
    }),
    work({
      name: 'histogram-figure',
      title: 'A figure of a histogram',
      sizes: [{ label: '4,096 bins', value: 4096 }],
      input: (bins) => Uint32Array.from({ length: bins }, (_, i) => i % 97),
      tolerance: 0,
      contenders: [
        {
          name: 'histogramFigure',
          prepare: (counts) => ({
            run: () => histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts }),
            outcome: () => [],
          }),
        },
      ],
    }),
  ],
};
