import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type RelevantRanks,
  relevantRanks,
  relevantRanksBy,
  relevantRanksByBlocks,
  type TieRule,
} from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { referenceRanks } from '../reference/metrics.js';

const TIES = ['trec', 'optimistic', 'pessimistic', 'expected'] as const satisfies readonly TieRule[];

const ranksOf = (found: RelevantRanks, query: number) =>
  Array.from(found.ranks.subarray(found.offsets[query]!, found.offsets[query + 1]!));

/** Whole coordinates, few of them, so that ties abound. */
const matrix = (rows: number, columns: number, seed: number, levels = 3): DenseMatrix => {
  const random = createRandom(seed, 'matrix');
  return {
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () => random.below(levels) - 1),
  };
};

const dot = (a: DenseMatrix, i: number, b: DenseMatrix, j: number) => {
  let sum = 0;
  for (let t = 0; t < a.columns; t++) sum += a.data[i * a.columns + t]! * b.data[j * b.columns + t]!;
  return sum;
};

describe('relevantRanks', () => {
  test('agrees with sorting under every tie rule, for any shape and chunk', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (queries, documents, columns, chunkSize, seed) => {
          const a = matrix(queries, columns, seed);
          const b = matrix(documents, columns, seed + 1);
          const random = createRandom(seed, 'relevance');
          const pairs = { query: [] as number[], document: [] as number[] };
          const relevant = Array.from({ length: queries }, () => new Set<number>());
          for (let q = 0; q < queries; q++) {
            for (let d = 0; d < documents; d++) {
              if (random.uniform() < 0.6) continue;
              relevant[q]!.add(d);
              pairs.query.push(q);
              pairs.document.push(d);
            }
          }
          for (const ties of TIES) {
            const found = relevantRanks(a, b, pairs, { ties, chunkSize });
            for (let q = 0; q < queries; q++) {
              const scores = Array.from({ length: documents }, (_, d) => dot(a, q, b, d));
              const expected = referenceRanks(scores, relevant[q]!, ties);
              expect(ranksOf(found, q).length).toBe(expected.length);
              ranksOf(found, q).forEach((rank, i) => {
                expect(rank).toBeCloseTo(expected[i]!, 9);
              });
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives each rank with the document and the grade it belongs to', () => {
    const queries = { data: Float32Array.of(1), rows: 1, columns: 1 };
    const corpus = { data: Float32Array.of(5, 9, 1, 7), rows: 4, columns: 1 };
    const relevance = { query: [0, 0, 0], document: [2, 3, 0], gain: [3, 1, 2] };
    const { ranks, documents, gains } = relevantRanks(queries, corpus, relevance);
    expect([Array.from(ranks), Array.from(documents), Array.from(gains)]).toEqual([
      [2, 3, 4],
      [3, 0, 2],
      [1, 2, 3],
    ]);
  });

  test('ties documents with equal rows wherever they stand', () => {
    const random = createRandom(1);
    const row = Float32Array.from({ length: 37 }, () => random.normal());
    const corpus = {
      rows: 131,
      columns: 37,
      data: Float32Array.from({ length: 131 * 37 }, (_, i) => row[i % 37]!),
    };
    const queries = {
      rows: 9,
      columns: 37,
      data: Float32Array.from({ length: 9 * 37 }, () => random.normal()),
    };
    const relevance = Array.from({ length: 9 }, (_, q) => q * 14);
    for (const chunkSize of [1, 7, 64, 131]) {
      const optimistic = relevantRanks(queries, corpus, relevance, { ties: 'optimistic', chunkSize });
      const pessimistic = relevantRanks(queries, corpus, relevance, { ties: 'pessimistic', chunkSize });
      const expected = relevantRanks(queries, corpus, relevance, { ties: 'expected', chunkSize });
      const trec = relevantRanks(queries, corpus, relevance, { chunkSize });
      expect(Array.from(optimistic.ranks)).toEqual(Array(9).fill(1));
      expect(Array.from(pessimistic.ranks)).toEqual(Array(9).fill(131));
      expect(Array.from(expected.ranks)).toEqual(Array(9).fill(66));
      expect(Array.from(trec.ranks)).toEqual(relevance.map((d) => 131 - d));
    }
  });

  test('breaks ties by descending id in the order of UTF-8 bytes', () => {
    // U+FB02 comes before U+1F600 in UTF-8 and after it in UTF-16.
    const ids = ['b', '\u{1F600}', '\uFB02', 'a', 'ab', 'B'];
    const byBytes = [...ids].sort((x, y) => Buffer.compare(Buffer.from(y), Buffer.from(x)));
    const scores = { queries: ids.length, documents: ids.length };
    const found = relevantRanksBy((_, out) => out.fill(1), scores, [0, 1, 2, 3, 4, 5], { documentIds: ids });
    expect(Array.from(found.ranks)).toEqual(ids.map((id) => byBytes.indexOf(id) + 1));
  });

  test('leaves excluded documents out of the ranking and out of what is relevant', () => {
    const a = matrix(12, 4, 5);
    const exclude = Array.from({ length: 12 }, (_, i) => i);
    const relevance = { query: [] as number[], document: [] as number[] };
    for (let q = 0; q < 12; q++) {
      for (let d = 0; d < 12; d++) {
        if (d % 3 === q % 3) {
          relevance.query.push(q);
          relevance.document.push(d);
        }
      }
    }
    const found = relevantRanks(a, a, relevance, { exclude, chunkSize: 5 });
    for (let q = 0; q < 12; q++) {
      const others = exclude.filter((d) => d !== q);
      const scores = others.map((d) => dot(a, q, a, d));
      const relevant = new Set(others.flatMap((d, i) => (d % 3 === q % 3 ? [i] : [])));
      expect(ranksOf(found, q)).toEqual(referenceRanks(scores, relevant, 'trec'));
    }
  });

  test('gives a query without relevant documents no ranks', () => {
    const a = matrix(3, 2, 1);
    expect(Array.from(relevantRanks(a, a, [0, -1, 2]).offsets)).toEqual([0, 1, 1, 2]);
    const graded = { query: [0, 1], document: [1, 1], gain: [0, -2] };
    expect(relevantRanks(a, a, graded).ranks.length).toBe(0);
  });

  test('is the same by rows of scores as by vectors', () => {
    const a = matrix(20, 6, 3, 100);
    const b = matrix(50, 6, 4, 100);
    const relevance = Uint32Array.from({ length: 20 }, (_, q) => (q * 7) % 50);
    const rows = (q: number, out: Float64Array) => {
      for (let d = 0; d < 50; d++) out[d] = dot(a, q, b, d);
    };
    expect(relevantRanksBy(rows, { queries: 20, documents: 50 }, relevance)).toEqual(
      relevantRanks(a, b, relevance),
    );
  });

  test('is the same by blocks of scores as by vectors, for any block', async () => {
    const a = matrix(20, 6, 3);
    const b = matrix(50, 6, 4);
    const relevance = Int32Array.from({ length: 20 }, (_, q) => (q % 5 === 0 ? -1 : (q * 7) % 50));
    const exclude = Array.from({ length: 20 }, (_, q) => (q * 3) % 50);
    for (const blockSize of [1, 7, 20, 64]) {
      const seen: number[] = [];
      const block = async (start: number, end: number) =>
        Float32Array.from({ length: (end - start) * 50 }, (_, i) =>
          dot(a, start + Math.floor(i / 50), b, i % 50),
        );
      const onProgress = (done: number) => seen.push(done);
      const size = { queries: 20, documents: 50 };
      expect(await relevantRanksByBlocks(block, size, relevance, { blockSize, exclude, onProgress })).toEqual(
        relevantRanks(a, b, relevance, { exclude }),
      );
      expect(seen.at(-1)).toBe(20);
    }
    await expect(relevantRanksByBlocks(() => [1, 2, 3], { queries: 1, documents: 2 }, [0])).rejects.toThrow(
      'the scores of queries 0 to 1 must be 1 × 2, received 3',
    );
  });

  test('ranks a document that was not retrieved at infinity', () => {
    const found = relevantRanksBy(
      (_, out) => out.set([Number.NEGATIVE_INFINITY, 1]),
      { queries: 1, documents: 2 },
      [0],
    );
    expect(Array.from(found.ranks)).toEqual([Number.POSITIVE_INFINITY]);
  });

  test('reports progress to the last query', () => {
    const seen: number[] = [];
    relevantRanks(matrix(130, 2, 1), matrix(4, 2, 2), Array(130).fill(0), {
      chunkSize: 2,
      onProgress: (done) => seen.push(done),
    });
    expect(seen).toEqual([65, 130]);
  });

  const good = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
  test.each([
    [
      () => relevantRanks(good, { data: Float32Array.of(1), rows: 1, columns: 1 }, [0, 0]),
      'corpus must have 2 columns, as queries do, received 1',
    ],
    [
      () => relevantRanks(good, { ...good, data: new Float32Array(0), rows: 0 }, [0, 0]),
      'corpus must have at least one row, received 0',
    ],
    [
      () => relevantRanks(good, { ...good, rows: 3 }, [0, 0]),
      'corpus.data must have length 3 × 2, received 4',
    ],
    [
      () => relevantRanks({ ...good, data: Float32Array.of(1, 0, Number.NaN, 1) }, good, [0, 0]),
      'queries row 1, column 0 must be finite, received NaN',
    ],
    [() => relevantRanks(good, good, [0]), 'relevance must have shape [Q] = [2], received 1'],
    [() => relevantRanks(good, good, [0, 2]), 'relevance[1] must be in [0, N) = [0, 2), received 2'],
    [
      () => relevantRanks(good, good, { query: [0, 5], document: [0, 0] }),
      'relevance.query[1] must be in [0, Q) = [0, 2), received 5',
    ],
    [
      () => relevantRanks(good, good, { query: [0], document: [0, 1] }),
      'relevance.document must have shape [P] = [1], received 2',
    ],
    [
      () => relevantRanks(good, good, { query: [0, 0], document: [1, 1] }),
      'relevance must name a pair once, received query 0 with document 1 twice',
    ],
    [
      () => relevantRanks(good, good, { query: [0], document: [1], gain: [Number.NaN] }),
      'relevance.gain[0] must be finite, received NaN',
    ],
    [
      () => relevantRanks(good, good, [0, 1], { chunkSize: 0 }),
      'chunkSize must be a whole number of at least 1, received 0',
    ],
    [
      () => relevantRanks(good, good, [0, 1], { documentIds: ['a'] }),
      'documentIds must have shape [N] = [2], received 1',
    ],
    [
      () => relevantRanksBy((_, out) => out.fill(Number.NaN), { queries: 1, documents: 2 }, [0]),
      'the score of query 0 and document 0 must be finite, received NaN',
    ],
    [
      () => relevantRanksBy(() => {}, { queries: 1, documents: 0 }, [-1]),
      'size.documents must be at least 1, received 0',
    ],
  ])('refuses bad input by name: %#', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
