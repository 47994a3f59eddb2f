import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EvaluateRunOptions,
  evaluateRun,
  type Measure,
  meanAveragePrecision,
  meanReciprocalRank,
  measureRanks,
  ndcg,
  parseQrels,
  parseTrecRun,
  perQueryMeasure,
  precisionAtK,
  recallAtK,
  relevantRanks,
  relevantRanksBy,
  rPrecision,
  successAtK,
  type TieRule,
} from '../../src/metrics/index.js';
import { referenceMeasures } from '../reference/metrics.js';
import golden from './golden/metrics.golden.json';

const FAMILIES = ['mrr', 'map', 'map-min', 'recall', 'precision', 'success', 'ndcg', 'ndcg-exp'] as const;

describe('metrics', () => {
  test('agree with their definitions on a sorted list', () => {
    const grades = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(grades, fc.integer({ min: 1, max: 30 }), (ranked, k) => {
        fc.pre(ranked.some((grade) => grade > 0));
        const relevance = { query: ranked.map(() => 0), document: ranked.map((_, i) => i), gain: ranked };
        const score = (_: number, out: Float64Array) => out.set(ranked.map((_, i) => -i));
        const ranks = relevantRanksBy(score, { queries: 1, documents: ranked.length }, relevance);
        const expected = referenceMeasures(ranked, ranked, k);
        for (const family of FAMILIES) {
          expect(perQueryMeasure(ranks, `${family}@${k}`)[0], family).toBeCloseTo(expected[family], 12);
        }
        expect(rPrecision(ranks)).toBeCloseTo(expected['r-precision'], 12);
        const all = referenceMeasures(ranked, ranked, ranked.length);
        expect(measureRanks(ranks, ['mrr', 'map', 'ndcg', 'ndcg-exp', 'r-precision'])).toEqual({
          mrr: expect.closeTo(all.mrr, 12),
          map: expect.closeTo(all.map, 12),
          ndcg: expect.closeTo(all.ndcg, 12),
          'ndcg-exp': expect.closeTo(all['ndcg-exp'], 12),
          'r-precision': expect.closeTo(all['r-precision'], 12),
        });
      }),
    );
  });

  // Query 0 finds its documents at 1 and 3 of 4, query 1 its only one at 2, query 2 has none.
  const ranks = relevantRanksBy(
    (query, out) => out.set(query === 0 ? [9, 8, 7, 6] : [1, 2, 0, 0]),
    { queries: 3, documents: 4 },
    { query: [0, 0, 1], document: [0, 2, 0], gain: [1, 2, 1] },
  );

  test('by function are those by name', () => {
    expect(meanReciprocalRank(ranks)).toBe(0.75);
    expect(meanReciprocalRank(ranks, { cutoff: 1 })).toBe(0.5);
    expect(meanAveragePrecision(ranks)).toBeCloseTo((5 / 6 + 1 / 2) / 2, 12);
    expect(meanAveragePrecision(ranks, { cutoff: 1 })).toBeCloseTo(0.25, 12);
    expect(meanAveragePrecision(ranks, { cutoff: 1, denominator: 'cutoff' })).toBeCloseTo(0.5, 12);
    expect(recallAtK(ranks, 2)).toBe(0.75);
    expect(precisionAtK(ranks, 2)).toBe(0.5);
    expect(successAtK(ranks, 1)).toBe(0.5);
    expect(measureRanks(ranks, ['success@1', 'hit-rate@1'])).toEqual({ 'success@1': 0.5, 'hit-rate@1': 0.5 });
    expect(rPrecision(ranks)).toBe(0.25);
    const first = (1 + 2 / 2) / (2 + 1 / Math.log2(3));
    expect(ndcg(ranks)).toBeCloseTo((first + 1 / Math.log2(3)) / 2, 12);
    const exponential = (1 + 3 / 2) / (3 + 1 / Math.log2(3));
    expect(ndcg(ranks, { gain: 'exponential', cutoff: 10 })).toBeCloseTo(
      (exponential + 1 / Math.log2(3)) / 2,
      12,
    );
  });

  test('leave out queries without relevant documents, or count them as zero on request', () => {
    expect(Array.from(perQueryMeasure(ranks, 'mrr'))).toEqual([1, 0.5, Number.NaN]);
    expect(meanReciprocalRank(ranks, { withoutRelevant: 'zero' })).toBe(0.5);
    const none = relevantRanksBy(() => {}, { queries: 2, documents: 2 }, [-1, -1]);
    expect(meanReciprocalRank(none)).toBeNaN();
    expect(meanReciprocalRank(none, { withoutRelevant: 'zero' })).toBe(0);
  });

  test.each(['mrr@0', 'recall', 'precision', 'map-min', 'mrr@x', 'ndcg@1.5', 'toString', ''])(
    'refuse %j',
    (name) => {
      expect(() => perQueryMeasure(ranks, name as Measure)).toThrow(`received ${JSON.stringify(name)}`);
    },
  );

  test('refuse cutoffs that are not whole numbers of at least 1', () => {
    expect(() => recallAtK(ranks, 0)).toThrow('k must be a whole number of at least 1, received 0');
    expect(() => meanReciprocalRank(ranks, { cutoff: 2.5 })).toThrow(
      'cutoff must be a whole number of at least 1, received 2.5',
    );
  });
});

