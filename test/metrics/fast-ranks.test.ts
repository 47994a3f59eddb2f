import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type RelevantRanks,
  relevantRanks,
  relevantRanksByTiles,
  relevantRanksInThreads,
  relevantRanksOnBackend,
  type TieRule,
} from '../../src/metrics/index.js';
import { chooseCenters } from '../../src/metrics/ranks/choose-centers.js';
import { createScoreKernel, worstRelativeError } from '../../src/metrics/ranks/score-kernel.js';
import { measureVectors } from '../../src/metrics/ranks/vector-rows.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { crowded, grouped } from './rank-data.js';

const TIES: readonly TieRule[] = ['trec', 'optimistic', 'pessimistic', 'expected'];

const plain = (found: RelevantRanks) => [
  found.queries,
  Array.from(found.offsets),
  Array.from(found.ranks),
  Array.from(found.gains),
  Array.from(found.documents),
];

const someRelevant = (queries: number, documents: number, seed: number) => {
  const random = createRandom(seed, 'relevant');
  const pairs = { query: [] as number[], document: [] as number[] };
  for (let q = 0; q < queries; q++) {
    for (let d = 0; d < documents; d++) {
      if (random.uniform() < (q % 2 === 0 ? 0.1 : 1 / documents)) {
        pairs.query.push(q);
        pairs.document.push(d);
      }
    }
  }
  return pairs;
};

