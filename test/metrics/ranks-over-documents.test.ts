import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relevantRanksBy, relevantRanksOverDocuments, type TieRule } from '../../src/metrics/index.js';

/** Documents [0, N) in blocks of the sizes given. */
async function* blocksOf(scores: readonly (readonly number[])[], sizes: readonly number[]) {
  let first = 0;
  for (const documents of sizes) {
    const from = first;
    yield {
      documents,
      score: (query: number, out: Float64Array) => out.set(scores[query]!.slice(from, from + documents)),
    };
    first += documents;
  }
}

describe('relevantRanksOverDocuments', () => {
  test('gives the ranks of relevantRanksBy, whatever the blocks', async () => {
    const score = fc.constantFrom(Number.NEGATIVE_INFINITY, -1, 0, 0.5, 2);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(score, { minLength: 20, maxLength: 20 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom<TieRule>('trec', 'optimistic', 'pessimistic', 'expected'),
        fc.boolean(),
        async (rows, sizes, ties, excludes) => {
          const documents = sizes.reduce((sum, size) => sum + size, 0);
          fc.pre(documents > 0);
          const scores = rows.map(([, row]) => row.slice(0, documents).concat(Array(documents).fill(0)));
          const relevance = { query: [] as number[], document: [] as number[], gain: [] as number[] };
          rows.forEach(([step], query) => {
            for (let d = query % documents; d < documents; d += step) {
              relevance.query.push(query);
              relevance.document.push(d);
              relevance.gain.push(d % 3);
            }
          });
          const options = {
            ties,
            ...(excludes ? { exclude: { query: rows.map((_, q) => q), document: rows.map(() => 0) } } : {}),
          };
          const size = { queries: rows.length, documents };
          const whole = relevantRanksBy(
            (query, out) => out.set(scores[query]!.slice(0, documents)),
            size,
            relevance,
            options,
          );
          const found = await relevantRanksOverDocuments(
            blocksOf(scores, sizes),
            size,
            relevance,
            (query, document) => scores[query]![document]!,
            options,
          );
          expect(found).toEqual(whole);
        },
      ),
    );
  });

  test('refuses scores that are no number, and other numbers of documents', async () => {
    const rank = (scores: readonly (readonly number[])[], sizes: readonly number[], own = scores) =>
      relevantRanksOverDocuments(
        blocksOf(scores, sizes),
        { queries: 1, documents: 3 },
        { query: [0], document: [1] },
        (query, document) => own[query]![document]!,
      );
    await expect(rank([[1, 2, Number.NaN]], [2, 1])).rejects.toThrow(
      'the score of query 0 and document 2 must be finite, received NaN',
    );
    await expect(rank([[1, Number.POSITIVE_INFINITY, 3]], [3])).rejects.toThrow(
      'the score of query 0 and document 1 must be finite, received Infinity',
    );
    await expect(rank([[1, 2, 3]], [3], [[1, 2.5, 3]])).rejects.toThrow(
      'the score of query 0 and document 1 must be 2.5, as given before, received 2',
    );
    await expect(rank([[1, 2, 3]], [1, 1])).rejects.toThrow('the blocks must hold 3 documents, received 2');
    await expect(rank([[1, 2, 3, 4]], [2, 2])).rejects.toThrow(
      'the blocks must hold 3 documents, received at least 4',
    );
    await expect(
      relevantRanksOverDocuments(
        blocksOf([], []),
        { queries: 0, documents: 0 },
        { query: [], document: [] },
        () => 0,
      ),
    ).rejects.toThrow('size.documents must be at least 1, received 0');
  });
});
