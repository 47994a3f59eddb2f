import { barsFigure } from '../figures/index.js';
import { html, type Markup, type MarkupValue } from '../markup.js';
import {
  formatCount,
  formatDifference,
  formatMeasure,
  formatPValue,
  formatQuantity,
} from '../number-format.js';
import { dataTable, largestRows, responsiveFigure, type Section } from '../page-parts.js';
import type { BreakdownReport, EvaluationReport, ReportData } from '../report-data.js';
import {
  SIGNIFICANCE_MARKS,
  type Significance,
  significanceLegend,
  significanceOf,
} from '../significance.js';
import { trainedSystem } from '../summary.js';

/** How well each system ranks: figure, table with intervals, paired tests. */
export const resultsSection = ({ evaluation }: ReportData): Section | null => {
  if (!evaluation || evaluation.systems.length === 0) return null;
  return {
    id: 'results',
    title: 'Results',
    body: html`<p>All measures run from 0 to 100, higher is better. ${formatQuantity(evaluation.queries, 'query', 'queries')}, ${formatQuantity(evaluation.candidates, 'candidate')}.${evaluation.heldOut !== undefined && evaluation.heldOut > evaluation.candidates && ` They were drawn at random, by repository, from ${formatQuantity(evaluation.heldOut, 'held-out function')} with a description.`}${evaluation.intervals && html` In brackets: ${evaluation.intervals}.`}</p>
${figure(evaluation)}${metricsTable(evaluation)}${comparisons(evaluation)}`,
  };
};

const shownMeasures = 3;

const figure = (evaluation: EvaluationReport): Markup => {
  const trained = trainedSystem(evaluation);
  const groups = evaluation.measures.slice(0, shownMeasures).map((measure) => ({
    name: measure,
    bars: evaluation.systems.flatMap((system) => {
      const estimate = system.measures[measure];
      if (!estimate || !(estimate.value >= 0)) return [];
      const { low, high } = estimate;
      return {
        label: system.name,
        value: estimate.value,
        ...(low !== undefined && high !== undefined ? { low, high } : {}),
        text: formatMeasure(estimate.value),
        series: system === trained ? 1 : 0,
      };
    }),
  }));
  return responsiveFigure({
    draw: (width) =>
      barsFigure({
        title: 'Retrieval quality by system',
        description: 'Bars for each system and measure; the table below holds the same numbers.',
        groups,
        width,
      }),
  });
};

const metricsTable = (evaluation: EvaluationReport): Markup => {
  const best = evaluation.measures.map((measure) =>
    Math.max(
      ...evaluation.systems.map((system) => system.measures[measure]?.value ?? Number.NEGATIVE_INFINITY),
    ),
  );
  const trained = trainedSystem(evaluation);
  const significance = significanceOf(evaluation);
  const legend = significanceLegend(evaluation);
  const isMarked = evaluation.measures.map((measure) =>
    evaluation.systems.some(({ name }) => significance(name, measure) !== null),
  );
  return html`${dataTable({
    caption: 'Measures by system; the best of each column in bold, by its value alone',
    columns: [{ label: 'System' }, ...evaluation.measures.map((label) => ({ label, numeric: true }))],
    rows: evaluation.systems.map((system) => [
      system.name,
      ...evaluation.measures.map((measure, i) =>
        cell(system.measures[measure], best[i], significance(system.name, measure), isMarked[i]!),
      ),
    ]),
    emphasized: trained ? [evaluation.systems.indexOf(trained)] : [],
  })}${legend !== null && html`<p class="quiet legend">${legend}</p>`}`;
};

/** As wide as a mark, so that the digits of a column stand below each other. */
const UNMARKED = html`<span class="significance none" aria-hidden="true"></span>`;

const cell = (
  estimate: EvaluationReport['systems'][number]['measures'][string] | undefined,
  best: number | undefined,
  significance: Significance,
  isMarked: boolean,
): MarkupValue => {
  if (!estimate) return '–';
  const value = formatMeasure(estimate.value);
  const { low, high } = estimate;
  return html`${estimate.value === best ? html`<strong>${value}</strong>` : value}${significance === null && isMarked && UNMARKED}${significance !== null && html`<span class="significance" title="significantly ${significance}"><span aria-hidden="true">${SIGNIFICANCE_MARKS[significance]}</span><span class="hidden">, significantly ${significance}</span></span>`}${low !== undefined && high !== undefined && html`<span class="interval">[${formatMeasure(low, 1)}, ${formatMeasure(high, 1)}]</span>`}`;
};

const comparisons = (evaluation: EvaluationReport): MarkupValue => {
  const { comparisons } = evaluation;
  if (!comparisons?.length) return null;
  const tests = [...new Set(comparisons.flatMap(({ test }) => test ?? []))];
  // One test for all goes into the caption; a column of equal cells says nothing.
  const column = tests.length > 1;
  return dataTable({
    caption: `Differences on the same queries${tests.length === 1 ? ` (${tests[0]})` : ''}`,
    columns: [
      { label: 'System' },
      { label: 'Against' },
      { label: 'Measure' },
      { label: 'Difference', numeric: true },
      { label: 'p', numeric: true },
      ...(column ? [{ label: 'Test' }] : []),
    ],
    rows: comparisons.map((comparison) => [
      comparison.system,
      comparison.against,
      comparison.measure,
      formatDifference(comparison.difference),
      formatPValue(comparison.pValue).replace(/^p (= )?/, ''),
      ...(column ? [comparison.test ?? ''] : []),
    ]),
  });
};

/** Tables by repository, by language, on a hard subset. */
export const breakdownSection = ({ breakdowns }: ReportData): Section | null =>
  breakdowns?.length
    ? {
        id: 'breakdowns',
        title: 'Where it works and where it does not',
        body: breakdowns.map(breakdownTable),
      }
    : null;

/** Longer names of several words are phrases. */
const PHRASE = 12;

const breakdownTable = (breakdown: BreakdownReport): Markup => {
  const { shown, leftOut } = largestRows(breakdown.rows, ({ queries }) => queries, {
    one: 'row',
    many: 'rows',
    by: 'queries',
  });
  return html`<h3>${breakdown.title}</h3>
${breakdown.note && html`<p>${breakdown.note}</p>`}${dataTable({
  caption: `${breakdown.measure} ${breakdown.title.charAt(0).toLowerCase()}${breakdown.title.slice(1)}`,
  hideCaption: true,
  phrases: shown.some(({ name }) => name.includes(' ') && name.length > PHRASE),
  columns: [
    { label: breakdown.group },
    { label: 'Queries', numeric: true },
    ...breakdown.systems.map((label) => ({ label, numeric: true })),
  ],
  rows: shown.map((row) => {
    const best = Math.max(...row.values.filter(Number.isFinite));
    return [
      row.name,
      formatCount(row.queries),
      ...row.values.map((value) =>
        value === best ? html`<strong>${formatMeasure(value)}</strong>` : formatMeasure(value),
      ),
    ];
  }),
})}${leftOut}`;
};