describe('ranks by rounded rows', () => {
  test('are those of float64, whatever the shape, the ties and the exclusions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 8, max: 300 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(1, 1e-25, 1e-30, 1e10, 3e18),
        fc.integer(),
        (queries, documents, columns, chunkSize, scale, seed) => {
          const a = crowded(queries, columns, seed, scale);
          const b = crowded(documents, columns, seed + 1, scale);
          const relevance = someRelevant(queries, documents, seed);
          const exclude = Array.from({ length: queries }, (_, q) => (q % 3 === 0 ? q % documents : -1));
          for (const ties of TIES) {
            const options = { ties, exclude, chunkSize };
            expect(plain(relevantRanks(a, b, relevance, options))).toEqual(
              plain(relevantRanks(a, b, relevance, { ...options, scoring: 'portable' })),
            );
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('are those of float64 for documents in narrow groups, of which some are equal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 1.5e-7, 1e-5, 1e-2),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 8, max: 48 }),
        fc.constantFrom(16, 256),
        fc.integer(),
        (groups, noise, documents, columns, chunkSize, seed) => {
          const a = crowded(12, columns, seed);
          const b = grouped(documents, columns, groups, noise, seed);
          const answers = Array.from({ length: 12 }, (_, q) => (5 * q) % documents);
          const several = someRelevant(12, documents, seed);
          const exclude = Array.from({ length: 12 }, (_, q) => (q % 3 === 0 ? (q + 1) % documents : -1));
          for (const relevance of [answers, several]) {
            for (const ties of TIES) {
              const options = { ties, exclude, chunkSize };
              expect(plain(relevantRanks(a, b, relevance, options))).toEqual(
                plain(relevantRanks(a, b, relevance, { ...options, scoring: 'portable' })),
              );
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('would be wrong without the second look at near scores', () => {
    const a = crowded(40, 64, 1);
    const b = crowded(200, 64, 2);
    const exact = relevantRanks(a, b, Array(40).fill(7), { ties: 'optimistic', scoring: 'portable' });
    const single = (q: number, d: number) => {
      let sum = 0;
      for (let t = 0; t < 64; t++) sum = Math.fround(sum + a.data[q * 64 + t]! * b.data[d * 64 + t]!);
      return sum;
    };
    const naive = Array.from({ length: 40 }, (_, q) => {
      let above = 0;
      for (let d = 0; d < 200; d++) if (single(q, d) > single(q, 7)) above += 1;
      return above + 1;
    });
    expect(naive).not.toEqual(Array.from(exact.ranks));
  });

  test('come from a kernel whose error stays within its bound', () => {
    const [rows, columns] = [21, 701];
    const a = crowded(rows, columns, 5);
    const b = crowded(rows, columns, 6);
    const lengths = (matrix: DenseMatrix) =>
      Float64Array.from({ length: rows }, (_, row) =>
        Math.hypot(...matrix.data.subarray(row * columns, (row + 1) * columns)),
      );
    const center = Float32Array.from({ length: columns }, (_, t) => b.data[t]! / 2);
    const centers = { rows: 1, columns, data: center };
    const kernel = createScoreKernel({ columns, queries: 24, step: 12, documents: 24 }, centers)!;
    kernel.holdQueries(a, lengths(a));
    kernel.holdDocuments(b);
    let worst = 0;
    for (let first = 0; first < 24; first += 12) {
      const out = kernel.score(first);
      for (let q = first; q < Math.min(first + 12, rows); q++) {
        for (let d = 0; d < rows; d++) {
          let sum = 0;
          for (let t = 0; t < columns; t++) {
            sum += a.data[q * columns + t]! * (b.data[d * columns + t]! - center[t]!);
          }
          const error = Math.abs(out[(q - first) * 24 + d]! - sum);
          expect(error).toBeLessThan(kernel.margin(q));
          worst = Math.max(worst, error / kernel.margin(q));
        }
      }
    }
    // Not so wide a bound that nearly every score would be computed again.
    expect(worst).toBeGreaterThan(0.01);
    const longest = Math.max(...lengths(b)) + Math.hypot(...center);
    expect(kernel.margin(0)).toBeLessThan(worstRelativeError(columns) * lengths(a)[0]! * longest);
  });

  test.each([
    ['that are nearly equal', () => 1e-5, () => 1],
    ['of which one is a thousand times as long', () => 1, (row: number) => (row === 0 ? 1000 : 1)],
  ])('of rows %s leave few to be computed again', (_, spread, length) => {
    const [rows, columns] = [64, 128];
    const random = createRandom(3, 'near rows');
    const common = Array.from({ length: columns }, () => random.uniform() - 0.5);
    const corpus: DenseMatrix = {
      rows,
      columns,
      data: Float32Array.from(
        { length: rows * columns },
        (_, i) =>
          length(Math.floor(i / columns)) * (common[i % columns]! + spread() * (random.uniform() - 0.5)),
      ),
    };
    const queries: DenseMatrix = {
      rows: 8,
      columns,
      data: Float32Array.from({ length: 8 * columns }, () => random.uniform() - 0.5),
    };
    const mean = Float32Array.from({ length: columns }, (_, t) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += corpus.data[row * columns + t]!;
      return sum / rows;
    });
    const center = { rows: 1, columns, data: mean };
    const kernel = createScoreKernel({ columns, queries: 8, step: 8, documents: rows }, center)!;
    const dot = (q: number, at: (t: number) => number) => {
      let sum = 0;
      for (let t = 0; t < columns; t++) sum += queries.data[q * columns + t]! * at(t);
      return sum;
    };
    kernel.holdQueries(
      queries,
      Float64Array.from({ length: 8 }, (_, q) =>
        Math.hypot(...queries.data.subarray(q * columns, (q + 1) * columns)),
      ),
    );
    kernel.holdDocuments(corpus);
    kernel.score(0);
    let near = 0;
    for (let q = 0; q < 8; q++) {
      const lead = (row: number) => dot(q, (t) => corpus.data[row * columns + t]! - mean[t]!);
      const level = lead(32);
      const doubted = kernel.split(q * rows, rows, q, level, 0);
      near += doubted;
      const places = new Set(kernel.found.subarray(1, 1 + doubted));
      expect(places).toContain(32);
      const above = Array.from({ length: rows }, (_, row) => row).filter(
        (row) => !places.has(row) && lead(row) > level,
      );
      expect(kernel.found[0]).toBe(above.length);
    }
    expect(near).toBeLessThan(8 * 4);
  });
});

describe('chooseCenters', () => {
  const centersOf = (rows: DenseMatrix) => chooseCenters(measureVectors(rows, 'rows'));

  test('gives the mean alone where rows form no groups, and a row of each narrow group otherwise', () => {
    expect(centersOf(grouped(500, 32, 500, 0, 1)).rows).toBe(1);
    const rows = grouped(500, 32, 3, 1e-5, 2);
    const centers = centersOf(rows);
    expect(centers.rows).toBe(4);
    const nearest = (row: number) =>
      Math.min(
        ...Array.from({ length: 3 }, (_, g) =>
          Math.hypot(
            ...Array.from(
              { length: 32 },
              (_, t) => rows.data[row * 32 + t]! - centers.data[(g + 1) * 32 + t]!,
            ),
          ),
        ),
      );
    for (let row = 0; row < 500; row += 50) expect(nearest(row)).toBeLessThan(1e-3);
  });

  test('gives the mean alone for a single row', () => {
    expect(centersOf({ rows: 1, columns: 2, data: Float32Array.of(1, 2) }).rows).toBe(1);
  });
});

describe('relevantRanks without WebAssembly', () => {
  afterEach(() => void vi.unstubAllGlobals());
  test('gives the same ranks', () => {
    const [a, b] = [crowded(30, 20, 1), crowded(50, 20, 2)];
    const relevance = someRelevant(30, 50, 3);
    const fast = relevantRanks(a, b, relevance);
    vi.stubGlobal('WebAssembly', undefined);
    expect(
      createScoreKernel(
        { columns: 20, queries: 8, step: 8, documents: 8 },
        { rows: 1, columns: 20, data: new Float32Array(20) },
      ),
    ).toBeNull();
    expect(plain(relevantRanks(a, b, relevance))).toEqual(plain(fast));
  });
});

describe('relevantRanksInThreads', () => {
  const [a, b] = [crowded(300, 40, 1), crowded(500, 40, 2)];
  const relevance = someRelevant(300, 500, 3);
  const documentIds = Array.from({ length: 500 }, (_, i) => `d${i}`);

  test('gives the ranks of one thread and reports progress to the last query', async () => {
    const seen: number[] = [];
    const options = { documentIds, exclude: Array.from({ length: 300 }, (_, q) => q) };
    const found = await relevantRanksInThreads(a, b, relevance, {
      ...options,
      threads: 2,
      onProgress: (done, total) => {
        expect(total).toBe(300);
        seen.push(done);
      },
    });
    expect(plain(found)).toEqual(plain(relevantRanks(a, b, relevance, options)));
    expect(seen.at(-1)).toBe(300);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
  });

  test('takes vectors that already lie in shared memory, and one thread', async () => {
    const share = ({ rows, columns, data }: DenseMatrix) => {
      const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
      copy.set(data);
      return { rows, columns, data: copy };
    };
    const expected = plain(relevantRanks(a, b, relevance));
    for (const threads of [1, 3]) {
      expect(plain(await relevantRanksInThreads(share(a), share(b), relevance, { threads }))).toEqual(
        expected,
      );
    }
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const running = relevantRanksInThreads(a, b, relevance, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 1);
    await expect(running).rejects.toThrow('enough');
    await expect(relevantRanksInThreads(a, b, relevance, { signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });

  test('refuses what relevantRanks refuses, and no threads', async () => {
    await expect(relevantRanksInThreads(a, b, relevance, { threads: 0 })).rejects.toThrow(
      'threads must be a whole number of at least 1, received 0',
    );
    await expect(relevantRanksInThreads(a, { ...b, columns: 20, rows: 1000 }, relevance)).rejects.toThrow(
      'corpus must have 40 columns, as queries do, received 20',
    );
  });
});

describe('ranks by tiles', () => {
  const [a, b] = [crowded(70, 30, 1), crowded(90, 30, 2)];
  const relevance = someRelevant(70, 90, 3);
  const expected = plain(relevantRanks(a, b, relevance, { exclude: Array(70).fill(4) }));

  test('are exact however the scorer rounds', async () => {
    // Float16 inputs: each number keeps 11 bits.
    const coarse = (value: number) => Math.fround(value * (1 + 2 ** 13)) - Math.fround(value * 2 ** 13);
    const score = (q0: number, q1: number, d0: number, d1: number) => {
      const tile = new Float32Array((q1 - q0) * (d1 - d0));
      for (let q = q0; q < q1; q++) {
        for (let d = d0; d < d1; d++) {
          let sum = 0;
          for (let t = 0; t < 30; t++) sum += coarse(a.data[q * 30 + t]!) * coarse(b.data[d * 30 + t]!);
          tile[(q - q0) * (d1 - d0) + d - d0] = sum;
        }
      }
      return tile;
    };
    const options = { exclude: Array(70).fill(4), blockSize: 32, chunkSize: 17, unitRoundoff: 2 ** -11 };
    expect(plain(await relevantRanksByTiles(score, a, b, relevance, options))).toEqual(expected);
  });

  test('are those of the active backend', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const found = await relevantRanksOnBackend(a, b, relevance, {
      exclude: Array(70).fill(4),
      blockSize: 32,
      chunkSize: 40,
      onProgress: (done) => seen.push(done),
    });
    expect(plain(found)).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
    expect(seen.at(-1)).toBe(70);
    expect(seen).toEqual([...new Set(seen)].sort((x, y) => x - y));
  });

  test('refuse tiles of another size, and scores that are not numbers', async () => {
    const options = { blockSize: 70, chunkSize: 90 };
    await expect(relevantRanksByTiles(() => [1], a, b, relevance, options)).rejects.toThrow(
      'the scores of queries 0 to 70 and documents 0 to 90 must be 70 × 90, received 1',
    );
    const broken = () => new Float32Array(70 * 90).fill(Number.NaN);
    await expect(relevantRanksByTiles(broken, a, b, relevance, options)).rejects.toThrow(
      'the score of query 0 and document 0 must not be NaN',
    );
    await expect(
      relevantRanksByTiles(broken, a, b, relevance, { ...options, unitRoundoff: 2 }),
    ).rejects.toThrow('unitRoundoff must be in [0, 1), received 2');
  });
});