describe('evaluateRun agrees with trec_eval 9.0.8', () => {
  const measures = Object.keys(golden.generated.both.all) as Measure[];

  test.each([
    ['queries in both files', 'both', 'skip'],
    ['with -c, missing queries as zero', 'complete', 'zero'],
  ] as const)('on ties, grades and odd ids: %s', (_, profile, missing) => {
    const run = parseTrecRun(golden.generated.run);
    const qrels = parseQrels(golden.generated.qrels);
    const found = evaluateRun(run, qrels, measures, { missing, withoutRelevant: 'zero' });
    const expected: Record<string, Record<string, number>> = golden.generated[profile];
    const absent = missing === 'zero' ? ['q9', 'q19', 'q29'] : [];
    const printed = Object.keys(expected).filter((query) => query !== 'all');
    expect([...found.queryIds].sort()).toEqual([...printed, ...absent].sort());
    for (const measure of measures) {
      found.queryIds.forEach((query, i) => {
        // trec_eval prints four digits.
        const value = absent.includes(query) ? 0 : expected[query]![measure]!;
        expect(Math.abs(found.perQuery[measure]![i]! - value)).toBeLessThan(5.1e-5);
      });
      expect(Math.abs(found.mean[measure]! - expected.all![measure]!)).toBeLessThan(5.1e-5);
    }
    expect(found.missing).toEqual(['q9', 'q19', 'q29']);
    expect(found.unjudged).toEqual(['q99']);
  });
});

describe('evaluateRun', () => {
  const run = { q1: { q1: 9, d1: 0.9, d2: 0.4 }, q2: { d1: 0.1 } };
  const qrels = { q1: { d1: 1, q1: 1 }, q2: { d3: 1 }, q3: { d1: 1 } };

  test('counts missing queries as zero unless asked to skip them', () => {
    expect(evaluateRun(run, qrels, ['recall@1']).perQuery['recall@1']).toEqual(Float64Array.of(0.5, 0, 0));
    expect(evaluateRun(run, qrels, ['recall@1'], { missing: 'skip' }).perQuery['recall@1']).toEqual(
      Float64Array.of(0.5, 0),
    );
  });

  test('drops documents with the id of the query, as BEIR does, on request', () => {
    const { perQuery } = evaluateRun(run, qrels, ['recall@1', 'mrr'], { ignoreIdenticalIds: true });
    expect(perQuery['recall@1'][0]).toBe(1);
    expect(perQuery.mrr[0]).toBe(1);
  });

  test('leaves out queries whose grades are all 0 unless asked to count them', () => {
    const judged = { q1: { d1: 0 } };
    expect(evaluateRun(run, judged, ['mrr']).queryIds).toEqual([]);
    expect(evaluateRun(run, judged, ['mrr'], { withoutRelevant: 'zero' }).mean.mrr).toBe(0);
  });

  test('compares scores as float32 on request, as trec_eval does', () => {
    const close = { q: { a: 1 + 1e-12, b: 1 } };
    const wanted = { q: { a: 1 } };
    expect(evaluateRun(close, wanted, ['mrr']).mean.mrr).toBe(1);
    expect(evaluateRun(close, wanted, ['mrr'], { scorePrecision: 'float32' }).mean.mrr).toBe(0.5);
  });

  test('applies the tie rule', () => {
    const tied = { q: { a: 1, b: 1, c: 1 } };
    const mrr = (ties: TieRule) => evaluateRun(tied, { q: { a: 1 } }, ['mrr'], { ties }).mean.mrr;
    expect([mrr('trec'), mrr('first'), mrr('optimistic'), mrr('pessimistic'), mrr('mean-rank')]).toEqual([
      1 / 3,
      1,
      1,
      1 / 3,
      1 / 2,
    ]);
    expect(mrr('expected')).toBeCloseTo((1 + 1 / 2 + 1 / 3) / 3, 12);
  });

  test('puts high grades first where ties are optimistic, last where they are pessimistic', () => {
    const tied = { q: { z: 1, a: 1, b: 1 } };
    const ndcg1 = (ties: TieRule) =>
      evaluateRun(tied, { q: { a: 3, b: 1 } }, ['ndcg@2'], { ties }).mean['ndcg@2'];
    expect(ndcg1('optimistic')).toBe(1);
    expect(ndcg1('pessimistic')).toBeCloseTo(1 / Math.log2(3) / (3 + 1 / Math.log2(3)), 12);
  });

  test('keeps ties in the order of a map, and refuses an object that lost it', () => {
    const list = new Map([
      [
        'q',
        new Map([
          ['10', 1],
          ['9', 1],
        ]),
      ],
    ]);
    expect(evaluateRun(list, { q: { 10: 1 } }, ['mrr'], { ties: 'first' }).mean.mrr).toBe(1);
    expect(() => evaluateRun({ q: { 10: 1, 9: 1 } }, { q: { 10: 1 } }, ['mrr'], { ties: 'first' })).toThrow(
      "the run of query q must be a Map for ties 'first'",
    );
  });

  test('counts only grades of the level as relevant, in the metrics that know no grades', () => {
    const one = { q: { a: 3, b: 2, c: 1 } };
    const grades = { q: { a: 1, b: 2, c: 0 } };
    const { mean } = evaluateRun(one, grades, ['mrr', 'mrr(rel=1)', 'ndcg', 'bpref'], { relevanceLevel: 2 });
    expect(mean.mrr).toBe(0.5);
    expect(mean['mrr(rel=1)']).toBe(1);
    expect(mean.ndcg).toBe(evaluateRun(one, grades, ['ndcg']).mean.ndcg);
    // Judged and below the level: a counts as not relevant, before b.
    expect(mean.bpref).toBe(0);
    expect(evaluateRun(one, grades, ['mrr'], { relevanceLevel: 3 }).queryIds).toEqual([]);
  });

  test.each([
    [
      { ties: 'foo' },
      'ties must be trec, first, optimistic, pessimistic, expected or mean-rank, received foo',
    ],
    [{ missing: 'drop' }, 'missing must be zero or skip, received "drop"'],
    [{ withoutRelevant: 1 }, 'withoutRelevant must be skip or zero, received 1'],
    [{ ignoreIdenticalIds: 'yes' }, 'ignoreIdenticalIds must be true or false or run, received "yes"'],
    [{ scorePrecision: 'float16' }, 'scorePrecision must be float32 or float64, received "float16"'],
    [{ gains: 'some' }, 'gains must be graded or binary, received "some"'],
    [{ relevanceLevel: Number.NaN }, 'relevanceLevel must be finite, received NaN'],
    [{ tie: 'trec' }, 'evaluateRun has no option tie: did you mean ties?'],
  ])('refuses %j', (options, message) => {
    expect(() => evaluateRun(run, qrels, ['precision@1'], options as EvaluateRunOptions)).toThrow(message);
  });

  test('normalizes grades that float64 could not raise to a power of two', () => {
    const big = { q: { a: 2000, b: 1 } };
    const { mean } = evaluateRun({ q: { a: 2, b: 1 } }, big, ['ndcg-exp', 'ndcg-exp@1']);
    expect(mean['ndcg-exp']).toBe(1);
    expect(evaluateRun({ q: { a: 1, b: 2 } }, big, ['ndcg-exp']).mean['ndcg-exp']).toBeCloseTo(
      1 / Math.log2(3),
      12,
    );
    const near = evaluateRun({ q: { a: 1, b: 2 } }, { q: { a: 950, b: 949 } }, ['ndcg-exp']).mean['ndcg-exp'];
    const l = 1 / Math.log2(3);
    expect(near).toBeCloseTo((0.5 + l) / (1 + 0.5 * l), 12);
    expect(evaluateRun({ q: { a: 2, b: 1 } }, { q: { a: 1e308, b: 1e308 } }, ['ndcg']).mean.ndcg).toBe(1);
  });

  test('refuses scores and grades that are not finite', () => {
    expect(() => evaluateRun({ q: { d: Number.NaN } }, { q: { d: 1 } }, ['mrr'])).toThrow(
      'the score of query q and document d must be finite, received NaN',
    );
    expect(() => evaluateRun({ q: { d: 1 } }, { q: { d: Number.NaN } }, ['mrr'])).toThrow(
      'the grade of query q and document d must be finite, received NaN',
    );
  });
});

