import { describe, expect, it } from 'vitest';
import { breakdownTables } from '../pipeline/report/report-breakdowns.js';

const system = (name: string, values: readonly number[], pValue?: number) => ({
  name,
  values,
  mean: (values[0]! * 10 + values[1]! * 30 + values[2]! * 20) / 60,
  deviation: 0.05,
  low: 0.3,
  high: 0.6,
  ...(pValue === undefined ? {} : { pValue }),
});
const folds = {
  measure: 'MRR@1000',
  folds: 3,
  unit: 'file' as const,
  repositories: ['click'],
  queries: [10, 30, 20],
  documented: [system('BM25', [0.1, 0.2, 0.3], 0.0001), system('OASIS', [0.4, 0.5, 0.6])],
  all: [system('BM25', [0.1, 0.1, 0.1], 0.04), system('OASIS', [0.2, 0.2, 0.2])],
  table: '',
};
const evaluation = {
  systems: [],
  amongAll: null,
  hard: { others: ['BM25'], rank: 10, queries: 0, name: 'below rank 10', values: [] },
  perLanguage: [],
  perRepository: [],
} as never;

describe('the tables of cross-validation', () => {
  it('begin with all parts together, among documented functions and among all', () => {
    const [documented, all] = breakdownTables(evaluation, folds);
    expect(documented!.rows.map(({ name, queries }) => [name, queries])).toEqual([
      ['all parts', 60],
      ['part 1', 10],
      ['part 2', 30],
      ['part 3', 20],
    ]);
    expect(documented!.rows[0]!.values[1]).toBeCloseTo((4 + 15 + 12) / 60, 12);
    expect(all!.rows[0]!.values[1]).toBeCloseTo(0.2, 12);
    expect(documented!.note).toContain('of click');
    expect(documented!.note).toContain('BM25 < 0.001.');
    expect(all!.note).toContain('BM25 0.040.');
  });
});
