import { describe, expect, it } from 'vitest';
import { type PairScorer, scoreSimilarities } from '../../src/annotation/index.js';

const queries = ['sort', 'read', 'sort'];
const documents = ['sort(list)', 'read(file)'];
const pairs = { query: [0, 0, 1, 2], document: [0, 1, 1, 0] };

/** The share of the query's letters that the document has, and how often it was asked. */
const counting = (
  score = (query: string, document: string) =>
    [...query].filter((c) => document.includes(c)).length / query.length,
) => {
  const asked: string[] = [];
  const scorer: PairScorer = {
    name: 'letters',
    score: async (left, right) =>
      Float32Array.from(left, (query, i) => {
        asked.push(`${query} ${right[i]}`);
        return score(query, right[i]!);
      }),
  };
  return { scorer, asked };
};

describe('scoreSimilarities', () => {
  it('scores each distinct pair of texts once, and puts labels below 1', async () => {
    const { scorer, asked } = counting();
    const labels = await scoreSimilarities(scorer, queries, documents, pairs, { batchSize: 2 });
    expect(asked).toHaveLength(3);
    expect(labels[0]).toBe(Math.fround(1 - 2 ** -24));
    expect(labels[3]).toBe(labels[0]);
    expect(labels[1]).toBe(0.25);
  });

  it('asks for nothing that the cache holds, after an interruption too', async () => {
    const entries = new Map<string, Uint8Array>();
    const cache = {
      get: (key: string) => entries.get(key) ?? null,
      set: (key: string, value: Uint8Array) => void entries.set(key, value),
    };
    let calls = 0;
    const failing = counting((query, document) => {
      if (++calls > 2) throw new Error('out of memory');
      return query.length / document.length;
    });
    await expect(
      scoreSimilarities(failing.scorer, queries, documents, pairs, { cache, batchSize: 1 }),
    ).rejects.toThrow('out of memory');
    const later = counting((query, document) => query.length / document.length);
    const labels = await scoreSimilarities(later.scorer, queries, documents, pairs, { cache, batchSize: 1 });
    expect(later.asked).toHaveLength(1);
    const again = counting();
    expect(await scoreSimilarities(again.scorer, queries, documents, pairs, { cache })).toEqual(labels);
    expect(again.asked).toEqual([]);
  });

  it('refuses scores that are no similarities, and indices out of range', async () => {
    const { scorer } = counting(() => 2);
    await expect(scoreSimilarities(scorer, queries, documents, pairs)).rejects.toThrow(
      'letters must give scores in [0, 1], received 2',
    );
    const few: PairScorer = { name: 'few', score: async () => new Float32Array(1) };
    await expect(scoreSimilarities(few, queries, documents, pairs)).rejects.toThrow(
      'few must give 3 scores, received 1',
    );
    await expect(
      scoreSimilarities(scorer, queries, documents, { query: [0], document: [7] }),
    ).rejects.toThrow('pairs.document[0] must be below 2, received 7');
  });
});
