import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { html } from '../markup.js';
import { formatDecimal } from '../number-format.js';
import { linearScale } from './linear-scale.js';
import { type FigureOptions, fill, px, svgFigure, textWidth, truncateText } from './svg.js';

export interface Bar {
  readonly label: string;
  /** At least 0. */
  readonly value: number;
  /** The ends of an interval, drawn as a whisker. */
  readonly low?: number;
  readonly high?: number;
  /** What stands at the end of the bar. @defaultValue the value with three decimals */
  readonly text?: string;
  /** Index of the color. @defaultValue 1 */
  readonly series?: number;
}

/** The groups of {@link barsFigure} and the end of their scale. */
export interface BarsFigureOptions extends FigureOptions {
  /** Groups under a heading of their own; one group without a name has none. */
  readonly groups: readonly { readonly name?: string; readonly bars: readonly Bar[] }[];
  /** The value at the right end. @defaultValue the largest value or interval end */
  readonly maximum?: number;
}

const rowHeight = 26;
const headingHeight = 26;

const BARS_FIGURE_OPTIONS: OptionNames<BarsFigureOptions> = {
  groups: true,
  maximum: true,
  title: true,
  description: true,
  width: true,
  id: true,
};

/**
 * Horizontal bars from zero with their values and intervals, in groups.
 *
 * Lengths are proportional to values. A label wider than its column ends in an ellipsis, its whole text in the
 * bar's title.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when a value is negative or not finite.
 */
export const barsFigure = (options: BarsFigureOptions): string => {
  checkOptions('barsFigure', options, BARS_FIGURE_OPTIONS);
  const bars = options.groups.flatMap((group) => group.bars);
  for (const bar of bars) {
    if (!(bar.value >= 0 && Number.isFinite(bar.value))) {
      throw new RangeError(
        `the value of bar ${JSON.stringify(bar.label)} must be finite and at least 0, received ${bar.value}`,
      );
    }
  }
  const width = options.width ?? 680;
  const narrow = width < 500;
  const labelWidth = Math.min(
    Math.max(0, ...bars.map((bar) => textWidth(bar.label))),
    width * (narrow ? 0.34 : 0.3),
  );
  const textOf = (bar: Bar) => bar.text ?? formatDecimal(bar.value);
  const valueWidth = Math.max(0, ...bars.map((bar) => textWidth(textOf(bar))));
  const start = labelWidth + 10;
  const largest =
    options.maximum ?? Math.max(...bars.map((bar) => Math.max(bar.value, bar.high ?? 0)), 1e-12);
  const x = linearScale({ domain: [0, largest], range: [start, width - valueWidth - 18] });

  let top = 4;
  const drawn = options.groups.map((group) => {
    const heading = group.name
      ? html`<text x="0" y="${px(top + 17)}" font-weight="600">${group.name}</text>`
      : null;
    if (group.name) top += headingHeight;
    const first = top;
    const rows = group.bars.map((bar) => {
      const middle = top + rowHeight / 2;
      top += rowHeight;
      const end = x.at(Math.max(bar.value, bar.high ?? 0));
      return html`<g class="row"><title>${bar.label}: ${textOf(bar)}</title><text class="muted" x="${px(labelWidth)}" y="${px(middle + 4.5)}" text-anchor="end" fill-opacity="0.85">${truncateText(bar.label, labelWidth + 0.5)}</text><rect x="${px(start)}" y="${px(middle - 8)}" width="${px(x.at(bar.value) - start)}" height="16" rx="1.5" ${fill(bar.series ?? 1, 'bar')}/>${whisker(bar, x.at, middle)}<text class="value" x="${px(end + 8)}" y="${px(middle + 4.5)}">${textOf(bar)}</text></g>`;
    });
    const axis = html`<path class="axis" d="M${px(start)} ${px(first)}V${px(top)}" stroke="currentColor" stroke-opacity="0.5" fill="none"/>`;
    top += 10;
    return html`<g>${heading}${rows}${axis}</g>`;
  });
  const height = Math.max(20, top - 4);
  return svgFigure({ ...options, width, height, kind: 'bars' }, drawn);
};

const whisker = (bar: Bar, at: (value: number) => number, y: number) => {
  if (bar.low === undefined || bar.high === undefined) return null;
  const path = `M${px(at(bar.low))} ${px(y - 4)}v8M${px(at(bar.low))} ${px(y)}H${px(at(bar.high))}m0 -4v8`;
  // The halo keeps the whisker visible over its own bar in every theme.
  return html`<path class="halo" d="${path}" stroke="#fff" stroke-width="3.5" fill="none"/><path class="whisker" d="${path}" stroke="currentColor" stroke-width="1.5" fill="none"/>`;
};
