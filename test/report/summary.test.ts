import { describe, expect, test } from 'vitest';
import type { EvaluationReport, ReportData } from '../../src/report/index.js';
import { summarize } from '../../src/report/summary.js';
import { sampleReport } from '../support/sample-report.js';

type SystemReport = EvaluationReport['systems'][number];

const base: ReportData = { title: 'A run', createdAt: '2025-03-14T15:09:26Z' };
const words = (data: Partial<ReportData>) => summarize({ ...base, ...data }).join('\n');

const evaluation = (trained: number, baseline: number, pValue?: number): Partial<ReportData> => ({
  evaluation: {
    queries: 100,
    candidates: 500,
    repositories: 1,
    measures: ['MRR'],
    systems: [system('BM25', 'baseline', baseline), system('ours', 'trained', trained)],
    ...(pValue === undefined
      ? {}
      : {
          comparisons: [
            { system: 'ours', against: 'BM25', measure: 'MRR', difference: trained - baseline, pValue },
          ],
        }),
  },
});

function system(name: string, role: NonNullable<SystemReport['role']>, value: number): SystemReport {
  return { name, role, measures: { MRR: { value } } };
}

describe('results', () => {
  test('a win that a test supports is called better', () => {
    expect(words(evaluation(0.6, 0.5, 0.001))).toContain(
      'BM25 reaches 50.00: the trained encoder is 10.00 points better (p = 0.001).',
    );
  });

  test('a loss is called a loss', () => {
    expect(words(evaluation(0.4, 0.5, 0.001))).toContain(
      'BM25 reaches 50.00: the trained encoder is 10.00 points worse (p = 0.001).',
    );
    expect(words(evaluation(0.4, 0.5))).toContain('the trained encoder is 10.00 points below it.');
    expect(words(evaluation(0.4, 0.5, 0.001))).not.toMatch(/better|above/);
  });

  test('a difference within chance is said to be so, either way', () => {
    for (const [trained, word] of [
      [0.51, 'above'],
      [0.49, 'below'],
    ] as const) {
      expect(words(evaluation(trained, 0.5, 0.4))).toContain(
        `the trained encoder is 1.00 points ${word} it, which may be due to chance (p = 0.400).`,
      );
    }
  });

  test('without a test nothing is claimed beyond the numbers', () => {
    expect(words(evaluation(0.6, 0.5))).toContain('the trained encoder is 10.00 points above it.');
    expect(words(evaluation(0.6, 0.5))).not.toContain('better');
  });

  test('equal systems are equal', () => {
    expect(words(evaluation(0.5, 0.5))).toContain('BM25 reaches 50.00, exactly the same.');
  });

  test('the size of the test is told, in the right number', () => {
    expect(words(evaluation(0.6, 0.5))).toContain(
      'On 100 queries from 1 repository kept out of training, each ranked against 500 functions,',
    );
  });
});

describe('labels', () => {
  const refinement = { pairs: 1000, deltaS: 0.2, judge: 'clone judge' };

  test('a judge that accepts nothing changes nothing', () => {
    expect(
      words({
        refinement: { ...refinement, rules: [{ rule: 'tree', suspects: 7, accepted: 0, rejected: 7 }] },
      }),
    ).toBe(
      'Of 1,000 negatives, 7 looked as if they might answer their query after all; the judge agreed with none, so no label changed.',
    );
  });

  test('a missing threshold comes with its reason', () => {
    const negatives = { minimum: 0, maximum: 1, counts: [1] };
    expect(
      words({ similarity: { negatives, threshold: { kind: 'none', reason: 'one component is enough.' } } }),
    ).toBe('No threshold could be read from the similarities: one component is enough.');
  });
});

test('components that are hardly apart are not called two groups', () => {
  const negatives = { minimum: 0, maximum: 1, counts: [1] };
  const similarity = { negatives, threshold: { kind: 'intersection' as const, value: 0.5 } };
  expect(words({ similarity: { ...similarity, ashmanD: 1.5 } })).toContain(
    'though they are hardly apart (Ashman’s D is 1.50, not above 2)',
  );
  expect(words({ similarity: { ...similarity, ashmanD: 2.5 } })).toBe(
    'The two components fitted to the similarities of the negatives cross at s*\u00a0=\u00a00.500.',
  );
});

describe('training', () => {
  const training = (values: readonly number[], bestStep: number): Partial<ReportData> => ({
    training: { encoder: 'x', validation: { measure: 'MRR', steps: [0, 10, 20], values, bestStep } },
  });

  test('a rise is told with where it began and where it ended', () => {
    expect(words(training([0.4, 0.5, 0.45], 10))).toContain(
      'Validation MRR rose from 40.00 to 50.00 at step 10',
    );
  });

  test('training that never helped is said not to have helped', () => {
    expect(words(training([0.5, 0.4, 0.3], 0))).toContain('never rose above its first value of 50.00');
  });
});

describe('ablation', () => {
  const rows = (full: readonly number[], other: readonly number[]): Partial<ReportData> => ({
    ablation: {
      measure: 'MRR',
      rows: [
        { name: 'full', full: true, values: full },
        { name: 'InfoNCE only', values: other },
      ],
    },
  });

  test('another variant that wins is named', () => {
    expect(words(rows([0.5, 0.5], [0.6, 0.6]))).toBe(
      'Over 2 seeds, the full recipe averages 50.00 MRR; the best variant here is “InfoNCE only” at 60.00.',
    );
  });

  test('a lead within the spread of the seeds is called that', () => {
    expect(words(rows([0.5, 0.6], [0.52, 0.54]))).toContain('a difference within the spread of the seeds');
    expect(words(rows([0.8, 0.81], [0.52, 0.54]))).not.toContain('spread');
  });
});

test('a run without parts has nothing to say', () => {
  expect(summarize(base)).toEqual([]);
});

test('the sample reads as five paragraphs', () => {
  const paragraphs = summarize(sampleReport);
  expect(paragraphs).toHaveLength(5);
  expect(paragraphs[0]).toBe(
    'A subtoken-bag encoder (256 dimensions, 5,242,880 parameters) was trained to match descriptions to code on 6,677 functions from 5 repositories. Each description was paired with its own code and with 8 other functions of the same repository; the descriptions are the authors’ own doc comments.',
  );
});
