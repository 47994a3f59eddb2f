import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluateRun,
  measureRanks,
  nearestDocuments,
  relevantRanks,
  relevantRanksInThreads,
  type VectorFile,
} from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { crowded, grouped } from './rank-data.js';

const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
let files = 0;
const inFile = ({ data, rows, columns }: DenseMatrix): VectorFile => {
  const path = join(folder, `${files++}.f32`);
  writeFileSync(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { path, rows, columns };
};

/** Few different values, so that many scores are equal and others differ only beyond float32. */
const matrix = (rows: number, columns: number, seed: number): DenseMatrix => {
  const random = createRandom(seed, 'matrix');
  const values = [0.1, 0.2, -0.3, 0.7];
  return {
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () => values[random.below(4)]!),
  };
};

const exact = (a: DenseMatrix, q: number, b: DenseMatrix, d: number) => {
  let sum = 0;
  for (let t = 0; t < a.columns; t++) sum += a.data[q * a.columns + t]! * b.data[d * b.columns + t]!;
  return sum;
};

/** The ids of the k documents with the highest scores, by sorting them all. */
const sorted = (a: DenseMatrix, q: number, b: DenseMatrix, k: number) =>
  Array.from({ length: b.rows }, (_, d) => ({ d, score: exact(a, q, b, d) }))
    .sort((x, y) => y.score - x.score || y.d - x.d)
    .slice(0, k)
    .map(({ d }) => d);

test.each([
  ['near each other', (seed: number) => grouped(400, 24, 1, 1e-6, seed)],
  ['nearer than float32 tells', (seed: number) => grouped(400, 24, 1, 1.5e-7, seed)],
  ['in narrow groups', (seed: number) => grouped(400, 24, 3, 1e-5, seed)],
  ['equal in groups', (seed: number) => grouped(400, 24, 3, 0, seed)],
  ['crowded, and tiny', (seed: number) => crowded(400, 24, seed, 1e-12)],
])('the nearest of documents %s are those of float64', (_, corpusOf) => {
  for (let seed = 1; seed <= 5; seed++) {
    const corpus = corpusOf(seed);
    const asked = grouped(6, 24, 2, 1, seed);
    for (const { query, documents } of nearestDocuments(asked, corpus, 17)) {
      expect(Array.from(documents)).toEqual(sorted(asked, query, corpus, 17));
    }
  }
});

describe('nearestDocuments', () => {
  test('are the first k of a sorted list, in memory or in a file', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer(),
        (queries, documents, columns, k, chunkSize, seed) => {
          const a = matrix(queries, columns, seed);
          const b = matrix(documents, columns, seed + 1);
          const exclude = Array.from({ length: queries }, (_, q) => (q % 2 === 0 ? q % documents : -1));
          const found = [...nearestDocuments(a, b, k, { chunkSize, exclude })];
          expect([...nearestDocuments(inFile(a), inFile(b), k, { chunkSize, exclude })]).toEqual(found);
          expect(found.map(({ query }) => query)).toEqual(Array.from({ length: queries }, (_, q) => q));
          for (const { query, documents: list, scores } of found) {
            const all = Array.from({ length: documents }, (_, d) => d)
              .filter((d) => d !== exclude[query])
              .map((d) => ({ d, score: exact(a, query, b, d) }))
              .sort((x, y) => y.score - x.score || y.d - x.d)
              .slice(0, k);
            expect(Array.from(list)).toEqual(all.map(({ d }) => d));
            expect(Array.from(scores)).toEqual(all.map(({ score }) => score));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('make a run in which evaluateRun finds the ranks that relevantRanks counts', () => {
    const [a, b] = [matrix(40, 24, 1), matrix(300, 24, 2)];
    const documentIds = Array.from({ length: 300 }, (_, d) => `d${d}`);
    const relevant = Array.from({ length: 40 }, (_, q) => q * 7);
    const run = new Map(
      [...nearestDocuments(a, b, 300, { documentIds })].map(({ query, documents, scores }) => [
        `q${query}`,
        new Map(Array.from(documents, (d, i) => [documentIds[d]!, scores[i]!])),
      ]),
    );
    const qrels = new Map(relevant.map((d, q) => [`q${q}`, new Map([[documentIds[d]!, 1]])]));
    const measures = ['mrr@1000', 'ndcg@10', 'recall@5'] as const;
    expect(evaluateRun(run, qrels, measures).mean).toEqual(
      measureRanks(relevantRanks(a, b, relevant, { documentIds }), measures),
    );
  });

  test('refuse a k that is not a positive whole number', () => {
    expect(() => [...nearestDocuments(matrix(1, 2, 1), matrix(1, 2, 1), 0)]).toThrow(
      'k must be a whole number of at least 1, received 0',
    );
  });
});

describe('vectors in files', () => {
  const [a, b] = [matrix(150, 24, 1), matrix(300, 24, 2)];
  const relevant = Array.from({ length: 150 }, (_, q) => q);

  test('give the ranks of vectors in memory, in one thread and in two', async () => {
    const expected = Array.from(relevantRanks(a, b, relevant).ranks);
    for (const threads of [1, 2]) {
      const found = await relevantRanksInThreads(inFile(a), inFile(b), relevant, { threads, chunkSize: 40 });
      expect(Array.from(found.ranks)).toEqual(expected);
    }
  });

  test('that are too short, missing or hold NaN are refused by name', async () => {
    const short = inFile({ ...b, data: b.data.subarray(0, 240), rows: 10 });
    await expect(relevantRanksInThreads(inFile(a), { ...short, rows: 300 }, relevant)).rejects.toThrow(
      `${short.path} must hold 300 rows of 24 numbers, received fewer`,
    );
    await expect(
      relevantRanksInThreads(inFile(a), { path: join(folder, 'none'), rows: 300, columns: 24 }, relevant),
    ).rejects.toThrow('no such file');
    const broken = matrix(300, 24, 2);
    broken.data[24 * 7 + 3] = Number.NaN;
    await expect(relevantRanksInThreads(inFile(a), inFile(broken), relevant)).rejects.toThrow(
      'corpus row 7, column 3 must be finite, received NaN',
    );
  });
});
