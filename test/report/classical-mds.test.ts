import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DenseMatrix } from '../../src/numerics/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { distanceMatrix } from '../../src/report/distance-matrix.js';
import { classicalMds, type DistanceMatrix, embeddingMaps, smacof } from '../../src/report/index.js';
import { procrustes } from '../../src/report/procrustes.js';
import golden from './golden/mds.golden.json' with { type: 'json' };

const points: DenseMatrix = {
  rows: golden.rows,
  columns: golden.columns,
  data: Float32Array.from(golden.points),
};

const pairwise = (coordinates: ArrayLike<number>, dimensions = 2): number[] => {
  const n = coordinates.length / dimensions;
  const distances: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let squares = 0;
      for (let k = 0; k < dimensions; k++) {
        squares += ((coordinates[i * dimensions + k] ?? 0) - (coordinates[j * dimensions + k] ?? 0)) ** 2;
      }
      distances.push(Math.sqrt(squares));
    }
  }
  return distances;
};

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, digits: number) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i] ?? Number.NaN, digits);
};

const matrix = (rows: readonly (readonly number[])[]): DenseMatrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  data: Float32Array.from(rows.flat()),
});

const given = (size: number, data: readonly number[]): DistanceMatrix => ({
  kind: 'distances',
  size,
  data: Float64Array.from(data),
});

describe.each(golden.cases)('against scipy and scikit-learn, $metric', (reference) => {
  const metric = reference.metric as 'cosine' | 'euclidean';

  test('distances agree with pdist', () => {
    near(distanceMatrix(points, { metric }).data, reference.distances, 6);
  });

  test('classical map, eigenvalues, explained part and stress agree', () => {
    const map = classicalMds(given(golden.rows, reference.distances));
    near(pairwise(map.coordinates), reference.mapDistances, 9);
    near(map.eigenvalues, reference.eigenvalues, 9);
    expect(map.explained).toBeCloseTo(reference.explained, 10);
    expect(map.stress).toBeCloseTo(reference.stress, 10);
  });

  test('one step of majorisation is scikit-learn’s step', () => {
    const map = smacof(given(golden.rows, reference.distances), { start: reference.start, maxIterations: 1 });
    near(map.coordinates, reference.smacofOneStep, 10);
  });

  test('majorisation ends at the same stress', () => {
    const map = smacof(given(golden.rows, reference.distances), {
      start: reference.start,
      maxIterations: 20_000,
      tolerance: 1e-15,
    });
    expect(map.converged).toBe(true);
    expect(map.stress).toBeCloseTo(reference.smacofStress, 6);
    near(pairwise(map.coordinates), reference.smacofDistances, 3);
  });
});

