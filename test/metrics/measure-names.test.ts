import { describe, expect, test } from 'vitest';
import {
  evaluateRun,
  type Measure,
  parseMeasureName,
  perQueryMeasure,
  relevantRanksBy,
} from '../../src/metrics/index.js';

describe('names of metrics', () => {
  test.each([
    // trec_eval
    ['P_5', 'precision@5'],
    ['ndcg_cut_10', 'ndcg@10'],
    ['ndcg_cut.10', 'ndcg@10'],
    ['map_cut_100', 'map@100'],
    ['recip_rank', 'mrr'],
    ['Rprec', 'r-precision'],
    ['gm_map', 'gm-map'],
    ['infAP', 'infap'],
    ['iprec_at_recall_0.10', 'iprec@0.1'],
    ['success_1', 'success@1'],
    // ir_measures
    ['P@5', 'precision@5'],
    ['nDCG@10', 'ndcg@10'],
    ["nDCG(dcg='exp-log2')@10", 'ndcg-exp@10'],
    ['AP(rel=2)@100', 'map(rel=2)@100'],
    ['RR@10', 'mrr@10'],
    ['R@1000', 'recall@1000'],
    ['Bpref', 'bpref'],
    ['Judged@10', 'judged@10'],
    ['RBP(rel=2,p=0.95)', 'rbp(rel=2,p=0.95)'],
    ['IPrec@0.5', 'iprec@0.5'],
    // ranx, beir, sentence-transformers
    ['rbp.95', 'rbp(p=0.95)'],
    ['hit_rate@3', 'hit-rate@3'],
    ['ndcg_burges@10', 'ndcg-exp@10'],
    ['R_cap@10', 'recall-cap@10'],
    ['Accuracy@1', 'success@1'],
    ['MAP@R', 'map@r'],
    ['F1@10', 'f1@10'],
  ])('%s is %s', (text, name) => {
    expect(parseMeasureName(text)).toBe(name);
    expect(parseMeasureName(name)).toBe(name);
  });

  test.each([
    ['ncdg@10', 'did you mean ndcg@10'],
    ['recal@5', 'did you mean recall@5'],
    ['mpa', 'did you mean map'],
    ['judgd@7', 'did you mean judged@7'],
    ['bpreff', 'did you mean bpref'],
    ['zzzzzz@3', 'one of mrr, map,'],
    ['recall', 'recall with a whole number of at least 1, as in recall@10'],
    ['bpref@5', 'bpref without a cutoff'],
    ['iprec@2', 'iprec with a recall in [0, 1], as in iprec@0.1'],
    ['map(level=2)', 'map with rel=number in parentheses'],
    ['ndcg(rel=2)', 'ndcg with nothing in parentheses'],
  ])('%s is refused with a hint', (text, hint) => {
    expect(() => parseMeasureName(text)).toThrow(`measure must be `);
    expect(() => parseMeasureName(text)).toThrow(hint);
    expect(() => parseMeasureName(text)).toThrow(`received ${JSON.stringify(text)}`);
  });

  test('stand in the result as they were given', () => {
    const { mean } = evaluateRun({ q: { a: 2, b: 1 } }, { q: { b: 1 } }, ['P@1', 'recip_rank']);
    expect(mean).toEqual({ 'P@1': 0, recip_rank: 0.5 });
  });

  test('that need judgements are refused where only relevant documents were ranked', () => {
    const ranks = relevantRanksBy((_, out) => out.fill(1), { queries: 1, documents: 2 }, [0]);
    for (const measure of ['bpref', 'infap', 'judged@5'] as const) {
      expect(() => perQueryMeasure(ranks, measure)).toThrow('use evaluateRun with a run and qrels');
    }
  });

  test('err asks for the largest grade of the scale', () => {
    const run = { q: { a: 1 } };
    expect(() => evaluateRun(run, { q: { a: 7 } }, ['err'])).toThrow('as in err(max=7)');
    expect(evaluateRun(run, { q: { a: 7 } }, ['err(max=7)']).mean['err(max=7)']).toBe(127 / 128);
    expect(() => evaluateRun(run, { q: { a: 1 } }, ['err(max=0)'] as unknown as Measure[])).toThrow(
      'max must be',
    );
  });
});
