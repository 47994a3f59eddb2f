import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CompareRunsOptions, compareRuns, pairedTTest } from '../../src/metrics/index.js';
import { renderComparison } from '../../src/report/index.js';

type Table = Record<string, Record<string, number>>;
interface Row {
  readonly measure: string;
  readonly name: string;
  readonly against: string;
  readonly difference: number;
  readonly effectSize: number;
  readonly better: number;
  readonly worse: number;
  readonly randomization: number;
  readonly randomizationHolm: number;
  readonly tTest: number;
  readonly tTestHolm: number;
}
const golden = JSON.parse(
  readFileSync(new URL('golden/comparison.golden.json', import.meta.url), 'utf8'),
) as {
  readonly qrels: Table;
  readonly runs: readonly Table[];
  readonly rows: readonly Row[];
  readonly ranxStudentMap: Record<string, number>;
};
const runs = golden.runs.map((run, i) => ({ name: `run${i}`, run }));
const measures = ['ndcg_cut_10', 'map'];

describe('compareRuns', () => {
  test.each(['randomization', 't-test'] as const)(
    'agrees with pytrec_eval, scipy, statsmodels and ranx: %s',
    (kind) => {
      const { differences } = compareRuns(runs, golden.qrels, measures, {
        against: 'all',
        test: kind,
        resamples: 100,
      });
      expect(differences).toHaveLength(golden.rows.length);
      for (const row of golden.rows) {
        const own = differences.find(
          ({ measure, name, against }) =>
            measure === row.measure && name === row.name && against === row.against,
        )!;
        const exact = kind === 'randomization';
        // scipy's exact test puts sums that differ by rounding apart; ours counts them as equal.
        expect(own.pValue).toBeCloseTo(exact ? row.randomization : row.tTest, 10);
        expect(own.adjustedPValue).toBeCloseTo(exact ? row.randomizationHolm : row.tTestHolm, 10);
        expect(own.difference).toBeCloseTo(row.difference, 12);
        expect(own.effectSize).toBeCloseTo(row.effectSize, 10);
        expect([own.better, own.worse]).toEqual([row.better, row.worse]);
        expect(own.low).toBeLessThanOrEqual(own.difference);
        expect(own.high).toBeGreaterThanOrEqual(own.difference);
        if (!exact && row.measure === 'map') {
          expect(own.pValue).toBeCloseTo(golden.ranxStudentMap[`${row.name}-${row.against}`]!, 10);
        }
      }
    },
  );

  test('holds each run against the first unless told otherwise, and a run against itself differs by nothing', () => {
    const same = [runs[1]!, { name: 'copy', run: runs[1]!.run }, runs[2]!];
    const { differences, runs: systems } = compareRuns(same, golden.qrels, ['mrr'], { resamples: 50 });
    expect(differences.map(({ name, against }) => [name, against])).toEqual([
      ['copy', 'run1'],
      ['run2', 'run1'],
    ]);
    expect(differences[0]).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
      effectSize: 0,
      pValue: 1,
      equal: 10,
    });
    expect(systems[0]!.measures.mrr).toEqual(systems[1]!.measures.mrr);
    expect(compareRuns([runs[0]!], golden.qrels, ['mrr'], { resamples: 50 }).differences).toEqual([]);
  });

  test('queries that a run lacks are an error, zero, or left out for all', () => {
    const { q3, q4, ...rest } = golden.runs[1] as Table;
    const given = [runs[0]!, { name: 'short', run: rest }];
    const compare = (missing?: 'zero' | 'shared') =>
      compareRuns(given, golden.qrels, ['map'], missing === undefined ? {} : { missing });
    expect(() => compare()).toThrow(
      'short must have every query of the qrels, received 8 of 10: q3, q4 missing; choose with missing whether they count as zero or only shared queries are compared',
    );
    const zero = compare('zero');
    expect([zero.queryIds.length, zero.runs[1]!.missing]).toEqual([10, ['q3', 'q4']]);
    const whole = compareRuns(runs.slice(0, 2), golden.qrels, ['map']);
    expect(zero.runs[0]).toEqual(whole.runs[0]);
    expect(zero.runs[1]!.measures.map!.mean).toBeLessThan(whole.runs[1]!.measures.map!.mean);
    const shared = compare('shared');
    expect(shared.queryIds).not.toContain('q3');
    expect(shared.queryIds).toHaveLength(8);
  });

  test.each<[string, () => unknown]>([
    [
      'first must have queries of the qrels (q0, q1, q2, …), received others (x): do the files belong together?',
      () => compareRuns([{ name: 'first', run: { x: { a: 1 } } }], golden.qrels, ['map']),
    ],
    [
      'the names of runs must differ, received run0 twice',
      () => compareRuns([runs[0]!, runs[0]!], golden.qrels, ['map']),
    ],
    [
      'measure must be a mean over queries to be compared, received gm_map',
      () => compareRuns(runs, golden.qrels, ['gm_map']),
    ],
    ['did you mean ndcg@10', () => compareRuns(runs, golden.qrels, ['ngcd@10'])],
    ['runs must hold at least one run, received 0', () => compareRuns([], golden.qrels, ['map'])],
    ['measures must hold at least one measure, received 0', () => compareRuns(runs, golden.qrels, [])],
    [
      'test must be randomization or t-test, received "anova"',
      () => compareRuns(runs, golden.qrels, ['map'], { test: 'anova' } as unknown as CompareRunsOptions),
    ],
    [
      'ties must be',
      () => compareRuns(runs, golden.qrels, ['map'], { ties: 'foo' } as unknown as CompareRunsOptions),
    ],
    [
      'qrels must have a query with a relevant document for map, received none',
      () => compareRuns([{ name: 'a', run: { q: { d: 1 } } }], { q: { d: 0 } }, ['map']),
    ],
    [
      'a must hold at least two queries, received 1',
      () =>
        compareRuns(
          [
            { name: 'a', run: { q: { d: 1 } } },
            { name: 'b', run: { q: { d: 1 } } },
          ],
          { q: { d: 1 } },
          ['map'],
          { test: 't-test' },
        ),
    ],
  ])('refuses: %s', (message, act) => {
    expect(act).toThrow(message);
  });
});

