import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bm25Index } from '../../src/benchmarks/index.js';
import golden from './golden/bm25.golden.json';

/** BM25 from its formula, one document at a time. */
const referenceScore = (
  documents: readonly (readonly string[])[],
  query: readonly string[],
  document: number,
  { k1, b, variant }: { k1: number; b: number; variant: 'lucene' | 'atire' },
) => {
  const mean = documents.reduce((sum, tokens) => sum + tokens.length, 0) / documents.length;
  const own = documents[document]!;
  let score = 0;
  for (const term of query) {
    const n = documents.filter((tokens) => tokens.includes(term)).length;
    const f = own.filter((token) => token === term).length;
    if (f === 0) continue;
    const idf =
      variant === 'lucene'
        ? Math.log(1 + (documents.length - n + 0.5) / (n + 0.5))
        : Math.log(documents.length / n);
    score += (idf * f * (k1 + 1)) / (f + k1 * (1 - b + (b * own.length) / mean));
  }
  return score;
};

const expectScores = (actual: Float64Array, expected: readonly number[], factor = 1) => {
  actual.forEach((score, d) => {
    // bm25s keeps its scores in float32.
    expect(Math.abs(score - factor * expected[d]!)).toBeLessThan(2e-6 * Math.max(1, score));
  });
};

describe('Bm25Index', () => {
  test('agrees with bm25s, Lucene form, but for the constant factor k₁ + 1', () => {
    for (const { k1, b, scores } of golden.lucene) {
      const index = new Bm25Index(golden.documents, { k1, b });
      golden.queries.forEach((query, q) => {
        if (query.some((term) => term !== 'unknown')) expectScores(index.scores(query), scores[q]!, k1 + 1);
      });
    }
  });

  test('agrees with bm25s, ATIRE form', () => {
    for (const { k1, b, scores } of golden.atire) {
      const index = new Bm25Index(golden.documents, { k1, b, variant: 'atire' });
      golden.queries.forEach((query, q) => {
        if (query.some((term) => term !== 'unknown')) expectScores(index.scores(query), scores[q]!);
      });
    }
  });

  test('agrees with rank_bm25 given the same inverse document frequencies', () => {
    const { k1, b, scores } = golden.rankBm25;
    const index = new Bm25Index(golden.documents, { k1, b, variant: 'atire' });
    golden.queries.forEach((query, q) => {
      expectScores(index.scores(query), scores[q]!);
    });
  });

  test('agrees with its formula, document by document', () => {
    const token = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor');
    const texts = fc.array(fc.array(token, { maxLength: 8 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        texts,
        fc.array(token, { maxLength: 5 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('lucene' as const, 'atire' as const),
        (documents, query, k1, b, variant) => {
          const index = new Bm25Index(documents, { k1, b, variant });
          index.scores(query).forEach((score, d) => {
            expect(score).toBeCloseTo(referenceScore(documents, query, d, { k1, b, variant }), 10);
          });
        },
      ),
    );
  });

  test('holds more postings than its first buffer', () => {
    const documents = Array.from({ length: 3000 }, (_, i) => [`own${i}`, 'all', 'all']);
    const index = new Bm25Index(documents, { variant: 'atire' });
    for (const d of [0, 700, 2999]) {
      const scores = index.scores([`own${d}`]);
      expect(scores[d]).toBeCloseTo(Math.log(3000), 9);
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(Math.log(3000), 9);
    }
  });

  test('overwrites the scores it is given and returns them', () => {
    const index = new Bm25Index([['a'], ['b']]);
    const out = Float64Array.of(7, 7);
    expect(index.scores(['a'], out)).toBe(out);
    expect(out[0]).toBeGreaterThan(0);
    expect(out[1]).toBe(0);
  });

  test('finds the best documents, ties in their order, none without a term', () => {
    const index = new Bm25Index([['x'], ['a', 'b'], ['b', 'a'], ['a', 'c', 'c', 'c']]);
    expect(index.search(['a'], 10).map(({ document }) => document)).toEqual([1, 2, 3]);
    expect(index.search(['a'], 1)).toEqual([{ document: 1, score: expect.any(Number) }]);
    expect(index.search(['nothing'], 5)).toEqual([]);
  });

  test('takes any iterable once, and nothing at all', () => {
    const documents = function* () {
      yield ['a'];
      yield ['b', 'b'];
    };
    expect(new Bm25Index(documents())).toMatchObject({ size: 2, meanLength: 1.5 });
    expect(new Bm25Index([]).scores(['a']).length).toBe(0);
    expect(Array.from(new Bm25Index([[], []]).scores(['a']))).toEqual([0, 0]);
  });

  test('refuses bad input by name', () => {
    expect(() => new Bm25Index([], { k1: -1 })).toThrow('k1 must be at least 0, received -1');
    expect(() => new Bm25Index([], { b: 2 })).toThrow('b must be in [0, 1], received 2');
    expect(() => new Bm25Index([['a']]).scores(['a'], new Float64Array(2))).toThrow(
      'out must have shape [N] = [1], received 2',
    );
  });
});