describe('classicalMds', () => {
  const planar = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
    minLength: 2,
    maxLength: 14,
  });

  test('recovers points of a plane up to a rigid motion', () => {
    fc.assert(
      fc.property(planar, (rows) => {
        const map = classicalMds(matrix(rows), { metric: 'euclidean' });
        near(pairwise(map.coordinates), pairwise(rows.flat()), 4);
        expect(map.stress).toBeLessThan(1e-6);
        expect(map.explained).toBeCloseTo(1, 6);
        expect(procrustes(map.coordinates, rows.flat(), { dimensions: 2 }).residual).toBeLessThan(1e-5);
      }),
    );
  });

  test('recovers points of a plane that lies in a space of many dimensions', () => {
    const random = createRandom(1, 'plane');
    const plane = Array.from({ length: 10 }, () => [random.normal(), random.normal()]);
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const lifted = plane.map(([x = 0, y = 0]) => [c * x, s * x, 0, c * y, -s * y]);
    near(
      pairwise(classicalMds(matrix(lifted), { metric: 'euclidean' }).coordinates),
      pairwise(plane.flat()),
      5,
    );
  });

  test('turns each axis so that its largest entry is positive', () => {
    const map = classicalMds(points);
    for (let axis = 0; axis < 2; axis++) {
      const values = Array.from(map.coordinates.filter((_, i) => i % 2 === axis));
      expect(Math.max(...values)).toBe(Math.max(...values.map(Math.abs)));
    }
  });

  test('is centered on the origin', () => {
    const { coordinates } = classicalMds(points);
    expect(coordinates.filter((_, i) => i % 2 === 0).reduce((a, b) => a + b, 0)).toBeCloseTo(0, 10);
    expect(coordinates.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0)).toBeCloseTo(0, 10);
  });

  test('does not depend on the length of rows under cosine distance', () => {
    const scaled = {
      ...points,
      data: points.data.map((value, i) => value * (1 + Math.floor(i / points.columns))),
    };
    near(classicalMds(scaled).coordinates, classicalMds(points).coordinates, 5);
  });

  test('gives equal points equal places, and a line no second axis', () => {
    const map = classicalMds(
      matrix([
        [0, 0],
        [0, 0],
        [3, 0],
        [6, 0],
      ]),
      { metric: 'euclidean' },
    );
    expect(map.coordinates[0]).toBeCloseTo(map.coordinates[2] ?? Number.NaN, 12);
    expect(Array.from(map.coordinates.filter((_, i) => i % 2 === 1))).toEqual([0, 0, 0, 0]);
  });

  test('a row of zeros has cosine distance 1 to every other', () => {
    expect(
      Array.from(
        distanceMatrix(
          matrix([
            [0, 0],
            [1, 0],
            [0, 0],
          ]),
        ).data,
      ),
    ).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 0]);
  });

  test('no points and one point are maps too', () => {
    expect(
      classicalMds({ rows: 0, columns: 3, data: new Float32Array(0) }, { dimensions: 1 }).coordinates,
    ).toHaveLength(0);
    expect(classicalMds(matrix([[1, 2]]), { dimensions: 1 })).toMatchObject({
      coordinates: Float64Array.of(0),
      stress: 0,
      explained: 1,
    });
  });

  test('says what is wrong with its input', () => {
    expect(() => classicalMds({ rows: 2, columns: 2, data: new Float32Array(3) })).toThrow(
      'points.data must have rows × columns = 4 values, received 3',
    );
    expect(() => classicalMds(matrix([[1, Number.NaN]]))).toThrow(
      'points must be finite, received NaN at row 0',
    );
    expect(() => classicalMds(matrix([[1], [2]]), { dimensions: 3 })).toThrow(
      'dimensions must be a whole number from 1 to the number of points = 2, received 3',
    );
    expect(() => classicalMds(given(2, [0, 1, 2, 0]))).toThrow('distances must be symmetric');
    expect(() => classicalMds(given(2, [0, -1, -1, 0]))).toThrow(
      'distances must be finite and at least 0, received -1 at [1, 0]',
    );
    expect(() => classicalMds(given(2, [0]))).toThrow(
      'distances.data must have shape [2, 2] = 4 values, received 1',
    );
  });
});

describe('smacof', () => {
  test('never raises the stress, whatever the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (seed) => {
        const random = createRandom(seed, 'start');
        const start = Float64Array.from({ length: 2 * points.rows }, () => random.normal());
        let stress = Number.POSITIVE_INFINITY;
        for (const maxIterations of [0, 1, 2, 5, 20]) {
          const next = smacof(points, { start, maxIterations, tolerance: 0 }).stress;
          expect(next).toBeLessThanOrEqual(stress + 1e-12);
          stress = next;
        }
      }),
      { numRuns: 30 },
    );
  });

  test('improves on the classical map it starts from', () => {
    expect(smacof(points).stress).toBeLessThan(classicalMds(points).stress);
  });

  test('survives points that coincide at the start', () => {
    const map = smacof(points, { start: new Float64Array(2 * points.rows) });
    expect(Array.from(map.coordinates).every(Number.isFinite)).toBe(true);
  });

  test('wants a start of the right shape', () => {
    expect(() => smacof(points, { start: [1, 2] })).toThrow(
      'start must have shape [12, 2] = 24 values, received 2',
    );
  });
});

