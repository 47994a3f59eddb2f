import type { EvaluationReport } from './report-data.js';

/** From this p-value on a difference bears no mark. */
export const SIGNIFICANCE_LEVEL = 0.05;

/** Whether a system is significantly worse or better than the one that it was tested against; null where neither was shown. */
export type Significance = 'worse' | 'better' | null;

/** What stands behind a value for each of them. */
export const SIGNIFICANCE_MARKS = { worse: '▾', better: '▴' } as const;

/** The one system that the others were tested against; null where there is none, or are several. */
export const testedSystem = ({ comparisons = [] }: Pick<EvaluationReport, 'comparisons'>): string | null => {
  const names = new Set(comparisons.map(({ system }) => system));
  return names.size === 1 ? [...names][0]! : null;
};

/** Reads the tests of an evaluation: what they say of a system's value of a measure. */
export const significanceOf = (
  evaluation: Pick<EvaluationReport, 'comparisons'>,
): ((system: string, measure: string) => Significance) => {
  const found = new Map<string, Significance>();
  if (testedSystem(evaluation) !== null)
    for (const { against, measure, difference, pValue } of evaluation.comparisons!)
      if (pValue < SIGNIFICANCE_LEVEL && difference !== 0)
        found.set(`${against}\0${measure}`, difference > 0 ? 'worse' : 'better');
  return (system, measure) => found.get(`${system}\0${measure}`) ?? null;
};

/**
 * What the marks of {@link metricsTable} say, for the line below it.
 *
 * @returns A sentence or two; null where nothing was tested, or not against one system.
 * @example
 * ```ts
 * import { significanceLegend } from 'oasis-embed/report';
 *
 * significanceLegend({
 *   measures: ['MRR'],
 *   comparisons: [{ system: 'trained', against: 'BM25', measure: 'MRR', difference: 0.1, pValue: 0.001 }],
 * }); // '▾ significantly worse than trained, ▴ significantly better (p < 0.05). Every measure was tested; …'
 * ```
 */
export const significanceLegend = (
  evaluation: Pick<EvaluationReport, 'comparisons' | 'measures'>,
): string | null => {
  const against = testedSystem(evaluation);
  if (against === null) return null;
  const { comparisons = [], measures } = evaluation;
  const tested = new Set(comparisons.map(({ measure }) => measure));
  const which = measures.every((measure) => tested.has(measure))
    ? 'Every measure was tested'
    : `Tested: ${[...tested].join(', ')}`;
  const tests = [...new Set(comparisons.flatMap(({ test }) => test ?? []))];
  const how = tests.length === 1 ? `, ${tests[0]}` : '';
  const { worse, better } = SIGNIFICANCE_MARKS;
  return `${worse} significantly worse than ${against}, ${better} significantly better (p < ${SIGNIFICANCE_LEVEL}${how}). ${which}; without a mark no difference was shown.`;
};
