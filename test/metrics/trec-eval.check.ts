import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type EvaluateRunOptions,
  evaluateRun,
  formatTrecRun,
  type Measure,
  parseTrecRun,
  readQrels,
  readTrecRun,
  type TrecTable,
} from '../../src/metrics/index.js';

/**
 * The test data of usnistgov/trec_eval with the output that its own tests expect, read from a checkout:
 * TREC_EVAL_CHECKOUT=… npx vitest run --project trec-eval
 */
const checkout = process.env.TREC_EVAL_CHECKOUT;
const file = (name: string): string => {
  if (checkout === undefined)
    throw new Error('TREC_EVAL_CHECKOUT must name a checkout of usnistgov/trec_eval');
  return join(checkout, 'test', name);
};

const NAMES: readonly (readonly [RegExp, (k: string) => Measure])[] = [
  [/^map$/, () => 'map'],
  [/^recip_rank$/, () => 'mrr'],
  [/^Rprec$/, () => 'r-precision'],
  [/^ndcg$/, () => 'ndcg'],
  [/^P_(\d+)$/, (k) => `precision@${Number(k)}`],
  [/^recall_(\d+)$/, (k) => `recall@${Number(k)}`],
  [/^success_(\d+)$/, (k) => `success@${Number(k)}`],
  [/^ndcg_cut_(\d+)$/, (k) => `ndcg@${Number(k)}`],
  [/^map_cut_(\d+)$/, (k) => `map@${Number(k)}`],
];

/** Values by query and metric, those that are computed here. */
const readOutput = (name: string, keep: (measure: Measure) => boolean = () => true) => {
  const values = new Map<string, Map<Measure, number>>();
  for (const line of readFileSync(file(name), 'utf8').split('\n')) {
    const [label = '', query = '', value = ''] = line.split('\t').map((field) => field.trim());
    for (const [pattern, measureOf] of NAMES) {
      const match = pattern.exec(label);
      if (match === null) continue;
      const measure = measureOf(match[1] ?? '');
      if (!keep(measure)) continue;
      const row = values.get(query) ?? new Map<Measure, number>();
      values.set(query, row.set(measure, Number(value)));
    }
  }
  return values;
};

/** Its tag has white space: trec_eval takes the rest of the line, this project's parser asks for one word. */
const readTruncated = (): TrecTable =>
  parseTrecRun(
    readFileSync(file('results.trunc'), 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/).slice(0, 6).join(' '))
      .join('\n'),
  );

const agrees = (
  run: TrecTable,
  qrels: TrecTable,
  expected: Map<string, Map<Measure, number>>,
  options: EvaluateRunOptions = {},
) => {
  const measures = [...expected.get('all')!.keys()];
  const found = evaluateRun<Measure>(run, qrels, measures, { profile: 'trec_eval', ...options });
  let compared = 0;
  for (const measure of measures) {
    expect(Math.abs(found.mean[measure]! - expected.get('all')!.get(measure)!), measure).toBeLessThan(5.1e-5);
    found.queryIds.forEach((query, i) => {
      const value = expected.get(query)?.get(measure);
      if (value === undefined) return;
      expect(Math.abs(found.perQuery[measure]![i]! - value), `${measure} of ${query}`).toBeLessThan(5.1e-5);
      compared += 1;
    });
  }
  return { measures: measures.length, compared };
};

describe('the test data of trec_eval', () => {
  it('queries of both files, every measure', async () => {
    const run = await readTrecRun(file('results.test'));
    const qrels = await readQrels(file('qrels.test'));
    const { measures, compared } = agrees(run, qrels, readOutput('out.test.aq'));
    expect(measures).toBeGreaterThan(35);
    expect(compared).toBe(3 * measures);
    agrees(run, await readQrels(file('qrels.test.with-comments')), readOutput('out.test'));
  });

  it('-c: queries that the run lacks count as zero', async () => {
    const run = readTruncated();
    const qrels = await readQrels(file('qrels.test'));
    agrees(run, qrels, readOutput('out.test.aqc'), { missing: 'zero' });
  });

  it('-M100: the first hundred documents of each query', async () => {
    const whole = readTruncated();
    const first = new Map<string, number>();
    const lines = formatTrecRun(whole)
      .split('\n')
      .filter((line) => {
        const query = line.split(' ')[0]!;
        first.set(query, (first.get(query) ?? 0) + 1);
        return first.get(query)! <= 100;
      });
    const qrels = await readQrels(file('qrels.test'));
    agrees(parseTrecRun(lines.join('\n')), qrels, readOutput('out.test.aqcM'), { missing: 'zero' });
  });

  it('-l2: only grades of 2 and more are relevant', async () => {
    const run = await readTrecRun(file('results.test'));
    const graded = await readQrels(file('qrels.rel_level'));
    const qrels = new Map(
      [...graded].map(([query, row]) => [
        query,
        new Map([...row].map(([document, grade]) => [document, grade >= 2 ? grade : 0])),
      ]),
    );
    // nDCG knows no such level: it keeps the gains of all grades.
    agrees(
      run,
      qrels,
      readOutput('out.test.aql', (measure) => !measure.startsWith('ndcg')),
    );
  });

  it('ids with # in them', async () => {
    const run = await readTrecRun(file('results.comment.test'));
    const qrels = await readQrels(file('qrels.comment.test'));
    agrees(run, qrels, readOutput('out.comment.test'));
  });
});
