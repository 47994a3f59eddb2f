import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluateRun,
  nearestDocuments,
  rankCandidates,
  relevantRanks,
  relevantRanksAmong,
  rerankRun,
} from '../../src/metrics/index.js';

const matrix = (rows: number, columns: number, seed: number) => ({
  rows,
  columns,
  // Few values, so that scores tie.
  data: Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7919 + seed * 104729) % 5) - 2),
});

describe('relevantRanksAmong and rankCandidates', () => {
  test('with every document a candidate, ranks and lists are those of the whole corpus', () => {
    const [queries, corpus] = [matrix(6, 4, 1), matrix(20, 4, 2)];
    const every = {
      query: Array.from({ length: 120 }, (_, i) => Math.floor(i / 20)),
      document: Array.from({ length: 120 }, (_, i) => i % 20),
    };
    const relevance = { query: [0, 0, 2, 3, 5], document: [4, 9, 11, 0, 19] };
    const exclude = { query: [2, 3], document: [3, 0] };
    const documentIds = Array.from({ length: 20 }, (_, i) => `d${i}`);
    for (const ties of ['trec', 'optimistic', 'expected'] as const) {
      const options = { ties, exclude, documentIds };
      expect(relevantRanksAmong(queries, corpus, every, relevance, options)).toEqual(
        relevantRanks(queries, corpus, relevance, options),
      );
    }
    expect([...rankCandidates(queries, corpus, every, { exclude, documentIds })]).toEqual([
      ...nearestDocuments(queries, corpus, 20, { exclude, documentIds }),
    ]);
  });

  test('ranks are those of the lists, and what is no candidate is never found', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(14)), { selector: (pair) => pair.join() }),
        fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(14)), { selector: (pair) => pair.join(), minLength: 1 }),
        (candidates, relevant) => {
          const [queries, corpus] = [matrix(5, 3, 3), matrix(15, 3, 4)];
          const pairs = (list: [number, number][]) => ({
            query: list.map(([q]) => q),
            document: list.map(([, d]) => d),
          });
          const ranks = relevantRanksAmong(queries, corpus, pairs(candidates), pairs(relevant));
          const lists = [...rankCandidates(queries, corpus, pairs(candidates))];
          for (let q = 0; q < 5; q++) {
            for (let p = ranks.offsets[q]!; p < ranks.offsets[q + 1]!; p++) {
              const place = lists[q]!.documents.indexOf(ranks.documents[p]!);
              expect(ranks.ranks[p]).toBe(place < 0 ? Number.POSITIVE_INFINITY : place + 1);
            }
          }
        },
      ),
    );
  });

  test('names a candidate that is out of range or given twice', () => {
    const [queries, corpus] = [matrix(1, 2, 1), matrix(3, 2, 2)];
    const ask = (query: number[], document: number[]) =>
      relevantRanksAmong(queries, corpus, { query, document }, [0]);
    expect(() => ask([0], [3])).toThrow('candidates.document[0] must be in [0, N) = [0, 3), received 3');
    expect(() => ask([0, 0], [1, 1])).toThrow(
      'candidates must name a pair once, received query 0 with document 1 twice',
    );
  });
});

describe('rerankRun', () => {
  const run = new Map([
    ['q1', new Map(Object.entries({ a: 3, b: 2, c: 1 }))],
    ['q2', new Map<string, number>()],
  ]);
  const reversed = (_: string, ids: readonly string[]) => ids.map((_, i) => i);

  test('orders the first candidates by the new score; the rest is dropped or keeps its order behind them', async () => {
    const asked: unknown[] = [];
    const score = (query: string, ids: readonly string[]) => {
      asked.push([query, ...ids]);
      return reversed(query, ids);
    };
    const dropped = await rerankRun(run, score, { depth: 2 });
    expect(asked).toEqual([['q1', 'a', 'b']]);
    expect([...dropped.get('q1')!.keys()]).toEqual(['b', 'a']);
    const kept = await rerankRun(run, score, { depth: 2, rest: 'keep' });
    expect([...kept.get('q1')!]).toEqual([
      ['b', 1],
      ['a', 0],
      ['c', -1],
    ]);
    expect(kept.get('q2')!.size).toBe(0);
  });

  test('an evaluation finds the order that was given', async () => {
    const reranked = await rerankRun(run, async (query, ids) => reversed(query, ids));
    expect(evaluateRun(reranked, { q1: { c: 1 } }, ['mrr']).mean.mrr).toBe(1);
  });

  test('names the query whose scores are not what they must be', async () => {
    await expect(rerankRun(run, () => [1])).rejects.toThrow(
      'the scores of query q1 must be one for each of the 3 candidates, received 1',
    );
    await expect(rerankRun(run, (_, ids) => ids.map(() => Number.NaN))).rejects.toThrow(
      'the score of query q1 and document a must be finite, received NaN',
    );
    await expect(rerankRun(run, reversed, { rest: 'sort' as 'keep' })).rejects.toThrow(
      'rest must be drop or keep',
    );
  });
});
