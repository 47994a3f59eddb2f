import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type EvaluationProfile, evaluateRun, type Measure } from '../../src/metrics/index.js';
import { referenceMeasures } from '../reference/metrics.js';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')) as T;

type Table = Record<string, Record<string, number>>;

const { beir } = read<{ beir: { qrels: Table; run: Table; values: Record<string, number> } }>(
  'profiles.golden.json',
);

/** The grades of a query's documents in ranked order, ties aside. */
const ranked = (run: Record<string, number>, grades: Record<string, number>) =>
  Object.entries(run)
    .sort((a, b) => b[1] - a[1])
    .map(([id]) => grades[id] ?? 0);

describe('profiles', () => {
  test("beir agrees with BEIR's own evaluation, documents with the id of the query among the first", () => {
    const measures = Object.keys(beir.values) as Measure[];
    expect(measures).toHaveLength(25);
    const { mean } = evaluateRun(beir.run, beir.qrels, measures, { profile: 'beir' });
    // Means of values that trec_eval prints with four digits.
    for (const measure of measures) {
      expect(Math.abs(mean[measure]! - beir.values[measure]!), measure).toBeLessThan(6e-5);
    }
    const without = evaluateRun(beir.run, beir.qrels, ['mrr@10'], { profile: 'trec_eval' });
    expect(without.mean['mrr@10']).toBeLessThan(beir.values['mrr@10']! - 0.1);
  });

  test('trec_eval leaves out queries that the run lacks, and counts them with -c', () => {
    const qrels = { a: { d: 1 }, b: { d: 1 } };
    const run = { a: { d: 1, e: 1 + 1e-12 } };
    const of = (options: { missing?: 'zero' } = {}) =>
      evaluateRun(run, qrels, ['mrr'], { profile: 'trec_eval', ...options }).mean.mrr;
    // Equal as float32: e, the greater id, stands first.
    expect(of()).toBe(0.5);
    const close = { a: { d: 1 + 1e-12, e: 1 } };
    const version = (profile: EvaluationProfile) => evaluateRun(close, qrels, ['mrr'], { profile }).mean.mrr;
    expect([version('trec_eval-9'), version('trec_eval-10')]).toEqual([0.5, 1]);
    expect(of({ missing: 'zero' })).toBe(0.25);
  });

  test('sentence-transformers divides map@k by min(k, R) and knows no grades', () => {
    const { q0, q1 } = beir.qrels as { q0: Record<string, number>; q1: Record<string, number> };
    for (const [query, grades] of [
      ['q0', q0],
      ['q1', q1],
    ] as const) {
      const binary = Object.fromEntries(Object.entries(grades).map(([id, grade]) => [id, grade > 0 ? 1 : 0]));
      const expected = referenceMeasures(ranked(beir.run[query]!, binary), Object.values(binary), 5);
      const { mean } = evaluateRun({ [query]: beir.run[query]! }, { [query]: grades }, ['map@5', 'ndcg@5'], {
        profile: 'sentence-transformers',
      });
      expect(mean['map@5']).toBeCloseTo(expected['map-min'], 12);
      expect(mean['ndcg@5']).toBeCloseTo(expected.ndcg, 12);
    }
  });

  test('codesearchnet cuts MRR at 1,000 and takes the exponential gain', () => {
    const run = { q: Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`d${i}`, -i])) };
    const mrr = (document: number) =>
      evaluateRun(run, { q: { [`d${document}`]: 1 } }, ['mrr'], { profile: 'codesearchnet' }).mean.mrr;
    expect([mrr(999), mrr(1000)]).toEqual([1 / 1000, 0]);
    const grades = { d0: 1, d3: 3, d7: 2 };
    const found = evaluateRun(run, { q: grades }, ['ndcg', 'ndcg@5'], { profile: 'codesearchnet' }).mean;
    const list = ranked(run.q, grades);
    expect(found.ndcg).toBeCloseTo(referenceMeasures(list, [1, 3, 2], 1500)['ndcg-exp'], 12);
    expect(found['ndcg@5']).toBeCloseTo(referenceMeasures(list, [1, 3, 2], 5)['ndcg-exp'], 12);
  });

  test('options given beside a profile win over it, and an unknown one is refused', () => {
    const tied = { q: { a: 1, b: 1 } };
    const mrr = (options: object) => evaluateRun(tied, { q: { a: 1 } }, ['mrr'], options).mean.mrr;
    expect(mrr({ profile: 'trec_eval' })).toBe(0.5);
    expect(mrr({ profile: 'beir' })).toBe(1);
    expect(mrr({ profile: 'beir', ties: 'trec' })).toBe(0.5);
    expect(mrr({ profile: 'beir', ties: 'optimistic' })).toBe(1);
    expect(() => mrr({ profile: 'mteb' as EvaluationProfile })).toThrow(
      'profile must be one of trec_eval, trec_eval-9, trec_eval-10, beir, sentence-transformers, codesearchnet, received "mteb"',
    );
  });
});
