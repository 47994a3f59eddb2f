import type { RunComparison, RunDifference } from '../metrics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { barsFigure, dotsFigure } from './figures/index.js';
import { html, type Markup } from './markup.js';
import {
  formatDecimal,
  formatDifference,
  formatMeasure,
  formatPValue,
  formatQuantity,
  formatShare,
} from './number-format.js';
import { dataTable, responsiveFigure, type Section } from './page-parts.js';
import { renderPage } from './render-page.js';

/** The title and date of the page by {@link renderComparison}. */
export interface ComparisonPageOptions {
  /** @defaultValue 'Comparison of runs' */
  readonly title?: string;
  /** When the page was made, in any form that `Date` reads. */
  readonly createdAt: string;
  /** Sentences for the reader, such as where the files lie. @defaultValue none */
  readonly notes?: readonly string[];
}

const COMPARISON_PAGE_OPTIONS: OptionNames<ComparisonPageOptions> = {
  title: true,
  createdAt: true,
  notes: true,
};

/** The size of {@link differencesFigure}. */
export interface DifferencesFigureOptions {
  /** Width in px of the drawing's own units; it scales with its container. @defaultValue 680 */
  readonly width?: number;
}

const DIFFERENCES_FIGURE_OPTIONS: OptionNames<DifferencesFigureOptions> = { width: true };

const several = (comparison: RunComparison): boolean =>
  new Set(comparison.differences.map(({ against }) => against)).size > 1;

const labelOf = (comparison: RunComparison, difference: RunDifference): string => {
  const runs = several(comparison) ? `${difference.name} − ${difference.against}` : difference.name;
  return comparison.measures.length > 1 ? `${runs}, ${difference.measure}` : runs;
};

/**
 * A row for each difference of two runs with its interval, around a line at no difference.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when there is no difference: a comparison of one run.
 *
 * @example
 * ```ts
 * import { compareRuns } from 'oasis-embed/metrics';
 * import { differencesFigure } from 'oasis-embed/report';
 *
 * const qrels = { q1: { a: 1 }, q2: { b: 1 } };
 * const runs = [
 *   { name: 'first', run: { q1: { x: 2, a: 1 }, q2: { b: 1 } } },
 *   { name: 'second', run: { q1: { a: 1 }, q2: { b: 1 } } },
 * ];
 * console.log(differencesFigure(compareRuns(runs, qrels, ['mrr'])).startsWith('<svg'));
 * ```
 */
export const differencesFigure = (
  comparison: RunComparison,
  options: DifferencesFigureOptions = {},
): string => {
  checkOptions('differencesFigure', options, DIFFERENCES_FIGURE_OPTIONS);
  const [first] = comparison.differences;
  if (first === undefined)
    throw new RangeError('comparison must hold at least one difference, received none');
  const reference = several(comparison) ? 'no difference' : first.against;
  return dotsFigure({
    title: 'Differences between runs',
    description: 'Mean differences with their intervals; the table holds the same numbers.',
    xLabel: `difference, in points${several(comparison) ? '' : ` from ${first.against}`}`,
    format: (value) => (value === 0 ? '0' : formatDifference(value, 1)),
    rows: [
      { label: reference, values: [0], low: 0, high: 0, reference: true },
      ...comparison.differences.map((difference) => ({
        label: labelOf(comparison, difference),
        values: [difference.difference],
        low: difference.low,
        high: difference.high,
      })),
    ],
    ...(options.width === undefined ? {} : { width: options.width }),
  });
};

const testName = ({ test }: RunComparison): string =>
  test === 't-test' ? 'two-sided paired t-test' : 'two-sided paired randomization test';

const summary = (comparison: RunComparison, notes: readonly string[]): Markup => {
  const { runs, differences, queryIds } = comparison;
  const sure = differences.filter(({ adjustedPValue }) => adjustedPValue < 0.05);
  const verdict =
    differences.length === 0
      ? ''
      : sure.length === 0
        ? ' No difference is statistically significant at 0.05 after Holm’s correction.'
        : ` ${sure.length} of ${formatQuantity(differences.length, 'difference')} ${sure.length === 1 ? 'is' : 'are'} statistically significant at 0.05 after Holm’s correction.`;
  return html`<p class="lead">${formatQuantity(runs.length, 'run')} on ${formatQuantity(queryIds.length, 'query', 'queries')}.${verdict}</p>${runs.flatMap(
    ({ name, missing }) =>
      missing.length === 0
        ? []
        : [
            html`<p class="note-box">${name} lacks ${formatQuantity(missing.length, 'query', 'queries')} of the qrels.</p>`,
          ],
  )}${notes.map((note) => html`<p class="note-box">${note}</p>`)}`;
};

