import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type RelevantRanks,
  type RowProducts,
  relevantRanks,
  relevantRanksByProducts,
  type TieRule,
} from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { crowded, grouped } from './rank-data.js';

const TIES: readonly TieRule[] = ['trec', 'first', 'optimistic', 'pessimistic', 'expected', 'mean-rank'];

const plain = (found: RelevantRanks) => [
  Array.from(found.offsets),
  Array.from(found.ranks),
  Array.from(found.gains),
  Array.from(found.documents),
];

/** Products summed in float32 from the last column to the first: other roundings than those of float64. */
const product = (a: DenseMatrix, i: number, b: DenseMatrix, j: number, start = 0): number => {
  let sum = start;
  for (let t = a.columns - 1; t >= 0; t--) {
    sum = Math.fround(sum + Math.fround(a.data[i * a.columns + t]! * b.data[j * a.columns + t]!));
  }
  return sum;
};
const multiply: RowProducts['multiply'] = (a, b, out) => {
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < b.rows; j++) out[i * b.rows + j] = product(a, i, b, j);
};
const multiplyRounded: NonNullable<RowProducts['multiplyRounded']> = (a, b, shifts, out) => {
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      const score = Math.round(product(a, i, b, j, shifts[i]));
      out[i * b.rows + j] = Math.max(-128, Math.min(127, score));
    }
  }
};

const kinds = {
  crowded: (rows: number, columns: number, seed: number) => crowded(rows, columns, seed),
  tiny: (rows: number, columns: number, seed: number) => crowded(rows, columns, seed, 1e-10),
  large: (rows: number, columns: number, seed: number) => crowded(rows, columns, seed, 1e10),
  'near each other': (rows: number, columns: number, seed: number) => grouped(rows, columns, 1, 1e-6, seed),
  'nearer than float32 tells': (rows: number, columns: number, seed: number) =>
    grouped(rows, columns, 1, 1.5e-7, seed),
  'in groups': (rows: number, columns: number, seed: number) => grouped(rows, columns, 3, 1e-5, seed),
  'equal, or 0': (rows: number, columns: number, seed: number) => {
    const matrix = grouped(rows, columns, 2, 0, seed);
    matrix.data.fill(0, 0, columns * Math.floor(rows / 2));
    return matrix;
  },
  'of all lengths': (rows: number, columns: number, seed: number) => {
    const matrix = crowded(rows, columns, seed);
    for (let row = 0; row < rows; row += 7)
      for (let t = 0; t < columns; t++) matrix.data[row * columns + t]! *= 1000;
    return matrix;
  },
};

const cases = fc.record({
  queries: fc.integer({ min: 1, max: 9 }),
  documents: fc.integer({ min: 1, max: 70 }),
  columns: fc.integer({ min: 1, max: 40 }),
  blockSize: fc.integer({ min: 1, max: 9 }),
  chunkSize: fc.integer({ min: 1, max: 80 }),
  kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
  ties: fc.constantFrom(...TIES),
  hide: fc.boolean(),
  seed: fc.integer(),
});

describe.each([
  ['products', { multiply }],
  ['rounded products', { multiply, multiplyRounded }],
] as const)('ranks by %s', (_, products: RowProducts) => {
  test.each([
    ['one relevant document each', 1],
    ['several relevant documents', 5],
  ])('are those of float64 with %s, whatever the data', async (_, most) => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const { queries, documents, columns, kind, seed, ties, hide, blockSize, chunkSize } = given;
        const corpus = kinds[kind](documents, columns, seed);
        // Some queries are documents, some are 0.
        const asked = kinds[kind](queries, columns, seed + (seed % 2));
        if (seed % 3 === 0) asked.data.fill(0, 0, columns);
        const random = createRandom(seed, 'relevant');
        const relevance = { query: [] as number[], document: [] as number[] };
        for (let q = 0; q < queries; q++) {
          const chosen = new Set(Array.from({ length: most }, () => random.below(documents)));
          for (const document of chosen) {
            relevance.query.push(q);
            relevance.document.push(document);
          }
        }
        const exclude = Array.from({ length: queries }, (_, q) => (q % 2 === 0 ? q % documents : -1));
        const options = { ties, ...(hide ? { exclude } : {}) };
        const expected = relevantRanks(asked, corpus, relevance, { ...options, scoring: 'portable' });
        const sizes = { ...options, blockSize, chunkSize };
        expect(plain(await relevantRanksByProducts(products, asked, corpus, relevance, sizes))).toEqual(
          plain(expected),
        );
      }),
      { numRuns: 40 },
    );
  });
});

test('a document far longer than the others does not blur their scores', async () => {
  const columns = 64;
  const corpus = grouped(2000, columns, 1, 1, 1);
  const asked = grouped(20, columns, 1, 1, 2);
  const relevant = Uint32Array.from({ length: 20 }, (_, q) => 7 * q + 1);
  for (let t = 0; t < columns; t++) corpus.data[5 * columns + t]! *= 30;
  let rounded = 0;
  let decided = 0;
  const counted: RowProducts = {
    multiply,
    multiplyRounded(a, b, shifts, out) {
      multiplyRounded(a, b, shifts, out);
      rounded += out.length;
      decided += out.filter((code) => Math.abs(code) > 2).length;
    },
  };
  const found = await relevantRanksByProducts(counted, asked, corpus, relevant);
  expect(plain(found)).toEqual(plain(relevantRanks(asked, corpus, relevant, { scoring: 'portable' })));
  expect(rounded).toBe(20 * 2000);
  expect(decided / rounded).toBeGreaterThan(0.9);
});

test('a signal stops the ranking between two products', async () => {
  const controller = new AbortController();
  const stopping: RowProducts = {
    multiply(a, b, out) {
      multiply(a, b, out);
      controller.abort(new Error('enough'));
    },
  };
  const rows = crowded(40, 8, 1);
  await expect(
    relevantRanksByProducts(stopping, rows, rows, new Uint32Array(40), {
      blockSize: 4,
      signal: controller.signal,
    }),
  ).rejects.toThrow('enough');
});
