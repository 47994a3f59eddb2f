import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateRun, perQueryMeasure, relevantRanksBy } from '../../src/metrics/index.js';

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, i) =>
        permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
      );

/** Every order of the documents that their scores allow. */
const allOrders = (scores: readonly number[]): number[][] =>
  [...new Set(scores)]
    .sort((a, b) => b - a)
    .map((level) => permutations(scores.flatMap((score, d) => (score === level ? [d] : []))))
    .reduce<number[][]>(
      (orders, group) => orders.flatMap((order) => group.map((more) => [...order, ...more])),
      [[]],
    );

const MEASURES = [
  'mrr',
  'mrr@2',
  'map',
  'map@3',
  'map-min@3',
  'map@r',
  'ndcg',
  'ndcg@3',
  'ndcg-exp@2',
  'recall@1',
  'recall@3',
  'precision@2',
  'f1@3',
  'success@1',
  'success@3',
  'recall-cap@2',
  'r-precision',
  'rbp',
  'rbp(p=0.5)@3',
  'err',
  'err@2',
] as const;
const JUDGED = ['bpref', 'judged@2', 'map(rel=2)', 'mrr(rel=2)', 'bpref(rel=2)', 'recall(rel=2)@2'] as const;

const cases = fc.array(
  fc.record({
    score: fc.integer({ min: 0, max: 2 }),
    grade: fc.constantFrom(null, 0, 0, 1, 2, 3),
    listed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 7 },
);

describe("the tie rule 'expected'", () => {
  test('gives the mean over every order of tied documents', () => {
    fc.assert(
      fc.property(cases, (documents) => {
        const qrels = new Map(
          documents.flatMap(({ grade }, d) => (grade === null ? [] : [[`d${d}`, grade] as const])),
        );
        const listed = documents.flatMap(({ listed: is, score }, d) => (is ? [{ d, score }] : []));
        fc.pre([...qrels.values()].some((grade) => grade > 0));
        const evaluate = (scores: readonly number[], ties: 'expected' | 'trec') =>
          evaluateRun(
            new Map([['q', new Map(listed.map(({ d }, i) => [`d${d}`, scores[i]!]))]]),
            new Map([['q', qrels]]),
            [...MEASURES, ...JUDGED],
            { ties, withoutRelevant: 'zero' },
          ).mean;
        const found = evaluate(
          listed.map(({ score }) => score),
          'expected',
        );
        const orders = allOrders(listed.map(({ score }) => score));
        const means = orders.map((order) => {
          const scores = new Array<number>(order.length);
          order.forEach((document, place) => {
            scores[document] = -place;
          });
          return evaluate(scores, 'trec');
        });
        for (const measure of [...MEASURES, ...JUDGED]) {
          const mean = means.reduce((sum, one) => sum + one[measure], 0) / means.length;
          expect(found[measure], measure).toBeCloseTo(mean, 10);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('gives one relevant document among five tied ones a recall@1 of 0.2, and mean-rank a rank of 3', () => {
    const rankBy = (ties: 'expected' | 'mean-rank') =>
      relevantRanksBy((_, out) => out.fill(1), { queries: 1, documents: 5 }, [2], { ties });
    expect(perQueryMeasure(rankBy('expected'), 'recall@1')[0]).toBeCloseTo(0.2, 12);
    expect(perQueryMeasure(rankBy('expected'), 'mrr')[0]).toBeCloseTo(
      (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 5,
      12,
    );
    expect(Array.from(rankBy('mean-rank').ranks)).toEqual([3]);
    expect(perQueryMeasure(rankBy('mean-rank'), 'recall@1')[0]).toBe(0);
    expect(rankBy('mean-rank').tied).toBeUndefined();
  });

  test('counted over chunks of any ranker is that of the whole list', () => {
    const tie = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(tie, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (scores, picks) => {
        const relevant = [...new Set(picks.map((pick) => pick % scores.length))];
        const ranks = relevantRanksBy(
          (_, out) => out.set(scores),
          { queries: 1, documents: scores.length },
          { query: relevant.map(() => 0), document: relevant },
          { ties: 'expected' },
        );
        const run = { q: Object.fromEntries(scores.map((score, d) => [`d${d}`, score])) };
        const qrels = { q: Object.fromEntries(relevant.map((d) => [`d${d}`, 1])) };
        const { mean } = evaluateRun(run, qrels, MEASURES, { ties: 'expected' });
        for (const measure of MEASURES) {
          expect(perQueryMeasure(ranks, measure)[0], measure).toBeCloseTo(mean[measure], 12);
        }
      }),
    );
  });

  test.each(['infap', 'iprec@0.5'] as const)('refuses %s, which has no closed form', (measure) => {
    expect(() =>
      evaluateRun({ q: { a: 1, b: 1 } }, { q: { a: 1 } }, [measure], { ties: 'expected' }),
    ).toThrow("ties other than 'expected'");
  });
});