const meansSection = (comparison: RunComparison): Section => {
  const { measures, runs, level } = comparison;
  const best = measures.map((measure) => Math.max(...runs.map((run) => run.measures[measure]!.mean)));
  return {
    id: 'means',
    title: 'Means',
    body: html`<p>All measures run from 0 to 100, higher is better. In brackets: ${formatShare(level, 1)} bootstrap intervals over queries.</p>
${responsiveFigure({
  draw: (width) =>
    barsFigure({
      title: 'Means by run',
      description: 'Bars for each run and measure; the table below holds the same numbers.',
      groups: measures.map((measure) => ({
        name: measure,
        bars: runs.map((run, i) => {
          const { mean, low, high } = run.measures[measure]!;
          return {
            label: run.name,
            value: mean,
            low,
            high,
            text: formatMeasure(mean),
            series: i === 0 ? 0 : 1,
          };
        }),
      })),
      width,
    }),
})}${dataTable({
  caption: 'Means by run; the best of each column in bold',
  columns: [{ label: 'Run' }, ...measures.map((label) => ({ label, numeric: true }))],
  rows: runs.map((run) => [
    run.name,
    ...measures.map((measure, m) => {
      const { mean, low, high } = run.measures[measure]!;
      const value = formatMeasure(mean);
      return html`${mean === best[m] ? html`<strong>${value}</strong>` : value}<span class="interval">[${formatMeasure(low, 1)}, ${formatMeasure(high, 1)}]</span>`;
    }),
  ]),
})}`,
  };
};

const differencesSection = (comparison: RunComparison): Section | null => {
  const { differences } = comparison;
  if (differences.length === 0) return null;
  return {
    id: 'differences',
    title: 'Differences',
    body: html`<p>On the same queries, by a ${testName(comparison)}; p-values are Holm-corrected over all rows. d is Cohen’s effect size of paired values: the mean difference over the standard deviation of the differences.</p>
${responsiveFigure({ draw: (width) => differencesFigure(comparison, { width }) })}${dataTable({
  caption: 'Differences with their intervals',
  columns: [
    { label: 'Run' },
    { label: 'Against' },
    { label: 'Measure' },
    { label: 'Difference', numeric: true },
    { label: 'd', numeric: true },
    { label: 'Better, worse, equal', numeric: true },
    { label: 'p', numeric: true },
    { label: 'p, corrected', numeric: true },
  ],
  rows: differences.map((row) => [
    row.name,
    row.against,
    row.measure,
    html`${formatDifference(row.difference)}<span class="interval">[${formatDifference(row.low, 1)}, ${formatDifference(row.high, 1)}]</span>`,
    formatDecimal(row.effectSize, 2),
    `${row.better}, ${row.worse}, ${row.equal}`,
    plainP(row.pValue),
    row.adjustedPValue < 0.05
      ? html`<strong>${plainP(row.adjustedPValue)}</strong>`
      : plainP(row.adjustedPValue),
  ]),
})}`,
  };
};

const plainP = (p: number): string => formatPValue(p).replace(/^p (= )?/, '');

/**
 * A comparison of runs as one HTML file that needs nothing else: means with intervals, differences with their tests, a figure
 * of each.
 *
 * Every text is escaped, and the page's policy allows its own style sheet and nothing else.
 *
 * @param comparison See `compareRuns`.
 * @returns The whole document.
 *
 * @example
 * ```ts
 * import { compareRuns } from 'oasis-embed/metrics';
 * import { renderComparison } from 'oasis-embed/report';
 *
 * const qrels = { q1: { a: 1 }, q2: { b: 1 } };
 * const runs = [
 *   { name: 'first', run: { q1: { x: 2, a: 1 }, q2: { b: 1 } } },
 *   { name: 'second', run: { q1: { a: 1 }, q2: { b: 1 } } },
 * ];
 * const page = renderComparison(compareRuns(runs, qrels, ['mrr']), { createdAt: '2025-01-31T12:00:00Z' });
 * console.log(page.startsWith('<!DOCTYPE html>'));
 * ```
 */
export const renderComparison = (comparison: RunComparison, options: ComparisonPageOptions): string => {
  checkOptions('renderComparison', options, COMPARISON_PAGE_OPTIONS);
  return renderPage({
    title: options.title ?? 'Comparison of runs',
    kicker: 'Comparison',
    createdAt: options.createdAt,
    summary: summary(comparison, options.notes ?? []),
    sections: [meansSection(comparison), differencesSection(comparison)].filter(
      (section) => section !== null,
    ),
  });
};
