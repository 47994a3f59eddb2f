import { curvesFigure } from '../figures/index.js';
import { html, type Markup, type MarkupValue, rawMarkup } from '../markup.js';
import {
  formatCount,
  formatDecimal,
  formatMeasure,
  formatQuantity,
  formatSeconds,
} from '../number-format.js';
import { behind, dataTable, responsiveFigure, type Section } from '../page-parts.js';
import type { ReportData, TrainingReport } from '../report-data.js';

type LossCurves = NonNullable<TrainingReport['losses']>;
type ValidationCurve = NonNullable<TrainingReport['validation']>;

import { optionList } from './reproduce-section.js';

/** Loss terms and validation by step, the kept step marked. */
export const trainingSection = ({ training }: ReportData): Section | null => {
  if (!training) return null;
  const facts = [
    `${training.encoder} encoder`,
    training.dimensions !== undefined && formatQuantity(training.dimensions, 'dimension'),
    training.parameters !== undefined && formatQuantity(training.parameters, 'parameter'),
    training.backend && `on ${training.backend}`,
    training.seconds !== undefined && `in ${formatSeconds(training.seconds)}`,
  ].filter((fact) => typeof fact === 'string');
  return {
    id: 'training',
    title: 'Training',
    body: html`<p>${capital(facts.join(', '))}.${training.stopped && ` Ended: ${training.stopped.trim().replace(/\.$/, '')}.`}</p>
${training.validation?.values.length ? validationFigure(training.validation) : null}${training.losses?.steps.length ? lossFigures(training.losses, training.validation) : null}${table(training)}${training.settings && behind('Settings', optionList(training.settings))}`,
  };
};

const validationFigure = (validation: ValidationCurve): Markup => {
  const best = validation.values[Array.from(validation.steps).indexOf(validation.bestStep)];
  return responsiveFigure({
    draw: (width) =>
      curvesFigure({
        title: `Validation ${validation.measure} by step`,
        description: `Kept: step ${validation.bestStep}${best === undefined ? '' : `, ${formatMeasure(best)}`}.`,
        curves: [
          {
            name: validation.measure,
            x: validation.steps,
            y: Array.from(validation.values, (value) => 100 * value),
          },
        ],
        xLabel: 'optimizer step',
        yLabel: `validation ${validation.measure}`,
        marker: { x: validation.bestStep, label: `kept: step ${formatCount(validation.bestStep)}` },
        width,
      }),
  });
};

const lossFigures = (losses: LossCurves, validation: ValidationCurve | undefined): Markup => {
  const terms = lossTerms(losses);
  const joined = losses.steps.length > 240;
  const marker = validation ? { marker: { x: validation.bestStep, label: 'kept' } } : {};
  return html`<figure class="broad"><div class="panels">${terms.map(({ name, values }, i) =>
    rawMarkup(
      curvesFigure({
        title: `${name} by step`,
        curves: [{ name, x: losses.steps, y: values, series: i === 0 ? 1 : i + 2 }],
        xLabel: 'optimizer step',
        yLabel: name,
        width: 340,
        plotHeight: 150,
        dots: false,
        ...marker,
      }),
    ),
  )}</div><figcaption>Loss on training batches${terms.length > 1 && '; terms before weighting'}, each on its own scale.${joined && ' Lines are means of consecutive steps, bands their smallest and largest values.'}</figcaption></figure>`;
};

const lossTerms = (losses: LossCurves): readonly { name: string; values: ArrayLike<number> }[] => [
  { name: 'total loss', values: losses.total },
  ...(losses.infoNce ? [{ name: 'InfoNCE', values: losses.infoNce }] : []),
  ...(losses.cosent ? [{ name: 'CoSENT', values: losses.cosent }] : []),
];

const rowsShown = 24;

const table = (training: TrainingReport): MarkupValue => {
  const { losses, validation } = training;
  const parts: MarkupValue[] = [];
  if (validation?.values.length) {
    const best = Array.from(validation.steps).indexOf(validation.bestStep);
    const rows = evenly(validation.steps.length, rowsShown, best);
    parts.push(
      dataTable({
        caption: `Validation ${validation.measure}`,
        columns: [
          { label: 'Step', numeric: true },
          { label: validation.measure, numeric: true },
        ],
        rows: rows.map((i) => [
          formatCount(validation.steps[i] ?? Number.NaN),
          html`${formatMeasure(validation.values[i] ?? Number.NaN)}${i === best && ' (kept)'}`,
        ]),
        emphasized: [rows.indexOf(best)],
      }),
    );
  }
  if (losses?.steps.length) {
    const terms = lossTerms(losses);
    parts.push(
      dataTable({
        caption: 'Loss',
        columns: [
          { label: 'Step', numeric: true },
          ...terms.map(({ name }) => ({ label: name, numeric: true })),
        ],
        rows: evenly(losses.steps.length, rowsShown).map((i) => [
          formatCount(losses.steps[i] ?? Number.NaN),
          ...terms.map(({ values }) => formatDecimal(values[i] ?? Number.NaN, 4)),
        ]),
      }),
    );
  }
  return parts.length ? behind('Numbers behind the figures', parts) : null;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** At most `limit` indices from first to last, with `also` among them. */
const evenly = (length: number, limit: number, also = -1): readonly number[] => {
  const indices = new Set<number>();
  const count = Math.min(length, limit);
  for (let i = 0; i < count; i++) indices.add(Math.round((i * (length - 1)) / Math.max(1, count - 1)));
  if (also >= 0) indices.add(also);
  return [...indices].sort((a, b) => a - b);
};