describe('pairedTTest', () => {
  test('one side is half of both, and the sides add up', () => {
    const [a, b] = [
      [0.9, 0.8, 0.7, 0.9, 0.3],
      [0.5, 0.6, 0.4, 0.5, 0.4],
    ];
    const p = (alternative: 'two-sided' | 'greater' | 'less') => pairedTTest(a, b, { alternative }).pValue;
    expect(p('greater') * 2).toBeCloseTo(p('two-sided'), 12);
    expect(p('greater') + p('less')).toBeCloseTo(1, 12);
    expect(pairedTTest(a, a).pValue).toBe(1);
    expect(pairedTTest([2, 3, 4], [1, 2, 3]).pValue).toBe(0);
  });

  test('has the p-values of tables at the ends of the range', () => {
    // Student's quantiles: t(0.975; 1) = 12.7062, t(0.995; 30) = 2.7500.
    const of = (t: number, size: number) => {
      const values = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 : -1));
      const mean = values.reduce((x, y) => x + y, 0) / size;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (size - 1));
      const shifted = values.map((v) => (v - mean) / deviation + t / Math.sqrt(size));
      return pairedTTest(
        shifted,
        shifted.map(() => 0),
      ).pValue;
    };
    expect(of(12.7062, 2)).toBeCloseTo(0.05, 5);
    expect(of(2.75, 31)).toBeCloseTo(0.01, 5);
    // 2 * scipy.stats.t.sf(0.5, 1000)
    expect(of(0.5, 1001)).toBeCloseTo(0.6171850808338747, 10);
  });
});

describe('renderComparison', () => {
  test('shows every run, measure and difference, escaped', () => {
    const named = runs.map(({ run }, i) => ({ name: `<b>${i}`, run }));
    const page = renderComparison(
      compareRuns(named, golden.qrels, measures, { against: 'all', resamples: 50 }),
      { createdAt: '2025-01-31T12:00:00Z', notes: ['a < b'] },
    );
    expect(page).not.toContain('<b>');
    for (const text of ['&lt;b&gt;0', 'ndcg_cut_10', 'Holm', 'a &lt; b', '31 January 2025'])
      expect(page).toContain(text);
    expect(page.match(/<svg/g)).toHaveLength(4);
  });
});