describe('procrustes', () => {
  const { source, target, moved, scaled, scale } = golden.procrustes;

  test('agrees with scipy’s orthogonal_procrustes, with and without scale', () => {
    near(procrustes(source, target, { dimensions: 2 }).coordinates, moved, 10);
    const grown = procrustes(source, target, { dimensions: 2, scale: true });
    near(grown.coordinates, scaled, 10);
    expect(grown.scale).toBeCloseTo(scale, 10);
  });

  test('a turned, mirrored and shifted map comes back exactly, with all its distances', () => {
    const turned = source.map((_, i) => (i % 2 ? (source[i - 1] ?? 0) + 4 : (source[i + 1] ?? 0) - 1));
    const back = procrustes(turned, source, { dimensions: 2 });
    near(back.coordinates, source, 10);
    expect(back.residual).toBeLessThan(1e-10);
  });

  test('without scale distances stay what they were', () => {
    near(pairwise(procrustes(source, target, { dimensions: 2 }).coordinates), pairwise(source), 10);
  });

  test('maps of one point, of none, and of coinciding points have an answer', () => {
    near(procrustes([1, 2], [5, 6], { dimensions: 2 }).coordinates, [5, 6], 12);
    expect(procrustes([], [], { dimensions: 2 }).coordinates).toHaveLength(0);
    near(
      procrustes([1, 1, 1, 1], [0, 0, 2, 2], { dimensions: 2, scale: true }).coordinates,
      [1, 1, 1, 1],
      12,
    );
  });

  test('says when shapes differ', () => {
    expect(() => procrustes([1, 2], [1, 2, 3, 4], { dimensions: 2 })).toThrow(
      'coordinates must have the shape of target = [2, 2], received 2 values',
    );
  });
});

describe('embeddingMaps', () => {
  const snapshot = (title: string, noise: number) => {
    const centers = createRandom(4, 'centres');
    const jitter = createRandom(5, title);
    const base = Array.from({ length: 20 * 6 }, () => centers.normal());
    const side = () => ({
      rows: 20,
      columns: 6,
      data: Float32Array.from(base, (value) => value + noise * jitter.normal()),
    });
    return { title, queries: side(), codes: side() };
  };

  test('equal snapshots lie on each other', () => {
    const [first, second] = embeddingMaps([snapshot('a', 0.5), { ...snapshot('a', 0.5), title: 'again' }]);
    near(second?.x ?? [], first?.x ?? [], 9);
    near(second?.y ?? [], first?.y ?? [], 9);
  });

  test('queries come first, then codes, with the cosine of each pair', () => {
    const queries = matrix([
      [1, 0],
      [0, 1],
    ]);
    const codes = matrix([
      [1, 0],
      [1, 0],
    ]);
    const [panel] = embeddingMaps([{ title: 'a', queries, codes }]);
    expect(panel?.x).toHaveLength(4);
    expect(Array.from(panel?.similarities ?? [])).toEqual([1, 0]);
    expect(panel?.x[0]).toBeCloseTo(panel?.x[2] ?? Number.NaN, 10);
    expect(panel?.x[0]).not.toBeCloseTo(panel?.x[1] ?? Number.NaN, 2);
  });

  test('refining lowers the stress', () => {
    const [plain] = embeddingMaps([snapshot('a', 0.5)]);
    const [refined] = embeddingMaps([snapshot('a', 0.5)], { refine: true });
    expect(refined?.stress).toBeLessThan(plain?.stress ?? 0);
  });

  test('says when shapes differ', () => {
    const a = snapshot('a', 0.5);
    expect(() => embeddingMaps([{ ...a, codes: matrix([[1]]) }])).toThrow(
      'codes of "a" must have the shape of its queries = [20, 6], received [1, 1]',
    );
    const small = { title: 'b', queries: matrix([[1]]), codes: matrix([[1]]) };
    expect(() => embeddingMaps([a, small])).toThrow(
      'every snapshot must have 20 pairs like the first, received 1 in "b"',
    );
  });
});
