import { describe, expect, it } from 'vitest';
import { metricsTable, renderReport, significanceLegend } from '../../src/report/index.js';

const systems = [
  { name: 'BM25', measures: { MRR: { value: 0.3 }, MAP: { value: 0.31 } } },
  { name: 'untrained', measures: { MRR: { value: 0.49 }, MAP: { value: 0.5 } } },
  { name: 'strong', measures: { MRR: { value: 0.7 }, MAP: { value: 0.4 } } },
  { name: 'trained', role: 'trained' as const, measures: { MRR: { value: 0.5 }, MAP: { value: 0.5 } } },
];
const compared = (against: string, measure: string, difference: number, pValue: number) => ({
  system: 'trained',
  against,
  measure,
  difference,
  pValue,
  test: 'paired randomization test, Holm-corrected',
});
const measures = ['MRR', 'MAP'];
const comparisons = [
  compared('BM25', 'MRR', 0.2, 0.0001),
  compared('untrained', 'MRR', 0.01, 0.3),
  compared('strong', 'MRR', -0.2, 0.049),
  compared('BM25', 'MAP', 0.19, 0.05),
];

describe('marks of significance', () => {
  it('stand in the terminal behind what a test shows, and behind nothing else', () => {
    const lines = metricsTable({ measures, systems, comparisons }).split('\n').slice(2);
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'BM25 30.00▾ 31.00',
      'untrained 49.00 50.00◂',
      'strong 70.00▴◂ 40.00',
      'trained 50.00 50.00◂',
    ]);
    expect(metricsTable({ measures, systems })).not.toMatch(/[▾▴]/);
  });

  it('have a legend that says what was tested and how', () => {
    expect(significanceLegend({ measures, comparisons })).toBe(
      '▾ significantly worse than trained, ▴ significantly better (p < 0.05, paired randomization test, Holm-corrected). ' +
        'Every measure was tested; without a mark no difference was shown.',
    );
    expect(significanceLegend({ measures, comparisons: comparisons.slice(0, 1) })).toContain('Tested: MRR;');
    expect(significanceLegend({ measures, comparisons: [] })).toBeNull();
    const several = [...comparisons, { ...comparisons[0]!, system: 'other' }];
    expect(significanceLegend({ measures, comparisons: several })).toBeNull();
  });

  it('stand in the report, with words for who does not see them', () => {
    const page = renderReport({
      title: 'T',
      createdAt: '2026-01-01T00:00:00.000Z',
      evaluation: { queries: 9, candidates: 9, measures, systems, comparisons },
    });
    expect(page.match(/title="significantly worse"/g)).toHaveLength(1);
    expect(page.match(/title="significantly better"/g)).toHaveLength(1);
    expect(page).toContain(', significantly worse</span>');
    expect(page).toContain('▾ significantly worse than trained');
  });
});