test('metrics agree with scikit-learn 1.9', () => {
  const { scores, grades, averagePrecision, ndcg: full, ndcg10, ndcg10exp } = golden.sklearn;
  scores.forEach((row, i) => {
    const gain = grades[i]!;
    const relevance = { query: row.map(() => 0), document: row.map((_, d) => d), gain };
    const ranks = relevantRanksBy((_, out) => out.set(row), { queries: 1, documents: row.length }, relevance);
    expect(meanAveragePrecision(ranks)).toBeCloseTo(averagePrecision[i]!, 12);
    expect(ndcg(ranks)).toBeCloseTo(full[i]!, 12);
    expect(ndcg(ranks, { cutoff: 10 })).toBeCloseTo(ndcg10[i]!, 12);
    expect(ndcg(ranks, { cutoff: 10, gain: 'exponential' })).toBeCloseTo(ndcg10exp[i]!, 12);
  });
});

test("metrics agree with sentence-transformers' InformationRetrievalEvaluator", () => {
  const { queries, corpus, relevant, values } = golden.sentenceTransformers;
  const pairs = Object.entries(relevant).flatMap(([q, documents]) =>
    documents.map((d) => [Number(q), d] as const),
  );
  const ranks = relevantRanks(
    { data: Float32Array.from(queries), rows: 20, columns: 8 },
    { data: Float32Array.from(corpus), rows: 60, columns: 8 },
    { query: pairs.map(([q]) => q), document: pairs.map(([, d]) => d) },
  );
  for (const [measure, expected] of Object.entries(values)) {
    expect(measureRanks(ranks, [measure as Measure])[measure as Measure], measure).toBeCloseTo(expected, 12);
  }
});
