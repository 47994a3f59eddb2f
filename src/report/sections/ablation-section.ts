import { dotsFigure, meanAndDeviation } from '../figures/index.js';
import { html, type Markup } from '../markup.js';
import { formatDifference, formatMeasure, formatPValue } from '../number-format.js';
import { dataTable, responsiveFigure, type Section } from '../page-parts.js';
import type { AblationReport, ReportData } from '../report-data.js';

/** What each part of the recipe brings: the paper's rows, with the spread over seeds. */
export const ablationSection = ({ ablation }: ReportData): Section | null => {
  if (!ablation?.rows.some((row) => row.values.some(Number.isFinite))) return null;
  const rows = ablation.rows.map((row) => ({ ...row, values: row.values.filter(Number.isFinite) }));
  const full = rows.find((row) => row.full && row.values.length > 0);
  const reference = full && meanAndDeviation(full.values).mean;
  const best = Math.max(
    ...rows.filter((row) => row.values.length).map((row) => meanAndDeviation(row.values).mean),
  );
  const seeds = Math.max(...rows.map((row) => row.values.length));
  const intervals = rows.some((row) => row.low !== undefined && row.high !== undefined);
  const tested = rows.some((row) => row.pValue !== undefined);
  // The sentence above says how many there are, where it is the same number everywhere.
  const counted = rows.some((row) => row.values.length !== seeds);
  return {
    id: 'ablation',
    title: 'What each part brings',
    body: html`<p>${ablation.measure} of the whole recipe and of the recipe with one part removed${seeds > 1 && `, trained with ${seeds} seeds each`}.${ablation.note && ` ${ablation.note}`}</p>
${responsiveFigure({
  draw: (width) =>
    dotsFigure({
      title: `Ablation: ${ablation.measure} by variant`,
      description: `A dot per seed, a tall mark at the mean, ${line(ablation)}.`,
      rows: rows.map((row) => ({ label: row.name, ...row, reference: row.full === true })),
      xLabel: ablation.measure,
      format: (value) => formatMeasure(value, 1),
      width,
    }),
  caption: `A dot is one seed, the tall mark the mean, ${line(ablation)}. The axis does not begin at zero.`,
})}
${dataTable({
  caption: `${ablation.measure}: mean ± standard deviation over seeds${intervals ? `; in brackets ${ablation.intervals ?? 'its interval'}` : ''}${tested && ablation.test ? `; p: ${ablation.test}` : ''}`,
  phrases: true,
  columns: [
    { label: 'Variant' },
    { label: ablation.measure, numeric: true },
    { label: 'Against full', numeric: true },
    ...(tested ? [{ label: 'p', numeric: true }] : []),
    ...(counted ? [{ label: 'Seeds', numeric: true }] : []),
  ],
  rows: rows.map((row) => {
    if (row.values.length === 0)
      return [row.name, '–', '–', ...(tested ? ['–'] : []), ...(counted ? [0] : [])];
    const { mean, deviation } = meanAndDeviation(row.values);
    const value = formatMeasure(mean);
    const spread = row.values.length > 1 && html`<span class="spread">± ${formatMeasure(deviation)}</span>`;
    const { low, high } = row;
    const interval =
      low !== undefined &&
      high !== undefined &&
      html`<span class="interval">[${formatMeasure(low, 1)}, ${formatMeasure(high, 1)}]</span>`;
    return [
      row.name,
      html`${mean === best ? html`<strong>${value}</strong>` : value}${spread}${interval}`,
      row.full || reference === undefined
        ? ''
        : html`${formatDifference(mean - reference)}${differenceInterval(row)}`,
      ...(tested ? [row.pValue === undefined ? '' : formatPValue(row.pValue).replace(/^p (= )?/, '')] : []),
      ...(counted ? [row.values.length] : []),
    ];
  }),
  emphasized: full ? [rows.indexOf(full)] : [],
})}`,
  };
};

const differenceInterval = ({ difference }: AblationReport['rows'][number]): Markup | null =>
  difference
    ? html`<span class="interval">[${formatDifference(difference.low)}, ${formatDifference(difference.high)}]</span>`
    : null;

const line = ({ rows, intervals }: AblationReport): string =>
  rows.some((row) => row.low !== undefined && row.high !== undefined)
    ? `the line ${intervals ?? 'its interval'}`
    : 'the line one standard deviation either way';
