import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { html } from '../markup.js';
import { formatDecimal } from '../number-format.js';
import { linearScale } from './linear-scale.js';
import {
  axes,
  axisMargin,
  type FigureOptions,
  fill,
  px,
  stroke,
  svgFigure,
  textWidth,
  truncateText,
} from './svg.js';

export interface DotsRow {
  readonly label: string;
  /** One value per seed; those that are not finite are left out. */
  readonly values: readonly number[];
  /** The ends of the line through the mean. @defaultValue one standard deviation either way */
  readonly low?: number;
  readonly high?: number;
  /** The row the others are held against: a line through its mean crosses the figure. */
  readonly reference?: boolean;
}

/** The rows of {@link dotsFigure} and how values are printed. */
export interface DotsFigureOptions extends FigureOptions {
  readonly rows: readonly DotsRow[];
  readonly xLabel: string;
  readonly format?: (value: number) => string;
}

const rowHeight = 34;

const DOTS_FIGURE_OPTIONS: OptionNames<DotsFigureOptions> = {
  rows: true,
  xLabel: true,
  format: true,
  title: true,
  description: true,
  width: true,
  id: true,
};

/**
 * A row per variant: a dot per seed, the mean as a tall mark, and a line of one standard deviation either way or of an
 * interval that is given.
 *
 * The axis does not begin at zero, so distances compare and lengths do not.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when no row has a finite value.
 */
export const dotsFigure = (options: DotsFigureOptions): string => {
  checkOptions('dotsFigure', options, DOTS_FIGURE_OPTIONS);
  const rows = options.rows.map((row) => ({ ...row, values: row.values.filter(Number.isFinite) }));
  const all = rows.flatMap((row) => {
    return row.values.length ? [...row.values, ...lineEnds(row)] : [];
  });
  if (all.length === 0) throw new RangeError('rows must have at least one finite value, received none');
  const width = options.width ?? 680;
  const narrow = width < 500;
  const format = options.format ?? ((value: number) => formatDecimal(value));
  const labelWidth = Math.min(
    Math.max(...rows.map((row) => textWidth(row.label))),
    width * (narrow ? 0.5 : 0.34),
  );
  const left = labelWidth + 16;
  const top = 12;
  const bottom = top + rowHeight * rows.length;
  const pad = (Math.max(...all) - Math.min(...all)) * 0.06;
  const x = linearScale({
    domain: [Math.min(...all) - pad, Math.max(...all) + pad],
    range: [left, width - axisMargin.right - 8],
    tickCount: narrow ? 3 : 6,
  });
  const y = { ...linearScale({ domain: [0, 1], range: [bottom, top] }), ticks: [] };
  const reference = rows.find((row) => row.reference && row.values.length > 0);
  const guide = reference && x.at(meanAndDeviation(reference.values).mean);

  const drawn = rows.map((row, i) => {
    const middle = top + rowHeight * (i + 0.5);
    const label = html`<text x="${px(labelWidth)}" y="${px(middle + 4.5)}" text-anchor="end" ${row.reference ? html`font-weight="600"` : ''}>${truncateText(row.label, labelWidth + 0.5)}</text>`;
    const rule = html`<path class="grid" d="M${px(left)} ${px(middle)}H${px(x.range[1])}" stroke="currentColor" stroke-opacity="0.13" fill="none"/>`;
    if (row.values.length === 0) return html`<g class="row">${label}${rule}</g>`;
    const { mean, deviation } = meanAndDeviation(row.values);
    const [low, high] = lineEnds(row);
    const series = row.reference ? 1 : 2;
    const about =
      row.low === undefined || row.high === undefined
        ? ` ± ${format(deviation)} over ${row.values.length}`
        : `, ${format(low)} to ${format(high)}`;
    const text = `${row.label}: ${format(mean)}${about}`;
    const dots = row.values.map(
      (value) =>
        html`<circle cx="${px(x.at(value))}" cy="${px(middle)}" r="3.5" ${fill(series, 'dot')} fill-opacity="0.5"/>`,
    );
    return html`<g class="row"><title>${text}</title>${label}${rule}<path d="M${px(x.at(low))} ${px(middle)}H${px(x.at(high))}" ${stroke(series, 'spread')} stroke-width="2.5" stroke-linecap="round"/>${dots}<rect x="${px(x.at(mean) - 1.75)}" y="${px(middle - 9)}" width="3.5" height="18" rx="1" ${fill(series, 'mean')}/></g>`;
  });
  return svgFigure(
    { ...options, width, height: bottom + axisMargin.bottom, kind: 'dots' },
    html`${guide !== undefined && html`<path class="reference" d="M${px(guide)} ${px(top)}V${px(bottom)}" stroke="currentColor" stroke-opacity="0.5" stroke-dasharray="3 3" fill="none"/>`}${axes({ x, y, xLabel: options.xLabel, yLabel: '', formatX: format })}${drawn}`,
  );
};

const lineEnds = ({ values, low, high }: DotsRow): readonly [number, number] => {
  if (low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high)) {
    return [low, high];
  }
  const { mean, deviation } = meanAndDeviation(values);
  return [mean - deviation, mean + deviation];
};

/** The mean and the sample standard deviation (n − 1); the deviation of a single value is zero. */
export const meanAndDeviation = (
  values: readonly number[],
): { readonly mean: number; readonly deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
};
